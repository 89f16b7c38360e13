"""A few samples of each part of a study: enough to see whether it computes the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mmlearn.batch import TensorData
from mmlearn.studies.study import Part, Splits, parts_of

ROWS = 72  # more than fit's batch_size, so that a change of it is seen
TESTED = 16  # samples that are evaluated


def fewer(splits: Splits) -> Splits:
    """The same with a few rows of each part, spread over all of it."""
    train, valid = _rows(splits.train, ROWS), _rows(splits.valid, TESTED)
    few = {name: _few_of(part) for name, part in parts_of(splits).items()}
    if splits.test is None:
        return replace(splits, train=train, valid=valid, test_parts=few)
    test, groups = few["test"].data, few["test"].groups
    return replace(splits, train=train, valid=valid, test=test, test_groups=groups)


def _few_of(part: Part) -> Part:
    rows = _spread(len(part.data), TESTED).tolist()
    about = [part.about[row] for row in rows] if len(part.about) else ()
    return Part(_rows(part.data, TESTED), np.asarray(part.groups)[rows], about)


def _rows(data: TensorData, number: int) -> TensorData:
    return TensorData(data[_spread(len(data), number)])


def _spread(size: int, number: int) -> Tensor:
    """Rows at equal distances, int64, each once."""
    return (torch.arange(number) * size // number).unique()
