"""A number, from the fused vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlearn.batch import Batch
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import Loss, at_least_float32, known, only_known, target_of
from mmlearn.metrics import REGRESSION


class Regress(nn.Module):
    """A linear layer to one number per sample, with the squared error.

    Args:
        target: the column of the numbers, [B], in the reader's own unit; predictions
            and metrics are in that unit, too.
        mean: of the target in the training rows; see `Regress.of`.
        std: of the target in the training rows; see `Regress.of`.

    Raises:
        ValueError: when the mean is not finite or std is not a positive number.
    """

    metrics = REGRESSION
    width = 3

    def __init__(
        self,
        d_model: int,
        target: str,
        mean: float,
        std: float,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if not (torch.tensor(mean).isfinite() and 0 < std < float("inf")):
            raise ValueError(
                f"mean is {mean}, std {std}; expected a finite mean and a positive std "
                "(a target that never changes leaves nothing to learn)"
            )
        self.d_model, self.target, self.targets = d_model, target, (target,)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float64))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float64))
        self.layers = nn.Sequential(nn.Dropout(dropout), nn.Linear(d_model, 1))

    @classmethod
    def of(
        cls, d_model: int, target: str, values: Tensor, dropout: float = 0.0
    ) -> Regress:
        """A head for these values [n], those of the training rows alone.

        Raises:
            ValueError: when they are not [n] finite numbers, or are all alike.
        """
        values = torch.as_tensor(values)
        if values.ndim != 1 or not bool(values.double().isfinite().all()):
            raise ValueError(
                f"{target} is {list(values.shape)}; expected [n] finite numbers"
            )
        values = values.double()
        alike = len(values) == 0 or bool((values == values[0]).all())
        mean = float(values.mean())
        # A mean that is rounded would leave a spread of nothing.
        std = 0.0 if alike else float(values.std(correction=0))
        return cls(d_model, target, mean, std, dropout)

    def forward(self, fused: Fused, batch: Batch | None = None) -> Tensor:
        """Fused.vector [B, D] to float [B], in standard units: mean 0, deviation 1."""
        return self.layers(fused.vector).squeeze(-1)

    def loss(self, standard: Tensor, batch: Batch) -> Loss:
        """The squared error in standard units, summed over the known targets."""
        numbers, there = self._numbers(standard, batch)
        standard = at_least_float32(standard)
        # In float64, where a year or a price of six digits keeps its small differences.
        wanted = ((numbers - self.mean) / self.std).to(standard.dtype)
        each = torch.where(there, standard - wanted, 0).square()
        total = each.sum()
        return Loss(total, there.sum().to(total.dtype))

    def predict(self, standard: Tensor) -> Tensor:
        """The number in the reader's unit, float64 [B]."""
        return standard.double() * self.std + self.mean

    def statistics(self, standard: Tensor, batch: Batch) -> Tensor:
        """The predicted number, the true one, and whether it is known: [B, 3]."""
        numbers, there = self._numbers(standard, batch)
        return only_known(torch.stack([self.predict(standard), numbers], 1), there)

    def check(self, batch: Batch) -> None:
        """Inspect the numbers of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a number that is not finite.
        """
        numbers = self._shape(target_of(batch, self.target, self))
        bad = ~numbers.isfinite() & known(batch, self.target, numbers)
        if bool(bad.any()):
            sample = int(bad.int().argmax())
            raise ValueError(
                f"sample {sample}: {self.target} is {float(numbers[sample])}; expected "
                "a finite number"
            )

    def _numbers(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        numbers = self._shape(target_of(batch, self.target, self))
        if numbers.shape != output.shape:  # [N, 1] would broadcast against [N]
            raise ValueError(
                f"{self.target} is {list(numbers.shape)}, the output "
                f"{list(output.shape)}; expected as many of each"
            )
        return numbers, known(batch, self.target, numbers)

    def _shape(self, numbers: object) -> Tensor:
        if not isinstance(numbers, Tensor) or numbers.ndim != 1 or len(numbers) == 0:
            shape = (
                list(numbers.shape) if isinstance(numbers, Tensor) else type(numbers)
            )
            raise ValueError(
                f"{self.target} is {shape}; expected [N], one number per sample and at "
                "least one sample"
            )
        return numbers.double()
