"""Matching pairs close together, all others apart."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn import distributed
from mmlearn.batch import Batch
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import Loss, only_known
from mmlearn.metrics import RANKING


class Contrast(nn.Module):
    """Align two modalities, read from `pooled`, hence before any mixing.

    Pairs with an absent side count in neither loss; without any other pair there is
    nothing to tell apart, and the softmax loss is 0.

    Args:
        a: one modality.
        b: the other one.
        loss: "softmax" is cross-entropy in both directions over the batch (Radford et
            al., 2021); "sigmoid" makes each of the B * B pairs a yes-or-no question
            (Zhai et al., 2023).
        same: a column of the batch, int64 [B]. Pairs of two rows with one number there
            (two captions of a picture, two relatives) are not pushed apart.

    Raises:
        ValueError: when the loss is neither, when a == b, in `forward` when the fusion
            lacks a or b, and in `loss` when the batch lacks the column `same`.
    """

    metrics = RANKING
    targets = ()  # that row i of a belongs to row i of b is the label

    def __init__(
        self,
        a: str,
        b: str,
        d_model: int,
        width: int = 128,
        loss: Literal["softmax", "sigmoid"] = "softmax",
        same: str | None = None,
    ) -> None:
        super().__init__()
        if loss not in ("softmax", "sigmoid"):
            raise ValueError(f"loss is {loss!r}; expected 'softmax' or 'sigmoid'")
        if a == b:
            raise ValueError(f"a and b are both {a!r}; expected two modalities")
        self.a, self.b, self.d_model, self.kind = a, b, d_model, loss
        self.same = same
        self.width = 2 * width + 1
        self.project = nn.ModuleDict({m: nn.Linear(d_model, width) for m in (a, b)})
        # The papers' own starting points: a temperature of 0.07 and of 0.1, bias -10.
        start = 1 / 0.07 if loss == "softmax" else 10.0
        self.log_scale = nn.Parameter(torch.tensor(start).log())
        if loss == "sigmoid":  # softmax does not see a constant
            self.bias = nn.Parameter(torch.tensor(-10.0))

    def forward(self, fused: Fused, batch: Batch | None = None) -> dict[str, Tensor]:
        """Fused.pooled[a] and Fused.pooled[b], both [B, D], to what the loss compares.

        Returns:
            {"a": [B, P], "b": [B, P]}, float32 of unit length; "present": bool [B]
            (both are there); "scale" and, for the sigmoid, "bias" (scalars).
        """
        names = list(fused.pooled)
        for name in (self.a, self.b):
            if name not in names:
                raise ValueError(f"the fusion has {names}, but not {name!r}")
        output = {
            side: F.normalize(self.project[name](fused.pooled[name]).float(), dim=-1)
            for side, name in (("a", self.a), ("b", self.b))
        }
        both = [names.index(self.a), names.index(self.b)]
        output["present"] = fused.present[:, both].all(dim=1)
        output["scale"] = self.log_scale.clamp(max=4.6052).exp()  # at most 100
        if self.kind == "sigmoid":
            output["bias"] = self.bias
        if self.same is not None and batch is not None and self.same in batch:
            number = batch[self.same]
            assert isinstance(number, Tensor)  # one for each row
            output["same"] = number
        return output

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The losses of the complete pairs of a batch, float32, even under autocast.

        That row i of a belongs to row i of b is the label.
        Under `torchrun` the pairs of all processes are compared with one another, and
        each process has the share of the loss that its samples are of the batch.
        """
        if self.same is not None and "same" not in output:
            raise ValueError(
                f"the batch has no column {self.same!r}, only {sorted(batch)}: "
                "same= names it"
            )
        output, share = distributed.gather(output)
        with torch.autocast(output["a"].device.type, enabled=False):
            logits = output["scale"] * output["a"] @ output["b"].mT  # [B, B]
        present = output["present"]
        match = torch.eye(len(present), dtype=torch.bool, device=present.device)
        counts = present & ~self._alike(output, match)  # [B, B]
        if self.kind == "softmax":
            # An absent pair's own row keeps its match, so that no row is masked whole.
            hidden = ~(counts | match)
            each = sum(
                -scores.masked_fill(hidden, -torch.inf).log_softmax(dim=1).diagonal()
                for scores in (logits, logits.mT)
            )
            each = torch.where(present, each / 2, 0)  # [B]
        else:
            logits = logits + output["bias"]
            each = -F.logsigmoid(torch.where(match, logits, -logits))
            each = torch.where(counts & present[:, None], each, 0).sum(dim=1)  # [B]
        return Loss(share * each.sum(), share * present.sum())

    @staticmethod
    def _alike(output: dict[str, Tensor], match: Tensor) -> Tensor:
        """Pairs of two rows that are the same thing, bool [B, B]."""
        if "same" not in output:
            return torch.zeros_like(match)
        number = output["same"]
        return (number == number[:, None]) & ~match

    def predict(self, output: dict[str, Tensor]) -> Tensor:
        """For each a the row of the nearest b among the complete pairs, int64 [B].

        Row i is right when it holds i; it is -1 where the pair is not complete. It
        depends on which samples share the batch: for recall, rank all that are held
        out.
        """
        present = output["present"]
        similarity = output["a"] @ output["b"].mT  # [B, B]
        nearest = similarity.masked_fill(~present, -torch.inf).argmax(dim=1)
        return torch.where(present, nearest, -1)

    def statistics(self, output: dict[str, Tensor], batch: Batch) -> Tensor:
        """Both sides' embeddings, and whether the pair is complete: [B, 2 P + 1].

        The metrics rank each against all samples of the set, not of the batch.
        """
        rows = torch.cat([output["a"], output["b"]], dim=1)
        return only_known(rows, output["present"])

    def check(self, batch: Batch) -> None:
        """Do nothing: the pairs are the label."""
