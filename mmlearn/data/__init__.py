"""Where samples come from: one file a corpus, one function `load() -> Corpus`."""
