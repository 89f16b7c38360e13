"""Data on disk: built once and checked, and found in the packages that carry it."""
