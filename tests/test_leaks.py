"""What is masked is of no matter, whatever it holds: drawn at random by hypothesis.

Masks have holes, whole samples lack a modality, and garbage stands under the masks and
beyond the end. Outputs and gradients must not move, in training (dropout 0) and in
evaluation. A test at the end shows that the same check finds modules that leak.
"""

from functools import cache

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from models import (
    D_MODEL,
    FUSIONS,
    MODALITIES,
    N_MELS,
    VOCABULARY,
    heads,
)
from models import build as build_model
from torch import nn
from torch.testing import assert_close
from towers import BUILD, CHANNELS, FRAMES, WORDS, rows

from mmlearn.batch import Padded, Tokens
from mmlearn.encoders import MiniLMEncoder
from mmlearn.fusion import ConcatFusion

B = 3
EXACT = {"atol": 1e-5, "rtol": 1e-5}
seeds = st.integers(0, 10_000)
training = st.booleans()


def drawn(examples):
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def masks(longest, shortest=1):
    """bool [B, T], T from shortest to longest; any steps, some samples without one."""
    row = {
        n: st.lists(st.booleans(), min_size=n, max_size=n)
        for n in range(shortest, longest + 1)
    }
    several = st.integers(shortest, longest).flatmap(
        lambda n: st.lists(row[n], min_size=B, max_size=B)
    )
    return several.map(torch.tensor)


def clean(values, mask):
    return values * mask.view(*mask.shape, *[1] * (values.ndim - 2)).to(values.dtype)


def soiled(column: Padded, garbage: torch.Tensor) -> Padded:
    """The same column, with garbage [B, T + more, ...] under the mask and beyond."""
    steps = column.mask.shape[1]
    values, mask = garbage.clone(), column.mask.new_zeros(garbage.shape[:2])
    mask[:, :steps] = column.mask
    values[mask] = column.values[column.mask]
    return Padded(values, mask)


def gradients(module: nn.Module, output: torch.Tensor) -> dict[str, torch.Tensor]:
    """Of a loss in which every number of the output has a weight of its own."""
    learned = {k: p for k, p in module.named_parameters() if p.requires_grad}
    if not learned or not output.requires_grad:
        return {}
    weight = torch.linspace(-1, 1, output.numel()).view_as(output)
    found = torch.autograd.grad(
        (output * weight).sum(), list(learned.values()), allow_unused=True
    )
    return {k: g for k, g in zip(learned, found, strict=True) if g is not None}


# --- encoders


@cache
def encoder_of(name, pool):
    torch.manual_seed(0)
    if name == "minilm":
        return MiniLMEncoder(D_MODEL, pool=pool)
    return BUILD[name](pool)


def values_for(name, steps, scale=1.0):
    """float or int64 [B, steps, ...] of the encoder's modality."""
    if name in FRAMES:
        return scale * torch.randn(B, steps, 3, 16, 16)
    if name in ("gru", "letters", "transformer", "minilm"):
        # Garbage need not be in the vocabulary: it is not to be looked up.
        low, high = (1, WORDS) if scale == 1 else (-50, 10**6)
        return torch.randint(low, high, (B, steps))
    if name == "table":
        return scale * rows(B).unsqueeze(1).expand(-1, steps, -1)
    return scale * torch.randn(B, steps, CHANNELS)


ALL = [(name, pool) for name in (*BUILD, "minilm") for pool in (True, False)]
every_encoder = pytest.mark.parametrize(
    ("name", "pool"), ALL, ids=[f"{n}-{'pooled' if p else 'steps'}" for n, p in ALL]
)


def encoder_is_deaf(encoder, name, mask, seed, train):
    """The check itself: see the top of the file."""
    torch.manual_seed(seed)
    steps = mask.shape[1]
    column = Padded(clean(values_for(name, steps), mask), mask)
    more = 0 if name == "table" else 1 + seed % 3
    garbage = values_for(name, steps + more, scale=100.0)
    encoder.train(train)
    expected, found = encoder(column), encoder(soiled(column, garbage))
    length = expected.mask.shape[1]
    assert torch.equal(found.mask[:, :length], expected.mask)
    assert torch.equal(expected.present, mask.any(dim=1))
    assert not found.mask[:, length:].any() and not found.values[:, length:].any()
    assert not expected.values[~expected.mask].any()
    assert_close(found.values[:, :length], expected.values, **EXACT)
    before = gradients(encoder, expected.values)
    after = gradients(encoder, found.values[:, :length])
    # A gradient sums over hundreds of numbers: float32 keeps about 1e-4 of it.
    assert_close(after, before, atol=1e-4, rtol=1e-4)


