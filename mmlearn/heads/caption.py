"""A sentence about what was encoded, one word after the other."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmlearn.attention import AttentionBlock, CrossBlock
from mmlearn.batch import Batch, Padded
from mmlearn.fusion.fused import Fused, join
from mmlearn.heads.head import Loss, at_least_float32, known, target_of
from mmlearn.metrics import Measure
from mmlearn.metrics.sequence import ERROR_RATE, errors
from mmlearn.positions import sinusoid

Output = dict[str, Tensor]


class Caption(nn.Module):
    """A transformer decoder (Vaswani et al., 2017) that looks at all encoded tokens.

    In training each word is predicted from the true ones before it (teacher forcing);
    `predict` goes on from its own. Encoders must not pool, or there is one token to
    look at; a fusion that mixes nothing, `Separate`, leaves the tokens as they are.

    Args:
        d_model: the width of the tokens that it reads.
        words: how many numbers there are, the special ones among them.
        begin: the number that each target begins with.
        end: the number that each target ends with.
        depth: how many blocks of self- and cross-attention.
        heads: of the attention.
        longest: how many words `predict` writes at most.
        dropout: in the blocks and on the embedding.
        target: the column of the sentences, Padded int64 [B, L], begin ... end.

    Raises:
        ValueError: when begin and end are not two numbers below `words`, when depth or
            longest is below 1, or heads does not divide d_model.
    """

    metrics: ClassVar[dict[str, Measure]] = {"word error rate": ERROR_RATE}
    width = 2

    def __init__(
        self,
        d_model: int,
        words: int,
        begin: int,
        end: int,
        depth: int = 2,
        heads: int = 4,
        longest: int = 20,
        dropout: float = 0.1,
        target: str = "caption",
    ) -> None:
        super().__init__()
        if begin == end or not (0 <= begin < words and 0 <= end < words):
            raise ValueError(
                f"begin is {begin} and end {end}; expected two numbers, 0..{words - 1}"
            )
        if depth < 1 or longest < 1:
            raise ValueError(
                f"depth is {depth} and longest {longest}; expected 1 or more of each"
            )
        self.d_model, self.words, self.begin, self.end = d_model, words, begin, end
        self.longest, self.target, self.targets = longest, target, (target,)
        self.embedding = nn.Embedding(words, d_model)
        nn.init.normal_(self.embedding.weight, std=d_model**-0.5)
        self.dropout = nn.Dropout(dropout)
        self.own = nn.ModuleList(
            AttentionBlock(d_model, heads, dropout, causal=True) for _ in range(depth)
        )
        self.cross = nn.ModuleList(
            CrossBlock(d_model, heads, dropout) for _ in range(depth)
        )
        self.out = nn.Sequential(nn.LayerNorm(d_model), nn.Linear(d_model, words))

    def forward(self, fused: Fused, batch: Batch | None = None) -> Output:
        """What is to be described, and where the target is there, logits.

        Returns:
            "memory" float [B, S, D] and "mask" bool [B, S]; with the target [B, L] also
            "logits" [B, L - 1, words]: at t those of word t + 1.
        """
        memory = join(fused.tokens)
        output = {"memory": memory.values, "mask": memory.mask}
        if batch is not None and self.target in batch:
            before = self._column(batch).values[:, :-1]
            output["logits"] = self.decode(before, output)
        return output

    def decode(self, words: Tensor, output: Output) -> Tensor:
        """Logits [B, T, words] of the word after each of words int64 [B, T]."""
        states = self._start(words)
        mask = torch.ones_like(words, dtype=torch.bool)
        for own, cross in zip(self.own, self.cross, strict=True):
            states = cross(own(states, mask), output["memory"], output["mask"])
        logits: Tensor = self.out(states)
        return logits

    def attention(self, words: Tensor, output: Output) -> Tensor:
        """Where the last block looks when it writes the word after each: [B, T, S].

        The mean over heads. Rows sum to less than 1: the rest looks at nothing.
        """
        states, weights = self._start(words), words.new_zeros(0)
        mask = torch.ones_like(words, dtype=torch.bool)
        for own, cross in zip(self.own, self.cross, strict=True):
            assert isinstance(cross, CrossBlock)
            states = own(states, mask)
            weights = cross.attention(states, output["memory"], output["mask"])
            states = cross(states, output["memory"], output["mask"])
        return weights[..., 1:].mean(dim=1)

    def loss(self, output: Output, batch: Batch) -> Loss:
        """Cross-entropy of each word given those before it, per word.

        Raises:
            ValueError: as `target_of` and `known` do.
        """
        column, there = self._column(batch), self._known(batch)
        wanted, counts = column.values[:, 1:], column.mask[:, 1:] & there[:, None]
        logits = at_least_float32(output["logits"])
        wanted = torch.where(counts, wanted, 0)
        each = F.cross_entropy(logits.mT, wanted, reduction="none")
        return Loss(torch.where(counts, each, 0).sum(), counts.sum().to(each.dtype))

    def predict(self, output: Output) -> list[list[int]]:
        """The words of each sample, greedily, without begin and end."""
        memory = output["memory"]
        words = torch.full((len(memory), 1), self.begin, device=memory.device)
        for _ in range(self.longest):
            best = self.decode(words, output)[:, -1].argmax(dim=-1, keepdim=True)
            words = torch.cat([words, best], dim=1)
            if bool((words == self.end).any(dim=1).all()):
                break
        return [self.text(row[1:]) for row in words.tolist()]

    def text(self, words: list[int]) -> list[int]:
        """The words up to the end, without it."""
        return words[: words.index(self.end)] if self.end in words else words

    def statistics(self, output: Output, batch: Batch) -> Tensor:
        """Wrong words and words, 0 and 0 where not known: float64 [B, 2]."""
        column, there = self._column(batch), self._known(batch)
        rows = []
        found = self.predict(output)
        for said, values, mask in zip(found, column.values, column.mask, strict=True):
            wanted = self.text(values[mask].tolist()[1:])
            rows.append([errors(said, wanted), len(wanted)])
        table = torch.tensor(rows, dtype=torch.float64)
        return torch.where(there.cpu()[:, None], table, 0)

    def check(self, batch: Batch) -> None:
        """Inspect the words of a batch, once, on the way in.

        Raises:
            ValueError: naming the sample, for a number that no word has, or a sentence
                that does not begin with `begin` and end with `end`.
        """
        column, there = self._column(batch), self._known(batch)
        words, mask = column.values, column.mask
        odd = mask & ((words < 0) | (words >= self.words)) & there[:, None]
        if bool(odd.any()):
            i, k = (int(x) for x in odd.nonzero()[0])
            raise ValueError(
                f"sample {i}: {self.target}, word {k} is {int(words[i, k])}; expected "
                f"0..{self.words - 1}"
            )
        last = (mask.sum(dim=1) - 1).clamp(min=0)
        ends = words.gather(1, last[:, None]).squeeze(1)
        whole = (words[:, 0] == self.begin) & (ends == self.end)
        if bool((there & ~whole).any()):
            i = int((there & ~whole).int().argmax())
            found = words[i][mask[i]].tolist()
            raise ValueError(
                f"sample {i}: {self.target} is {found}; expected {self.begin}, its "
                f"words, {self.end}"
            )

    def _start(self, words: Tensor) -> Tensor:
        states = self.embedding(words) * self.d_model**0.5
        return self.dropout(states + sinusoid(words.shape[1], self.d_model, states))

    def _column(self, batch: Batch) -> Padded:
        column: Any = target_of(batch, self.target, self)
        if not isinstance(column, Padded) or column.values.ndim != 2:
            raise ValueError(
                f"{self.target} is a {type(column).__name__}; expected Padded [B, L], "
                "the numbers of its words"
            )
        return column

    def _known(self, batch: Batch) -> Tensor:
        return known(batch, self.target, self._column(batch).mask.any(dim=1))


@torch.no_grad()
def beam_search(
    head: Caption, output: Output, width: int = 3, length: float = 0.0
) -> list[tuple[list[int], float]]:
    """For each sample the best sentence of a beam, and its log-probability.

    Args:
        head: in `eval()`.
        output: what it gave for the samples, "memory" and "mask".
        width: how many beginnings are kept; 1 is `predict`.
        length: of 0, sentences compete by their probability, which favours short ones;
            of 1, by the mean logarithm of their words.

    Raises:
        ValueError: when width is below 1.
    """
    if width < 1:
        raise ValueError(f"width is {width}; expected 1 or more")
    rows = range(len(output["memory"]))
    return [
        _one(head, {k: output[k][i : i + 1] for k in ("memory", "mask")}, width, length)
        for i in rows
    ]


def _one(
    head: Caption, output: Output, width: int, length: float
) -> tuple[list[int], float]:
    device = output["memory"].device
    beam, chances = torch.full((1, 1), head.begin, device=device), torch.zeros(1)
    done: list[tuple[list[int], float]] = []
    for _ in range(head.longest):
        many = {name: x.expand(len(beam), *x.shape[1:]) for name, x in output.items()}
        logits = at_least_float32(head.decode(beam, many)[:, -1])
        total = chances.to(device)[:, None] + logits.log_softmax(dim=-1)  # [W, words]
        best = total.flatten().topk(min(width, total.numel()))
        parent = torch.div(best.indices, head.words, rounding_mode="floor")
        word = best.indices % head.words
        beam, chances = torch.cat([beam[parent], word[:, None]], dim=1), best.values
        ended = word == head.end
        done += [
            (head.text(row[1:]), chance)
            for row, chance in zip(
                beam[ended].tolist(), chances[ended].tolist(), strict=True
            )
        ]
        beam, chances = beam[~ended], chances[~ended]
        # No longer sentence can be likelier than what it begins with.
        if not len(beam) or (
            length == 0 and done and max(c for _, c in done) >= float(chances.max())
        ):
            break
    done = done or [
        (row[1:], chance)
        for row, chance in zip(beam.tolist(), chances.tolist(), strict=True)
    ]
    return max(done, key=lambda pair: pair[1] / (len(pair[0]) + 1) ** length)
