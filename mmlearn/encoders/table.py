"""Rows of a table to tokens, one for each column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from mmlearn.attention import AttentionStack
from mmlearn.batch import Padded, Tokens, masked_mean, zero_masked
from mmlearn.encoders.doors import float_steps


class TableEncoder(nn.Module):
    """One token per column, and attention among them (Gorishniy et al., 2021).

    A row is what `mmlearn.preprocess.table.table_rows` makes: D1 numbers, D1 flags (1
    where the number is missing), D2 categories (0 where missing, else 1 + category).
    The token of a number x is x * scale + bias, that of a missing one missing + bias,
    that of a category level[category] + bias, each learned per column. With depth 0
    these are returned as they are, apart from a LayerNorm.

    Args:
        numbers: D1.
        levels: how many categories each of the D2 columns has.
        pool: whether to give one token, the mean over the columns.

    Raises:
        ValueError: when there is no column, a column without a level, a row of another
            width, or more than one row per sample, and as `AttentionStack` does.
        TypeError: when rows are not of the model's dtype (see `float_steps`), or not
            float32 or float64: half precision would round the numbers of categories.
    """

    offsets: Tensor

    def __init__(
        self,
        numbers: int,
        levels: Sequence[int],
        d_model: int,
        depth: int = 2,
        heads: int = 4,
        pool: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if numbers < 0 or numbers + len(levels) == 0 or any(n < 1 for n in levels):
            raise ValueError(
                f"numbers is {numbers}, levels {list(levels)}; expected at "
                "least one column, and at least one level in each category"
            )
        self.numbers, self.levels = numbers, tuple(levels)
        self.d_model, self.pool = d_model, pool
        columns = numbers + len(self.levels)
        spread = d_model**-0.5
        self.scale = nn.Parameter(torch.empty(numbers, d_model))
        self.missing = nn.Parameter(torch.empty(numbers, d_model))
        self.bias = nn.Parameter(torch.empty(columns, d_model))
        # All categories in one look-up; row 0 of each column's part is "missing".
        *starts, end = accumulate((1 + n for n in self.levels), initial=0)
        self.level = nn.Parameter(torch.empty(end, d_model))
        offsets = torch.tensor(starts, dtype=torch.int64)
        self.register_buffer("offsets", offsets, persistent=False)
        for parameter in (self.scale, self.missing, self.bias, self.level):
            nn.init.uniform_(parameter, -spread, spread)
        self.stack = AttentionStack(d_model, depth, heads, dropout)

    def forward(self, table: Padded | Tensor) -> Tokens:
        """Float rows [B, D1 + D1 + D2], or Padded [B, 1, D1 + D1 + D2], to Tokens.

        They are [B, 1, D] when `pool`, else [B, D1 + D2, D].
        """
        padded = self._rows(table)
        rows = zero_masked(padded.values, padded.mask).squeeze(1)
        number, missing, category = self._parts(rows)
        known = number.unsqueeze(-1) * self.scale + missing.unsqueeze(-1) * self.missing
        chosen = self.level[category.long() + self.offsets]  # [B, D2, D]
        values = torch.cat([known, chosen], dim=1) + self.bias
        mask = padded.mask.expand(-1, values.shape[1])
        values = self.stack(values, mask)
        if not self.pool:
            return Tokens(values, mask)
        return Tokens(masked_mean(values, mask).unsqueeze(1), padded.mask)

    def check(self, table: Padded | Tensor) -> None:
        """Inspect the values once, on the way in (`MultimodalModel.check` calls it).

        Raises:
            ValueError: naming the sample, for a flag that is not 0 or 1, or a category
                that is not a whole number from 0 to its number of levels.
        """
        rows = self._rows(table).values.squeeze(1)
        _, missing, category = self._parts(rows)
        most = torch.tensor(self.levels, device=rows.device)
        wrong_flag = (missing != 0) & (missing != 1)
        beyond = (category < 0) | (category > most) | (category != category.round())
        for found, wrong, what in (
            (missing, wrong_flag, "the flag of number {}: found {:g}; expected 0 or 1"),
            (category, beyond, "category {}: found {:g}; expected 0..{}"),
        ):
            places = wrong.nonzero()
            if len(places):
                sample, column = places[0].tolist()
                limit = self.levels[column] if found is category else 1
                value = float(found[sample, column])
                raise ValueError(
                    f"sample {sample}: table, {what.format(column, value, limit)}"
                )

    def _rows(self, table: Padded | Tensor) -> Padded:
        """Padded [B, 1, D1 + D1 + D2]; the shape and dtype are checked."""
        padded = float_steps(table, 1, "table", self.bias, "see table_rows", short=True)
        values = padded.values
        if values.dtype not in (torch.float32, torch.float64):
            raise TypeError(f"table is {values.dtype}; expected float32 or float64")
        width = 2 * self.numbers + len(self.levels)
        if values.shape[1:] != (1, width):
            raise ValueError(
                f"table has {values.shape[1]} rows of {values.shape[2]} per sample; "
                f"expected 1 row of {width}: {self.numbers} numbers, as many flags, "
                f"{len(self.levels)} categories (see table_rows)"
            )
        return padded

    def _parts(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Numbers [B, D1], flags [B, D1] and categories [B, D2]."""
        widths = [self.numbers, self.numbers, len(self.levels)]
        number, missing, category = rows.split(widths, dim=1)
        return number, missing, category
