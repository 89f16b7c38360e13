"""Where samples come from: one file per corpus, one function `load() -> Corpus`."""
