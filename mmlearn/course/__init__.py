"""The commands behind `course.py` and `python -m mmlearn`.

`preflight`, `install`, `launch`, `doctor`, `paths` and `screen` import the standard
library only: they serve before anything is installed.
"""
