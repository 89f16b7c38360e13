"""The exercises: one file per notebook, named for its topic."""