@every_encoder
@drawn(7)
@given(data=st.data(), seed=seeds, train=training)
def test_encoders(name, pool, data, seed, train):
    mask = data.draw(masks(1 if name == "table" else 3 if name in FRAMES else 7))
    encoder_is_deaf(encoder_of(name, pool), name, mask, seed, train)


@every_encoder
@drawn(4)
@given(data=st.data(), seed=seeds, order=st.permutations(range(B)), train=training)
def test_encoders_of_a_permuted_batch(name, pool, data, seed, order, train):
    mask = data.draw(masks(1 if name == "table" else 3 if name in FRAMES else 7))
    torch.manual_seed(seed)
    column = Padded(clean(values_for(name, mask.shape[1]), mask), mask)
    encoder = encoder_of(name, pool).train(train)
    expected, found = encoder(column), encoder(column[torch.tensor(order)])
    assert_close(found.values, expected.values[order], **EXACT)
    assert torch.equal(found.mask, expected.mask[order])


# --- fusions


@cache
def fusion_of(fusion):
    torch.manual_seed(0)
    return fusion(MODALITIES, D_MODEL)


every_fusion = pytest.mark.parametrize("fusion", FUSIONS)
three_masks = st.tuples(*[masks(4)] * len(MODALITIES))


def tokens_of(drawn_masks, seed):
    torch.manual_seed(seed)
    return {
        name: Tokens(clean(torch.randn(*mask.shape, D_MODEL), mask), mask)
        for name, mask in zip(MODALITIES, drawn_masks, strict=True)
    }


def all_of(fused):
    """What heads read: the vector, `pooled`, and the mixed tokens that are real."""
    real = [item.values[item.mask] for item in fused.tokens.values()]
    return [fused.vector, *fused.pooled.values(), fused.present, *real]


def fusion_is_deaf(mix, tokens, seed, train):
    mix.train(train)
    dirty = {}
    for name, item in tokens.items():
        batch, steps, width = item.values.shape
        garbage = 100 * torch.randn(batch, steps + seed % 3, width)
        padded = soiled(Padded(item.values, item.mask), garbage)
        dirty[name] = Tokens(padded.values, padded.mask)
    expected, found = mix(tokens), mix(dirty)
    assert_close(all_of(found), all_of(expected), **EXACT)
    before, after = gradients(mix, expected.vector), gradients(mix, found.vector)
    assert_close(after, before, atol=1e-4, rtol=1e-4)


@every_fusion
@drawn(12)
@given(drawn_masks=three_masks, seed=seeds, train=training)
def test_fusions(fusion, drawn_masks, seed, train):
    fusion_is_deaf(fusion_of(fusion), tokens_of(drawn_masks, seed), seed, train)


@every_fusion
@drawn(8)
@given(
    drawn_masks=three_masks, seed=seeds, order=st.permutations(range(B)), train=training
)
def test_fusions_of_a_permuted_batch(fusion, drawn_masks, seed, order, train):
    mix, tokens = fusion_of(fusion).train(train), tokens_of(drawn_masks, seed)
    moved = {m: Tokens(x.values[order], x.mask[order]) for m, x in tokens.items()}
    expected, found = mix(tokens), mix(moved)
    assert_close(found.vector, expected.vector[order], **EXACT)
    for name, item in expected.tokens.items():
        assert_close(found.tokens[name].values, item.values[order], **EXACT)
    for name in MODALITIES:
        assert_close(found.pooled[name], expected.pooled[name][order], **EXACT)


@every_fusion
@drawn(8)
@given(
    drawn_masks=three_masks,
    seed=seeds,
    gone=st.sets(st.sampled_from(MODALITIES), min_size=1, max_size=2),
    train=training,
)
def test_a_modality_that_is_masked_equals_one_left_out(
    fusion, drawn_masks, seed, gone, train
):
    mix, tokens = fusion_of(fusion).train(train), tokens_of(drawn_masks, seed)
    masked = {
        m: Tokens(torch.randn_like(x.values), torch.zeros_like(x.mask))
        if m in gone
        else x
        for m, x in tokens.items()
    }
    left = {m: x for m, x in tokens.items() if m not in gone}
    assert_close(all_of(mix(masked)), all_of(mix(left)), **EXACT)


