"""A file to numbers: a picture, a sound, a film; and a sound to another rate."""
