"""Small heads of the kinds that later notebooks bring, to show that they fit.

A sentence (the target is an input as well), a transcript (CTC), a sound (frames, with
durations) and boxes (a different number in each sample, none allowed).
"""

from __future__ import annotations

from typing import ClassVar

import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn import functional as F

from mmlearn.attention import AttentionBlock, CrossBlock
from mmlearn.batch import Padded, Tokens
from mmlearn.batch.check import KNOWN
from mmlearn.fusion.fused import join
from mmlearn.heads.head import Loss, target_of
from mmlearn.metrics import Metric, errors, ratio
from mmlearn.positions import sinusoid

BEGIN, END = 1, 2  # 0 is padding


class Sentence(nn.Module):
    """Words one after the other, each seeing those before it and what was encoded."""

    targets = ("caption",)
    metrics: ClassVar = {"error rate": Metric(ratio, higher=False)}
    width = 2

    def __init__(self, d_model: int, words: int, longest: int = 8) -> None:
        super().__init__()
        self.d_model, self.words, self.longest = d_model, words, longest
        self.embedding = nn.Embedding(words, d_model)
        self.own = AttentionBlock(d_model, heads=2, causal=True)
        self.cross = CrossBlock(d_model, heads=2)
        self.out = nn.Linear(d_model, words)

    def decode(self, words, memory: Tokens):
        """Logits [B, T, words] of the word after each, from words int64 [B, T]."""
        mask = torch.ones_like(words, dtype=torch.bool)
        states = self.embedding(words)
        states = self.own(states + sinusoid(words.shape[1], self.d_model, states), mask)
        return self.out(self.cross(states, memory.values, memory.mask))

    def forward(self, fused, batch=None):
        memory = join(fused.tokens)
        output = {"memory": memory.values, "mask": memory.mask}
        if batch is not None and "caption" in batch:  # teacher forcing
            output["logits"] = self.decode(batch["caption"].values[:, :-1], memory)
        return output

    def loss(self, output, batch):
        caption = target_of(batch, "caption", self)
        wanted, counts = caption.values[:, 1:], caption.mask[:, 1:]
        each = F.cross_entropy(output["logits"].mT, wanted, reduction="none")
        total = torch.where(counts, each, 0).sum()
        return Loss(total, counts.sum().to(total.dtype))

    def predict(self, output):
        """Greedily: lists of words, without begin and end."""
        memory = Tokens(output["memory"], output["mask"])
        words = torch.full((len(memory.mask), 1), BEGIN, device=memory.mask.device)
        for _ in range(self.longest):
            best = self.decode(words, memory)[:, -1].argmax(-1, keepdim=True)
            words = torch.cat([words, best], dim=1)
        return [
            row[1 : row.index(END) if END in row else None] for row in words.tolist()
        ]

    def statistics(self, output, batch):
        caption = batch["caption"]
        rows = []
        for found, words, mask in zip(
            self.predict(output), caption.values, caption.mask, strict=True
        ):
            wanted = words[mask].tolist()[1:-1]
            rows.append([errors(found, wanted), len(wanted)])
        return torch.tensor(rows, dtype=torch.float64)

    def check(self, batch):
        values = target_of(batch, "caption", self).values
        bad = ((values < 0) | (values >= self.words)).any(dim=1)
        if bool(bad.any()):
            raise ValueError(
                f"sample {int(bad.int().argmax())}: caption, a word beyond"
            )


