"""Each fusion against its paper's formula, written out on another road."""

import pytest
import torch
from models import D_MODEL, FUSIONS, MODALITIES, encoders
from torch import nn
from torch.testing import assert_close
from towers import random_norms, torchs

from mmlearn.attention import AttentionStack, CrossBlock
from mmlearn.batch import Padded, Tokens
from mmlearn.fusion import (
    BottleneckFusion,
    CrossAttentionFusion,
    GatedFusion,
    LowRankFusion,
    TensorFusion,
)

EXACT = {"atol": 1e-5, "rtol": 1e-5}
every_fusion = pytest.mark.parametrize("fusion", FUSIONS)


def tokens_of(*lengths: int, batch: int = 3, seed: int = 0) -> dict[str, Tokens]:
    """Random ragged tokens; the first step of each is real, the rest by chance."""
    torch.manual_seed(seed)
    tokens = {}
    for name, length in zip(MODALITIES, lengths, strict=False):
        mask = torch.rand(batch, length) < 0.7
        mask[:, 0] = True
        values = torch.randn(batch, length, D_MODEL) * mask.unsqueeze(-1)
        tokens[name] = Tokens(values, mask)
    return tokens


def without(tokens, name, sample):
    """The tokens, but this sample lacks this modality."""
    mask = tokens[name].mask.clone()
    mask[sample] = False
    values = tokens[name].values * mask.unsqueeze(-1)
    return tokens | {name: Tokens(values, mask)}


def build(fusion, modalities=MODALITIES, **settings):
    torch.manual_seed(1)
    mix = fusion(modalities, D_MODEL, **settings)
    random_norms(mix)
    return mix


def mean(item: Tokens, sample: int) -> torch.Tensor:
    """The plain mean of the real steps of one sample, [D]."""
    return item.values[sample][item.mask[sample]].mean(dim=0)


def test_gate_of_two_is_the_papers_z():
    mix, tokens = build(GatedFusion, MODALITIES[:2]), tokens_of(3, 4)
    fused = mix(tokens, weights=True)
    for i in range(3):
        x = [mix.norms[m](mean(tokens[m], i)) for m in MODALITIES[:2]]
        h = [torch.tanh(mix.views[m](v)) for m, v in zip(mix.views, x, strict=True)]
        first, second = mix.gate.weight.chunk(2)
        a, b = mix.gate.bias.chunk(2)
        z = torch.sigmoid((first - second) @ torch.cat(x) + a - b)
        assert_close(fused.vector[i], z * h[0] + (1 - z) * h[1], **EXACT)
        assert_close(fused.weights["gates"][i], torch.stack([z, 1 - z]), **EXACT)


def test_gates_of_the_present_sum_to_one():
    mix, tokens = build(GatedFusion), without(tokens_of(3, 4, 2), "text", sample=1)
    gates = mix(tokens, weights=True).weights["gates"]
    assert_close(gates.sum(dim=1), torch.ones(3, D_MODEL))
    assert gates[1, 1].abs().max() == 0 and gates[0, 1].min() > 0
    assert mix(tokens).weights is None


def test_tensor_fusion_is_the_outer_product():
    mix = build(TensorFusion, width=3)
    tokens = without(tokens_of(3, 4, 2), "audio", sample=2)
    fused = mix(tokens)
    for i in range(3):
        product = torch.ones(1)
        for name in MODALITIES:
            vector = torch.zeros(3)
            if tokens[name].mask[i].any():
                vector = mix.narrow[name](mean(tokens[name], i))
            product = torch.kron(product, torch.cat([vector, torch.ones(1)]))
        assert product.shape == (64,)
        assert_close(fused.vector[i], mix.mix(product), **EXACT)


def test_tensor_fusion_refuses_a_million_features():
    TensorFusion(["a", "b"], d_model=2, width=99)  # 10,000
    with pytest.raises(ValueError, match=r"3 modalities of width 100 \+ 1 make 1,030,"):
        TensorFusion(["a", "b", "c"], d_model=2, width=100)
    with pytest.raises(ValueError, match="width is 0"):
        TensorFusion(["a", "b"], d_model=2, width=0)


def test_low_rank_fusion_contracts_the_full_tensor():
    mix = build(LowRankFusion, rank=3)
    nn.init.normal_(mix.rank_weights)
    nn.init.normal_(mix.bias)
    tokens = without(tokens_of(3, 4, 2), "image", sample=0)
    a, b, c = (mix.factors[m] for m in MODALITIES)
    full = torch.einsum("r,rid,rjd,rkd->ijkd", mix.rank_weights, a, b, c)
    fused = mix(tokens)
    for i in range(3):
        x = []
        for name in MODALITIES:
            vector = torch.zeros(D_MODEL)
            if tokens[name].mask[i].any():
                vector = mix.norms[name](mean(tokens[name], i))
            x.append(torch.cat([vector, torch.ones(1)]))
        outer = x[0][:, None, None] * x[1][:, None] * x[2]
        mixed = (outer.unsqueeze(-1) * full).sum(dim=(0, 1, 2)) + mix.bias
        assert_close(fused.vector[i], mix.norm(mixed), **EXACT)


