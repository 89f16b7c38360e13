"""Late fusion: each modality decides alone; the answer is a mean of the opinions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from mmlearn.batch import Batch, masked_mean
from mmlearn.fusion.fused import Fused, check_modalities
from mmlearn.heads.classify import check_target, class_statistics, labels_of
from mmlearn.heads.head import Loss, as_many, at_least_float32
from mmlearn.metrics import CLASSES


class LateClassify(nn.Module):
    """One linear layer per modality on `pooled`, averaged over those that are present.

    By default the answer is the softmax of the mean of their log-probabilities: the
    geometric mean of the opinions, scaled to sum to 1.

    The loss is `own` times the sum of each modality's own cross-entropy, plus `joint`
    times that of the average. By default the average is not trained: so each modality
    learns to decide alone, and none can lean on another. own=0, joint=1 is joint
    training; both together is gradient blending with fixed weights (Wang et al., 2020).

    Args:
        average: "probabilities" (a vote) or "logits" (a product of experts: a modality
            that is sure it is not class c can veto it).
        target: the column of the classes, [B] whole numbers of any type, 0..C - 1.

    Raises:
        ValueError: when there are fewer than two classes, when `average` is neither,
            when a weight of the loss is negative or both are 0, or when the fusion's
            modalities are not those of the head.
    """

    metrics = CLASSES
    width = 3

    def __init__(
        self,
        modalities: Sequence[str],
        d_model: int,
        classes: int,
        average: Literal["probabilities", "logits"] = "logits",
        dropout: float = 0.0,
        own: float = 1.0,
        joint: float = 0.0,
        target: str = "label",
    ) -> None:
        super().__init__()
        if min(own, joint) < 0 or own + joint == 0:
            raise ValueError(
                f"own is {own}, joint {joint}; expected weights of 0 or more, one at "
                "least above 0"
            )
        if average not in ("probabilities", "logits"):
            raise ValueError(
                f"average is {average!r}; expected probabilities or logits"
            )
        if classes < 2:
            raise ValueError(f"classes is {classes}; expected 2 or more")
        self.modalities, self.d_model = check_modalities(modalities), d_model
        self.classes, self.average = classes, average
        self.own, self.joint = own, joint
        self.target, self.targets = target, (target,)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleDict(
            {name: nn.Linear(d_model, classes) for name in self.modalities}
        )

    def forward(self, fused: Fused, batch: Batch | None = None) -> dict[str, Tensor]:
        """Fused.pooled[m] [B, D] to the log-probabilities of all and of each.

        Returns:
            {"log_probabilities": [B, C], "each": [B, M, C], "present": bool [B, M]}.
        """
        if tuple(fused.pooled) != self.modalities:
            raise ValueError(
                f"the fusion has modalities {list(fused.pooled)}, the head "
                f"{list(self.modalities)}; expected the same in the same order"
            )
        logits = torch.stack(
            [self.layers[m](self.dropout(x)) for m, x in fused.pooled.items()], dim=1
        )
        each = at_least_float32(logits).log_softmax(dim=-1)
        if self.average == "logits":
            mean = masked_mean(each, fused.present).log_softmax(dim=-1)
        else:
            tiny = torch.finfo(each.dtype).tiny
            mean = masked_mean(each.exp(), fused.present).clamp(min=tiny).log()
        return {"log_probabilities": mean, "each": each, "present": fused.present}

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The weighted losses of all samples [B], summed.

        Raises:
            TypeError: as `whole_numbers` does.
            ValueError: as `whole_numbers` and `target_of` do.
        """
        label, there = labels_of(batch, self.target, self)
        as_many(label, output["each"], self.target)
        index = label[:, None, None].expand(-1, len(self.modalities), 1)
        alone = -output["each"].gather(2, index).squeeze(2)  # [B, M]
        each = self.own * (alone * output["present"]).sum(dim=1)
        if self.joint:
            average = output["log_probabilities"].gather(1, label[:, None])
            each = each - self.joint * average.squeeze(1)
        total = torch.where(there, each, 0).sum()
        return Loss(total, there.sum().to(total.dtype))

    def predict(self, output: dict[str, Tensor]) -> Tensor:
        """The most likely class of each sample, int64 [B]."""
        return output["log_probabilities"].argmax(dim=-1)

    def statistics(self, output: dict[str, Tensor], batch: Batch) -> Tensor:
        """The class, the predicted one, and whether it is known: float64 [B, 3]."""
        return class_statistics(self.predict(output), batch, self.target, self)

    def check(self, batch: Batch) -> None:
        """Inspect the classes of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a class outside 0..C - 1.
        """
        check_target(batch, self.target, self.classes, self)