class Transcript(nn.Module):
    """Letters of a sound by CTC; the lengths come from the masks."""

    targets = ("transcript",)
    metrics: ClassVar = {"character error rate": Metric(ratio, higher=False)}
    width = 2

    def __init__(self, d_model: int, letters: int, modality: str = "audio") -> None:
        super().__init__()
        self.d_model, self.letters, self.modality = d_model, letters, modality
        self.out = nn.Linear(d_model, letters)  # 0 is the blank

    def forward(self, fused, batch=None):
        tokens = fused.tokens[self.modality]
        return {"logits": self.out(tokens.values), "mask": tokens.mask}

    def loss(self, output, batch):
        wanted = target_of(batch, "transcript", self)
        steps = output["mask"].sum(1)
        each = F.ctc_loss(
            output["logits"].log_softmax(-1).transpose(0, 1),
            wanted.values,
            steps.clamp(min=1),  # torch 2.3 answers with any number where there is none
            wanted.mask.sum(1),
            reduction="none",
        )
        total = torch.where(steps > 0, each, 0).sum()
        return Loss(total, wanted.mask.sum().to(total.dtype))

    def predict(self, output):
        best = output["logits"].argmax(-1)
        rows = []
        for row, mask in zip(best, output["mask"], strict=True):
            merged = torch.unique_consecutive(row[mask]).tolist()
            rows.append([letter for letter in merged if letter])
        return rows

    def statistics(self, output, batch):
        wanted = batch["transcript"]
        rows = [
            [errors(found, values[mask].tolist()), int(mask.sum())]
            for found, values, mask in zip(
                self.predict(output), wanted.values, wanted.mask, strict=True
            )
        ]
        return torch.tensor(rows, dtype=torch.float64)

    def check(self, batch):
        lengths = target_of(batch, "transcript", self).mask.sum(1)
        steps = batch[self.modality].mask.sum(1)
        bad = steps < lengths
        if bool(bad.any()):
            i = int(bad.int().argmax())
            raise ValueError(
                f"sample {i}: {int(steps[i])} steps for {int(lengths[i])} letters"
            )


class Sound(nn.Module):
    """Each word's state for as many frames as its duration says, to frames of mel."""

    targets = ("mel", "durations")
    metrics: ClassVar = {"distance": Metric(ratio, higher=False)}
    width = 2

    def __init__(self, d_model: int, bands: int, modality: str = "text") -> None:
        super().__init__()
        self.d_model, self.modality = d_model, modality
        self.out = nn.Linear(d_model, bands)
        self.duration = nn.Linear(d_model, 1)

    def forward(self, fused, batch=None):
        tokens = fused.tokens[self.modality]
        output = {
            "log_durations": self.duration(tokens.values).squeeze(-1),
            "frames": self.out(tokens.values),
            "mask": tokens.mask,
        }
        if batch is not None and "durations" in batch:
            output["mel"] = self.stretch(
                output["frames"], batch["durations"].values, batch["mel"].mask.shape[1]
            )
        return output

    @staticmethod
    def stretch(frames, durations, length: int):
        """Frames [B, T, F], each as often as its duration: [B, length, F]."""
        ends = durations.cumsum(1)
        steps = torch.arange(length, device=frames.device)
        index = (steps[None, :, None] >= ends[:, None, :]).sum(-1)
        index = index.clamp(max=frames.shape[1] - 1)
        return frames.gather(1, index.unsqueeze(-1).expand(-1, -1, frames.shape[2]))

    def loss(self, output, batch):
        mel = target_of(batch, "mel", self)
        each = (output["mel"] - mel.values).square().mean(-1)
        wanted = batch["durations"].values.clamp(min=1).log()
        spoken = (output["log_durations"] - wanted).square()
        return Loss(
            torch.stack(
                [
                    torch.where(mel.mask, each, 0).sum(),
                    torch.where(output["mask"], spoken, 0).sum(),
                ]
            ),
            torch.stack([mel.mask.sum(), output["mask"].sum()]).to(each.dtype),
        )

    def predict(self, output):
        lengths = output["log_durations"].exp().round().clamp(min=1).long()
        lengths = lengths * output["mask"]
        sounds = self.stretch(output["frames"], lengths, int(lengths.sum(1).max()))
        return [x[:n] for x, n in zip(sounds, lengths.sum(1).tolist(), strict=True)]

    def statistics(self, output, batch):
        mel = batch["mel"]
        each = (output["mel"] - mel.values).abs().mean(-1)
        total = torch.where(mel.mask, each, 0).sum(1)
        return torch.stack([total, mel.mask.sum(1)], dim=1).double()

    def check(self, batch):
        found = target_of(batch, "durations", self).values.sum(1)
        bad = found != target_of(batch, "mel", self).mask.sum(1)
        if bool(bad.any()):
            raise ValueError(
                f"sample {int(bad.int().argmax())}: durations do not add up"
            )


