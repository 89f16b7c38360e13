"""What flows through a model: batches, the data they are drawn from, and their checks.

A batch is a plain `dict[str, Padded | Tensor]`, keyed by modality ("image", "text",
"audio", "video", "sensor", "table") and by target ("label" or whatever a head names).
A plain tensor is short for "present in every sample". `NAME_known`, bool, says for
which samples (or which of their tags) a target NAME is known; without it, all are.
"""

from mmlearn.batch.check import check_batch, whole_numbers
from mmlearn.batch.collate import collate, pad
from mmlearn.batch.data import Data, MappedData, TensorData
from mmlearn.batch.padded import (
    Batch,
    Padded,
    Tokens,
    as_padded,
    masked_mean,
    zero_masked,
)

__all__ = [
    "Batch",
    "Data",
    "MappedData",
    "Padded",
    "TensorData",
    "Tokens",
    "as_padded",
    "check_batch",
    "collate",
    "masked_mean",
    "pad",
    "whole_numbers",
    "zero_masked",
]