@every_fusion
@drawn(8)
@given(drawn_masks=three_masks, seed=seeds, train=training)
def test_pooled_text_has_not_seen_the_image(fusion, drawn_masks, seed, train):
    mix, tokens = fusion_of(fusion).train(train), tokens_of(drawn_masks, seed)
    other = tokens | {"image": tokens_of(drawn_masks, seed + 1)["image"]}
    before, after = mix(tokens), mix(other)
    for name in ("text", "audio"):
        assert torch.equal(after.pooled[name], before.pooled[name])


# --- whole models, with every head


@cache
def model_of(fusion, head, pool):
    return build_model(fusion, heads()[head], pool)


def answers(model, batch):
    output = model(batch)
    return output if isinstance(output, dict) else {"logits": output}


def batch_of(text, audio, seed):
    torch.manual_seed(seed)
    words = torch.randint(1, VOCABULARY, text.shape)
    return {
        "image": torch.randn(B, 3, 8, 8),
        "text": Padded(clean(words, text), text),
        "audio": Padded(clean(torch.randn(*audio.shape, N_MELS), audio), audio),
    }


@pytest.mark.parametrize("head", range(len(heads())))
@pytest.mark.parametrize("pool", [True, False], ids=["pooled", "steps"])
@drawn(16)
@given(
    fusion=st.sampled_from(FUSIONS),
    text=masks(5),
    audio=masks(11),
    seed=seeds,
    order=st.permutations(range(B)),
    train=training,
)
def test_whole_models(head, pool, fusion, text, audio, seed, order, train):
    model = model_of(fusion, head, pool).train(train)
    batch = batch_of(text, audio, seed)
    dirty = dict(batch)
    for name, more in (("text", 2), ("audio", 3)):
        batch_size, steps, *rest = batch[name].values.shape
        size = (batch_size, steps + more, *rest)
        garbage = 100 * torch.randn(size) if rest else torch.randint(10**6, size)
        dirty[name] = soiled(batch[name], garbage)
    expected = answers(model, batch)
    assert_close(answers(model, dirty), expected, **EXACT)
    index = torch.tensor(order)
    permuted = answers(model, {name: x[index] for name, x in batch.items()})
    # A scalar (the temperature of a contrastive head) belongs to no sample.
    there = {k: x[index] if x.ndim else x for k, x in expected.items()}
    assert_close(permuted, there, **EXACT)
    nothing = batch["audio"]
    nothing = Padded(nothing.values * 0, torch.zeros_like(nothing.mask))
    left = {name: x for name, x in batch.items() if name != "audio"}
    masked = answers(model, batch | {"audio": nothing})
    assert_close(masked, answers(model, left), **EXACT)


# --- the checks above must be able to fail


class MeanOfAll(nn.Module):
    """Leaks: divides by all steps, not by the real ones."""

    def forward(self, column):
        mean = column.values.mean(dim=1, keepdim=True)
        return Tokens(mean * column.mask.any(1)[:, None, None], column.mask[:, :1])


class AcrossSamples(nn.Module):
    """Leaks in training only: BatchNorm over padding and neighbours."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(CHANNELS)

    def forward(self, column):
        values = self.norm(column.values.mT).mT
        return Tokens(values * column.mask.unsqueeze(-1), column.mask)


def test_an_encoder_that_leaks_is_found():
    mask = torch.tensor([[True, True, False], [True, False, True], [False] * 3])
    with pytest.raises(AssertionError):
        encoder_is_deaf(MeanOfAll(), "sensor", mask, seed=0, train=False)
    encoder_is_deaf(AcrossSamples(), "sensor", mask, seed=0, train=False)
    with pytest.raises(AssertionError):
        encoder_is_deaf(AcrossSamples(), "sensor", mask, seed=0, train=True)


def test_a_fusion_that_leaks_is_found():
    class Careless(ConcatFusion):
        def forward(self, tokens, weights=False):
            shown = {
                name: Tokens(x.values, torch.ones_like(x.mask))
                for name, x in tokens.items()
            }
            return super().forward(shown, weights)

    mask = torch.tensor([[True, False], [True, True], [True, False]])
    tokens = tokens_of([mask] * 3, seed=0)
    with pytest.raises(AssertionError):
        fusion_is_deaf(Careless(MODALITIES, D_MODEL), tokens, seed=0, train=True)
