"""The experiments behind the course's recorded claims: one file per study.

A study says how its data are split, which models it compares, how they are trained and
judged (`study.py`); `record.py` runs any of them and writes the result down;
`weights.py` reads the weights that some of them keep.
"""
