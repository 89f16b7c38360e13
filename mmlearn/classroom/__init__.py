"""For those who teach: editions of the notebooks, and grades of what comes back."""
