"""Letters of a sound, without knowing when each is spoken."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Batch, Padded
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import Loss, at_least_float32, known, target_of
from mmlearn.metrics import Measure
from mmlearn.metrics.sequence import ERROR_RATE, errors

BLANK = 0


class Transcribe(nn.Module):
    """A linear layer on each step of one modality, with the CTC loss.

    The loss (Graves et al., 2006) sums over all ways in which the letters may lie on
    the steps: each step says a letter or the blank, 0; repeats are merged, then blanks
    removed. So there have to be as many steps as letters, and one more between two that
    are the same.

    Args:
        d_model: the width of the tokens that it reads.
        letters: how many symbols there are, the blank among them.
        modality: whose tokens are read; its encoder must not pool.
        target: the column of the letters, Padded int64 [B, L], 1..letters - 1.
        stride: of the encoder, steps of its input for a token; `check` then names a
            sample whose letters cannot fit, which else ends in an infinite loss.

    Raises:
        ValueError: when letters is below 2, or stride below 1.
    """

    metrics: ClassVar[dict[str, Measure]] = {"character error rate": ERROR_RATE}
    width = 2

    def __init__(
        self,
        d_model: int,
        letters: int,
        modality: str = "audio",
        target: str = "transcript",
        stride: int = 1,
    ) -> None:
        super().__init__()
        if letters < 2:
            raise ValueError(f"letters is {letters}; expected the blank and one more")
        if stride < 1:
            raise ValueError(f"stride is {stride}; expected 1 or more steps")
        self.d_model, self.letters, self.stride = d_model, letters, stride
        self.modality, self.target, self.targets = modality, target, (target,)
        self.out = nn.Linear(d_model, letters)

    def forward(self, fused: Fused, batch: Batch | None = None) -> dict[str, Tensor]:
        """Tokens [B, T, D] of the modality to logits [B, T, letters], and their mask.

        Raises:
            ValueError: when the modality is not there, or was pooled to one token.
        """
        if self.modality not in fused.tokens:
            raise ValueError(
                f"Transcribe reads {self.modality!r}; found {sorted(fused.tokens)}"
            )
        tokens = fused.tokens[self.modality]
        return {"logits": self.out(tokens.values), "mask": tokens.mask}

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The negative log-likelihood of the letters, per letter.

        Raises:
            ValueError: as `target_of` and `known` do.
        """
        wanted, there = self._wanted(batch)
        log_probs = at_least_float32(output["logits"]).log_softmax(-1)
        steps, lengths = output["mask"].sum(dim=1), wanted.mask.sum(dim=1)
        there = there & (steps > 0)
        each = F.ctc_loss(
            log_probs.transpose(0, 1),
            wanted.values.long(),
            steps.clamp(min=1),  # torch 2.3 answers anything where there is none
            lengths,
            blank=BLANK,
            reduction="none",
        )
        counts = torch.where(there, lengths, 0).sum()
        return Loss(torch.where(there, each, 0).sum(), counts.to(each.dtype))

    def predict(self, output: dict[str, Tensor]) -> list[list[int]]:
        """The letters of the most likely path of each sample."""
        best = output["logits"].argmax(dim=-1)
        return [
            collapse(row[mask].tolist())
            for row, mask in zip(best, output["mask"], strict=True)
        ]

    def statistics(self, output: dict[str, Tensor], batch: Batch) -> Tensor:
        """Errors and letters, 0 and 0 where they are not known: float64 [B, 2]."""
        wanted, there = self._wanted(batch)
        rows = [
            [errors(found, letters[mask].tolist()), int(mask.sum())]
            for found, letters, mask in zip(
                self.predict(output), wanted.values, wanted.mask, strict=True
            )
        ]
        table = torch.tensor(rows, dtype=torch.float64)
        return torch.where(there.cpu()[:, None], table, 0)

    def check(self, batch: Batch) -> None:
        """Inspect the letters of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a letter outside 1..letters - 1, or for
                more letters than there are steps for them.
        """
        wanted, there = self._wanted(batch)
        column = wanted.values
        odd = wanted.mask & ((column < 1) | (column >= self.letters))
        odd &= there[:, None]
        if bool(odd.any()):
            i, k = (int(x) for x in odd.nonzero()[0])
            raise ValueError(
                f"sample {i}: {self.target}, letter {k} is {column[i, k].item()}; "
                f"expected 1..{self.letters - 1} (0 is the blank)"
            )
        if isinstance(sound := batch.get(self.modality), Padded):
            need = steps_needed(wanted)
            steps = -(-sound.mask.sum(dim=1) // self.stride)
            short = there & (steps < need) & (steps > 0)
            if bool(short.any()):
                i = int(short.int().argmax())
                raise ValueError(
                    f"sample {i}: {int(wanted.mask[i].sum())} letters need "
                    f"{int(need[i])} steps (one more between two that are the same); "
                    f"the {self.modality} has {int(steps[i])} at a stride of "
                    f"{self.stride}. Fix: an encoder with a smaller stride, or leave "
                    "the sample out"
                )

    def _wanted(self, batch: Batch) -> tuple[Padded, Tensor]:
        column: Any = target_of(batch, self.target, self)
        if not isinstance(column, Padded) or column.values.ndim != 2:
            raise ValueError(
                f"{self.target} is a {type(column).__name__}; expected Padded [B, L], "
                "the numbers of its letters"
            )
        return column, known(batch, self.target, column.mask.any(dim=1))


def steps_needed(letters: Padded) -> Tensor:
    """How many steps a text takes at least: its letters, and its doubles; int64 [B]."""
    values, mask = letters.values, letters.mask
    doubles = (values[:, 1:] == values[:, :-1]) & mask[:, 1:] & mask[:, :-1]
    return mask.sum(dim=1) + doubles.sum(dim=1)


def collapse(path: list[int]) -> list[int]:
    """A path of letters and blanks to its text: repeats merged, then blanks removed."""
    merged = [x for i, x in enumerate(path) if i == 0 or x != path[i - 1]]
    return [letter for letter in merged if letter != BLANK]
