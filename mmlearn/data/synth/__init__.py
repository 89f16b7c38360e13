"""Data that a program makes: speech."""
