"""The experiments behind the course's recorded claims: one file per study.

A study says how its data are split, which models it compares and how they are trained
(`study.py`); `record.py` runs any of them and writes the result down.
"""
