"""One of several classes, from the fused vector."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Batch
from mmlearn.fusion.fused import Fused


class Classify(nn.Module):
    """A linear layer on the fused vector, with cross-entropy.

    Shapes: Fused.vector [B, D] -> logits [B, C].

    Raises ValueError when there are fewer than two classes.
    """

    def __init__(self, d_model: int, classes: int, dropout: float = 0.0) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"classes is {classes}; expected 2 or more")
        self.d_model, self.classes = d_model, classes
        self.layers = nn.Sequential(nn.Dropout(dropout), nn.Linear(d_model, classes))

    def forward(self, fused: Fused) -> Tensor:
        return self.layers(fused.vector)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Mean cross-entropy of logits [B, C] against batch["label"] int64 [B]."""
        return F.cross_entropy(logits, batch["label"])  # type: ignore[arg-type]

    def predict(self, logits: Tensor) -> Tensor:
        """The most likely class of each sample, int64 [B]."""
        return logits.argmax(dim=-1)