def test_every_factor_of_the_low_rank_fusion_is_trained():
    mix = LowRankFusion(MODALITIES, D_MODEL, rank=5)
    read = dict(mix.named_parameters())
    factors = {name: read.pop(f"factors.{name}") for name in MODALITIES}
    mix(tokens_of(3, 4, 2)).vector.square().mul(torch.rand(D_MODEL)).sum().backward()
    for name, factor in factors.items():
        assert factor.shape == (5, D_MODEL + 1, D_MODEL)
        assert factor.grad is not None and (factor.grad != 0).all(), name
    with pytest.raises(ValueError, match="rank is 0"):
        LowRankFusion(MODALITIES, D_MODEL, rank=0)


def test_cross_block_equals_multihead_attention():
    torch.manual_seed(0)
    block = CrossBlock(D_MODEL, heads=4)
    random_norms(block)
    theirs = nn.MultiheadAttention(D_MODEL, 4, batch_first=True)
    weight = [block.query.weight, block.key_value.weight]
    bias = [block.query.bias, block.key_value.bias]
    theirs.in_proj_weight.data = torch.cat(weight).data
    theirs.in_proj_bias.data = torch.cat(bias).data
    theirs.out_proj.load_state_dict(block.project.state_dict())
    values, context = torch.randn(3, 5, D_MODEL), torch.randn(3, 7, D_MODEL)
    mask = torch.rand(3, 7) < 0.6
    mask[1] = False  # nothing to look at but the learned step
    keys = torch.cat([block.nothing.expand(3, 1, -1), context], dim=1)
    keys = block.norm_context(keys)
    hidden = torch.cat([torch.zeros(3, 1, dtype=torch.bool), ~mask], dim=1)
    looked, weights = theirs(
        block.norm_values(values),
        keys,
        keys,
        key_padding_mask=hidden,
        average_attn_weights=False,
    )
    expected = values + looked
    expected = expected + block.mlp(block.norm_mlp(expected))
    assert_close(block(values, context, mask), expected, **EXACT)
    assert_close(block.attention(values, context, mask), weights, **EXACT)
    with pytest.raises(ValueError, match="d_model 16 is not a multiple of heads 3"):
        CrossBlock(16, heads=3)


def test_cross_fusion_is_a_block_for_each_that_sees_the_real_steps_of_the_others():
    mix = build(CrossAttentionFusion)
    tokens = without(tokens_of(3, 4, 2), "text", sample=1)
    fused = mix(tokens, weights=True)
    shapes = {m: list(w.shape) for m, w in fused.weights.items()}
    expected = {"image": [3, 4, 3, 7], "text": [3, 4, 4, 6], "audio": [3, 4, 2, 8]}
    assert shapes == expected
    for i in range(3):
        real = {m: mix.norms[m](x.values[i][x.mask[i]]) for m, x in tokens.items()}
        ends = []
        for name, own in real.items():
            if len(own):
                others = torch.cat([x for m, x in real.items() if m != name])[None]
                every = torch.ones(others.shape[:2], dtype=torch.bool)
                ends.append(mix.blocks[name](own[None], others, every)[0].mean(dim=0))
        expected_vector = mix.norm(torch.stack(ends).mean(dim=0))
        assert_close(fused.vector[i], expected_vector, **EXACT)


def test_bottleneck_fusion_is_a_slow_loop():
    mix = build(BottleneckFusion, depth=3, bottleneck=2)
    tokens = without(tokens_of(3, 4, 2), "audio", sample=2)
    fused = mix(tokens)
    for i in range(3):
        real = {
            m: mix.norms[m](x.values[i][x.mask[i]])
            for m, x in tokens.items()
            if x.mask[i].any()
        }
        shared = mix.shared
        for layer in mix.layers:
            seen = []
            for name in real:
                whole = torch.cat([shared, real[name]])[None]
                every = torch.ones(whole.shape[:2], dtype=torch.bool)
                whole = layer[name](whole, every)[0]
                seen.append(whole[:2])
                real[name] = whole[2:]
            shared = sum(seen) / len(seen)
        assert_close(fused.vector[i], mix.norm(shared).mean(dim=0), **EXACT)
        for name, values in real.items():
            there = tokens[name].mask[i]
            assert_close(fused.tokens[name].values[i, there], mix.norm(values), **EXACT)


