"""For those who teach: editions of the notebooks, and the grading of what comes back."""
