"""The exercises: one file a notebook, named for its topic."""