def test_modalities_meet_only_in_the_bottleneck():
    """One layer: the other modality's tokens cannot have been seen yet."""
    tokens = tokens_of(3, 4)
    other = tokens | {"image": tokens_of(3, seed=5)["image"]}
    for depth, seen in ((1, False), (2, True)):
        mix = build(BottleneckFusion, MODALITIES[:2], depth=depth)
        text = MODALITIES[1]
        change = mix(other).tokens[text].values - mix(tokens).tokens[text].values
        assert (change.abs().max() > 1e-4) == seen
    for wrong in ({"depth": 0}, {"bottleneck": 0}):
        with pytest.raises(ValueError, match="expected 1 or more"):
            BottleneckFusion(MODALITIES, D_MODEL, **wrong)
    with pytest.raises(ValueError, match="not a multiple of heads 3"):
        BottleneckFusion(MODALITIES, D_MODEL, heads=3)


@every_fusion
@pytest.mark.parametrize("count", [1, 2, 4])
def test_any_number_of_modalities(fusion, count):
    names = ["image", "text", "audio", "sensor"][:count]
    torch.manual_seed(0)
    mix = fusion(names, D_MODEL)
    mask = torch.ones(2, 3, dtype=torch.bool)
    tokens = {name: Tokens(torch.randn(2, 3, D_MODEL), mask) for name in names}
    fused = mix(tokens)
    assert fused.vector.shape == (2, D_MODEL) and fused.vector.isfinite().all()
    assert list(fused.tokens) == names
    assert all(x.values.shape == (2, 3, D_MODEL) for x in fused.tokens.values())
    assert list(fused.pooled) == names and fused.present.shape == (2, count)
    alone = mix({names[0]: tokens[names[0]]})
    assert alone.vector.isfinite().all() and alone.present[:, 1:].sum() == 0


@every_fusion
def test_a_sample_with_nothing_disturbs_no_other(fusion):
    """`check_batch` refuses it; here neither the forward nor the gradient is NaN."""
    torch.manual_seed(0)
    mix, tokens = fusion(MODALITIES, D_MODEL), tokens_of(3, 4, 2)
    emptied = tokens
    for name in MODALITIES:
        emptied = without(emptied, name, sample=1)
    whole, fused = mix(tokens), mix(emptied)
    assert fused.vector.isfinite().all()
    assert_close(fused.vector[[0, 2]], whole.vector[[0, 2]], **EXACT)
    if list(mix.parameters()):  # Separate has none
        fused.vector.square().sum().backward()
        for name, parameter in mix.named_parameters():
            if parameter.grad is not None:
                assert parameter.grad.isfinite().all(), name


def test_attention_stack_equals_torch_and_an_empty_row_is_zero():
    torch.manual_seed(0)
    ours = AttentionStack(D_MODEL, depth=2, heads=4)
    random_norms(ours)
    theirs = torchs(ours)
    values, mask = torch.randn(3, 7, D_MODEL), torch.rand(3, 7) > 0.3
    mask[:, 0] = True
    expected = theirs(values, src_key_padding_mask=~mask)
    assert_close(ours(values, mask)[mask], expected[mask], **EXACT)
    assert ours(values, mask)[~mask].abs().max() == 0
    mask[1] = False
    values[1] = torch.nan
    out = ours(values, mask)
    assert_close(out[0][mask[0]], expected[0][mask[0]], **EXACT)
    assert out[1].abs().max() == 0
    out.sum().backward()
    assert all(p.grad.isfinite().all() for p in ours.parameters())
    with pytest.raises(ValueError, match="depth is -1"):
        AttentionStack(D_MODEL, depth=-1, heads=4)


@every_fusion
def test_fusions_take_what_encoders_give(fusion):
    """Pooled and stepwise encoders side by side, frames, and a modality left out."""
    torch.manual_seed(0)
    mix = fusion(MODALITIES, D_MODEL)
    image = encoders(pool=False)["image"](torch.randn(2, 3, 8, 8))
    words = Padded(torch.tensor([[1, 2], [3, 0]]), torch.tensor([[1, 1], [1, 0]]) > 0)
    text = encoders(pool=True)["text"](words)
    fused = mix({"text": text, "image": image})
    assert fused.vector.shape == (2, D_MODEL)
    steps = {name: x.values.shape[1] for name, x in fused.tokens.items()}
    assert steps == {"image": 4, "text": 1, "audio": 1}
    assert fused.tokens["image"].grid == image.grid is not None
    assert fused.present.tolist() == [[True, True, False]] * 2
