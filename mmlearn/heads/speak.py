"""Frames of sound from letters, without knowing how long each letter lasts."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.batch import Batch, Padded, zero_masked
from mmlearn.fusion.fused import Fused
from mmlearn.heads.head import Loss, at_least_float32, known, target_of
from mmlearn.metrics import Metric, ratio
from mmlearn.metrics.metric import of_columns
from mmlearn.preprocess.scale import Numbers

SHORTEST, LONGEST = 0.1, 60.0  # frames that one letter may last


def _gain(statistics: np.ndarray) -> np.ndarray:
    """How much nearer ours is than the mean of each band, said all the time."""
    own, frames, flat = statistics[:, 0], statistics[:, 1], statistics[:, 4]
    return np.stack([flat - own, frames], axis=1)


class Speak(nn.Module):
    """Tokens to a log-mel spectrogram, and to how many frames each token lasts.

    Each token of the text says how long it lasts, l > 0 frames. It is centred where
    the lengths before it and half its own add up to; a frame is a mean of the tokens,
    weighed by a Gaussian of its distance to their centres (Donahue et al., 2020). So
    lengths are learned from the sound alone: of the true ones only the sum is known.
    Masked convolutions over the frames follow, and a linear layer.

    The fusion's vector is added to each frame: what is said comes as tokens, how it is
    said (a voice) as the vector.

    Attributes:
        speed: 1, as learned; set it to 2 to let each token last half as long where the
            frames are not given.

    Args:
        d_model: the width of the tokens that it reads.
        mean: [n_mels], of each band over the training frames; see `band_statistics`.
        std: as mean.
        modality: whose tokens are read; its encoder must not pool.
        target: the column of the frames, Padded float [B, T, n_mels], as `log_mel`
            gives them; unknown where a sample has none, or `TARGET_known` is False.
        width: of the convolutions.
        depth: how many there are.
        frames: how long a token lasts before anything is learned.
        sigma: the Gaussians' deviation, in frames.

    Raises:
        ValueError: when a number is not positive, or mean and std are not [n_mels].
    """

    metrics: ClassVar = {
        "mel distance": of_columns(Metric(ratio, higher=False), 0, 2),
        "length error": of_columns(Metric(ratio, higher=False), 2, 4),
        "gain over the mean": Metric(ratio, whole=_gain),
    }
    width = 5

    def __init__(
        self,
        d_model: int,
        mean: Numbers,
        std: Numbers,
        modality: str = "text",
        target: str = "mel",
        width: int = 128,
        depth: int = 4,
        frames: float = 5.0,
        sigma: float = 1.5,
    ) -> None:
        super().__init__()
        settings = {"width": width, "depth": depth, "frames": frames, "sigma": sigma}
        for name, found in settings.items():
            if not found > 0:
                raise ValueError(f"{name} is {found}; expected a positive number")
        mean, std = (torch.as_tensor(x, dtype=torch.float32) for x in (mean, std))
        if mean.ndim != 1 or mean.shape != std.shape or not bool((std > 0).all()):
            raise ValueError(
                f"mean is {list(mean.shape)}, std {list(std.shape)}; expected [n_mels] "
                "twice, and each std above 0"
            )
        self.d_model, self.sigma, self.speed = d_model, sigma, 1.0
        self.modality, self.target, self.targets = modality, target, (target,)
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", mean.clone())
        self.register_buffer("std", std.clone())
        self.lasts = nn.Linear(d_model, 1)
        nn.init.zeros_(self.lasts.weight)
        nn.init.constant_(self.lasts.bias, float(torch.tensor(frames).log()))
        self.said = nn.Linear(d_model, width)
        self.how = nn.Linear(d_model, width)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, width, kernel_size=5, padding=2) for _ in range(depth)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.out = nn.Linear(width, len(mean))

    def forward(self, fused: Fused, batch: Batch | None = None) -> dict[str, Tensor]:
        """Tokens [B, L, D] of the modality to frames, their mask, and lengths.

        Returns:
            "mel": [B, T, n_mels], normalised; "mask": bool [B, T]; "lengths": [B, L],
            frames, 0 where there is no token. Where the batch has the true frames, T is
            their number, and the lengths are stretched in proportion to fill it.

        Raises:
            ValueError: when the modality is not there.
        """
        if self.modality not in fused.tokens:
            raise ValueError(
                f"Speak reads {self.modality!r}; found {sorted(fused.tokens)}"
            )
        tokens = fused.tokens[self.modality]
        lengths = at_least_float32(self.lasts(tokens.values)).squeeze(-1).exp()
        lengths = torch.where(tokens.mask, lengths.clamp(SHORTEST, LONGEST), 0)
        total = lengths.sum(dim=1)  # [B]
        there = tokens.mask.any(dim=1)
        if batch is not None and isinstance(batch.get(self.target), Padded):
            mask = batch[self.target].mask  # type: ignore[union-attr]
            there = there & mask.any(dim=1)
            fits = torch.where(there, mask.sum(dim=1), 1) / torch.where(there, total, 1)
            mask = mask & there[:, None]
        else:
            counts = torch.where(there, (total / self.speed).round().clamp(min=1), 0)
            steps = torch.arange(int(counts.max()), device=total.device)
            mask = steps < counts[:, None]
            fits = torch.full_like(total, 1 / self.speed)
        stretched = lengths * fits[:, None]
        weights = overlap(stretched, tokens.mask, mask.shape[1], self.sigma)
        spread = weights.to(tokens.values.dtype) @ self.said(tokens.values)
        values = spread + self.how(fused.vector).unsqueeze(1)  # [B, T, width]
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            inside = zero_masked(norm(values), mask)
            values = values + F.gelu(convolution(inside.mT).mT)
        mel = zero_masked(self.out(values), mask)
        return {"mel": mel, "mask": mask, "lengths": lengths}

    def loss(self, output: dict[str, Tensor], batch: Batch) -> Loss:
        """The absolute error per number, and that of the whole length, per token.

        Both in parts of 1: deviations of a band, and frames of the token's frames.
        """
        wanted, there = self._wanted(batch)
        each, frames = self._errors(output, wanted, there)
        tokens = torch.where(there, (output["lengths"] > 0).sum(dim=1), 0)
        off = output["lengths"].sum(dim=1).clamp(min=SHORTEST).log()
        off = off - wanted.mask.sum(dim=1).clamp(min=1).log()
        off = torch.where(there & (tokens > 0), off.abs() * tokens, 0)
        return Loss(
            torch.stack([each.sum(), off.sum()]),
            torch.stack([frames.sum(), tokens.sum()]).to(each.dtype),
        )

    def predict(self, output: dict[str, Tensor]) -> list[Tensor]:
        """The log-mel frames [T, n_mels] of each sample, in the unit of the target."""
        mel = at_least_float32(output["mel"]) * self.std + self.mean
        return [x[mask] for x, mask in zip(mel, output["mask"], strict=True)]

    def statistics(self, output: dict[str, Tensor], batch: Batch) -> Tensor:
        """Error, frames, error of the length, frames, error of the mean.

        Where nothing is known, all are 0; float64 [B, 5].
        """
        wanted, there = self._wanted(batch)
        each, frames = self._errors(output, wanted, there)
        flat, _ = self._errors({"mel": output["mel"] * 0}, wanted, there)
        true = torch.where(there, wanted.mask.sum(dim=1), 0)
        off = torch.where(there, (output["lengths"].sum(dim=1) - true).abs(), 0)
        return torch.stack([each, frames, off, true, flat], dim=1).detach().double()

    def check(self, batch: Batch) -> None:
        """Inspect the frames of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a frame that is not finite, or for frames
                without a text.
        """
        wanted, there = self._wanted(batch)
        odd = ~wanted.values.isfinite().all(dim=2) & wanted.mask & there[:, None]
        if bool(odd.any()):
            i, t = (int(x) for x in odd.nonzero()[0])
            raise ValueError(
                f"sample {i}: {self.target}, frame {t} is not finite; expected log-mel"
            )
        if isinstance(text := batch.get(self.modality), Padded):
            mute = there & ~text.mask.any(dim=1)
            if bool(mute.any()):
                i = int(mute.int().argmax())
                raise ValueError(
                    f"sample {i}: {int(wanted.mask[i].sum())} frames of {self.target}, "
                    f"and no {self.modality}; expected both, or none"
                )

    def _errors(
        self, output: dict[str, Tensor], wanted: Padded, there: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The absolute error, summed over frames and averaged over bands; frames."""
        mel = at_least_float32(output["mel"])
        true = (at_least_float32(wanted.values) - self.mean) / self.std
        each = (mel - true).abs().mean(dim=2)
        mask = wanted.mask & there[:, None]
        return torch.where(mask, each, 0).sum(dim=1), mask.sum(dim=1)

    def _wanted(self, batch: Batch) -> tuple[Padded, Tensor]:
        column: Any = target_of(batch, self.target, self)
        shape = "[B, T, n_mels]"
        if not isinstance(column, Padded) or column.values.ndim != 3:
            raise ValueError(
                f"{self.target} is a {type(column).__name__}; expected Padded {shape}, "
                "as log_mel gives it"
            )
        if column.values.shape[2] != len(self.mean):
            raise ValueError(
                f"{self.target} has {column.values.shape[2]} bands; expected "
                f"{len(self.mean)}"
            )
        return column, known(batch, self.target, column.mask.any(dim=1)) & (
            column.mask.any(dim=1)
        )


def centres(lengths: Tensor) -> Tensor:
    """Where each token is centred: what lies before it, and half its own; [..., L]."""
    return lengths.cumsum(dim=-1) - lengths / 2


def overlap(lengths: Tensor, mask: Tensor, frames: int, sigma: float) -> Tensor:
    """How much of each token is in each frame: weights [B, T, L], of sum 1 over L.

    Frame t lies at t + 1/2. Its weights fall with the squared distance to the tokens'
    centres, as a Gaussian of deviation sigma; they are 0 where there is no token.

    Args:
        lengths: float [B, L], frames, 0 where the mask is False.
        mask: bool [B, L].
        frames: T.
    """
    place = torch.arange(frames, device=lengths.device) + 0.5
    away = place[None, :, None] - centres(lengths)[:, None, :]  # [B, T, L]
    scores = -away.square() / (2 * sigma**2)
    least = torch.finfo(scores.dtype).min
    weights = torch.where(mask[:, None, :], scores, least).softmax(dim=-1)
    return torch.where(mask[:, None, :], weights, 0)
