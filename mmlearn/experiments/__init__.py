"""Experiments: a notebook with parameters, run over and over, and its runs compared.

`python -m mmlearn new` writes one from the recipes of a lesson, `run` executes it for
each choice of its parameters, `compare` puts the runs side by side. In a notebook,
`keep` writes a result down.
"""

from mmlearn.experiments.keep import keep, place

__all__ = ["keep", "place"]