class Boxes(nn.Module):
    """At most `slots` boxes, matched with the true ones; a sample may have none.

    "boxes": Padded [B, K, 4]; "boxes_known": bool [B], False where nobody looked, which
    is not the same as a picture without a box.
    """

    targets = ("boxes",)
    metrics: ClassVar = {"found": Metric(ratio)}
    width = 2

    def __init__(self, d_model: int, slots: int = 3) -> None:
        super().__init__()
        self.d_model, self.slots = d_model, slots
        self.out = nn.Linear(d_model, slots * 5)

    def forward(self, fused, batch=None):
        found = self.out(fused.vector).unflatten(-1, (self.slots, 5))
        return {"box": found[..., :4].sigmoid(), "there": found[..., 4]}

    def _known(self, batch):
        boxes = target_of(batch, "boxes", self)
        there = torch.ones(len(boxes), dtype=torch.bool, device=boxes.mask.device)
        return boxes, batch.get("boxes" + KNOWN, there)

    def _matched(self, output, batch):
        """For each sample which slot is which true box: a list of index pairs."""
        boxes, known = self._known(batch)
        pairs = []
        for found, true, mask, sure in zip(
            output["box"], boxes.values, boxes.mask, known, strict=True
        ):
            cost = (
                torch.cdist(found, true[mask], p=1) if sure else found.new_zeros(0, 0)
            )
            pairs.append(linear_sum_assignment(cost.detach().cpu().double().numpy()))
        return pairs

    def loss(self, output, batch):
        boxes, known = self._known(batch)
        total = output["box"].sum() * 0
        for i, (slots, true) in enumerate(self._matched(output, batch)):
            taken = torch.zeros_like(output["there"][i])
            taken[slots] = 1
            asked = F.binary_cross_entropy_with_logits(
                output["there"][i], taken, reduction="sum"
            )
            near = (
                output["box"][i][slots] - boxes.values[i][boxes.mask[i]][true]
            ).abs()
            total = total + known[i] * (asked + near.sum())
        return Loss(total, known.sum().to(total.dtype))

    def predict(self, output):
        there = output["there"] > 0
        return [box[yes] for box, yes in zip(output["box"], there, strict=True)]

    def statistics(self, output, batch):
        boxes, known = self._known(batch)
        rows = []
        for i, (slots, true) in enumerate(self._matched(output, batch)):
            near = (
                output["box"][i][slots] - boxes.values[i][boxes.mask[i]][true]
            ).abs()
            hits = (near.amax(-1) < 0.2) & (output["there"][i][slots] > 0)
            rows.append([float(hits.sum()), float(boxes.mask[i].sum())])
        table = torch.tensor(rows, dtype=torch.float64)
        return torch.where(known.cpu()[:, None], table, 0)

    def check(self, batch):
        boxes, _ = self._known(batch)
        outside = ((boxes.values < 0) | (boxes.values > 1)).flatten(1).any(1)
        if bool(outside.any()):
            raise ValueError(
                f"sample {int(outside.int().argmax())}: boxes outside 0..1"
            )


def targets(size: int, seed: int) -> dict[str, Padded | torch.Tensor]:
    """The targets of every kind, for `models.batch_of(size, seed)`."""
    generator = torch.Generator().manual_seed(1000 + seed)

    def padded(rows, length):
        tail = rows[0].shape[1:]
        values = rows[0].new_zeros(size, length, *tail)
        mask = torch.zeros(size, length, dtype=torch.bool)
        for i, row in enumerate(rows):
            values[i, : len(row)], mask[i, : len(row)] = row, True
        return Padded(values, mask)

    def draw(low, high, *shape):
        return torch.randint(low, high, shape, generator=generator)

    words = [
        torch.tensor([BEGIN, *draw(3, 7, 1 + i % 3).tolist(), END]) for i in range(size)
    ]
    # Sample 1 of batch_of has no sound, hence nothing to write down.
    letters = [draw(1, 4, 0 if i == 1 else 1 + i % 2) for i in range(size)]
    # Texts of batch_of have 2 + i % 3 words, and sample 2 none.
    counts = [0 if i == 2 else 2 + i % 3 for i in range(size)]
    lasting = [draw(1, 4, n) for n in counts]
    mel = [torch.rand(int(d.sum()), 3, generator=generator) for d in lasting]
    boxes = [torch.rand(i % 3, 4, generator=generator) for i in range(size)]
    return {
        "caption": padded(words, 5),
        "transcript": padded(letters, 2),
        "durations": padded(lasting, 4),
        "mel": padded(mel, 12),
        "boxes": padded(boxes, 2),
        "boxes_known": torch.arange(size) % 5 != 4,
        "tags": draw(0, 2, size, 4),
        "tags_known": draw(0, 4, size, 4) > 0,
        "price": 300 + 50 * torch.randn(size, generator=generator),
        "price_known": torch.arange(size) % 4 != 3,
    }
