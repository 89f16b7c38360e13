"""The experiments behind the course's recorded claims: one file a study.

A study has a NAME ("NN-topic": the notebook that reads it, and a topic), `prepare()`
that gives `Splits`, `MODELS` (name -> function that builds the model for those splits)
and TRAINING (options of `fit`). `record.py` runs any of them.
"""
