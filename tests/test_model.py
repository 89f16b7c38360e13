"""What must hold for every combination of encoder, fusion and head."""

import pytest
import torch
from fake_gpu import fake, fake_gpu, needs_fake_gpu
from models import (
    CLASSES,
    D_MODEL,
    FUSIONS,
    MODALITIES,
    N_MELS,
    VOCABULARY,
    batch_of,
    build,
    encoders,
    heads,
)
from torch.nn import functional as F
from torch.testing import assert_close

from mmlearn.batch import Padded
from mmlearn.encoders import ConvEncoder, RecurrentEncoder
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion, Separate
from mmlearn.heads import Classify, Contrast
from mmlearn.model import MultimodalModel

every_fusion = pytest.mark.parametrize("fusion", FUSIONS)
every_head = pytest.mark.parametrize(
    "head", heads(), ids=["classify", "late", "vote", "softmax", "sigmoid"]
)
pooled_or_not = pytest.mark.parametrize("pool", [True, False], ids=["pooled", "steps"])


def answer(model, batch):
    """What the model says of each sample in evaluation mode, float [B, ...]."""
    model.eval()
    with torch.no_grad():
        output = model(batch)
    if isinstance(model.head, Contrast):
        columns = [output["a"], output["b"], output["present"].unsqueeze(1)]
        return torch.cat(columns, dim=1)
    return output["log_probabilities"] if isinstance(output, dict) else output


@every_fusion
@every_head
@pooled_or_not
class TestEveryModel:
    def test_learns_from_every_parameter(self, fusion, head, pool):
        model, batch = build(fusion, head, pool), batch_of()
        model.head.loss(model(batch), batch).mean.backward()
        read = dict(model.named_parameters())
        if isinstance(head, Classify):
            silent = []
        else:  # a late head reads `pooled`, hence nothing that the fusion mixes
            silent = [name for name in read if name.startswith("fusion.")]
        if isinstance(head, Contrast):  # it aligns the text with the sound
            silent += [name for name in read if name.startswith("encoders.image.")]
        for name, parameter in read.items():
            if name in silent:
                continue
            assert parameter.grad is not None, f"{name} has no gradient"
            assert parameter.grad.abs().sum() > 0, f"the gradient of {name} is zero"

    def test_padding_never_leaks(self, fusion, head, pool):
        model, batch = build(fusion, head, pool), batch_of()
        longer = dict(batch)
        for name, filler in (("text", 3), ("audio", 9.0)):
            values, mask = batch[name].values, batch[name].mask
            garbage = torch.full((len(values), 4, *values.shape[2:]), filler)
            values = torch.where(
                mask.view(*mask.shape, *[1] * (values.ndim - 2)),
                values,
                torch.tensor(filler).to(values),
            )
            longer[name] = Padded(
                torch.cat([values, garbage.to(values)], dim=1),
                torch.cat([mask, torch.zeros(len(mask), 4, dtype=torch.bool)], dim=1),
            )
        assert_close(answer(model, longer), answer(model, batch))

    def test_a_permuted_batch_gives_permuted_output(self, fusion, head, pool):
        model, batch = build(fusion, head, pool), batch_of()
        order = torch.tensor([3, 0, 5, 1, 4, 2])
        permuted = {name: column[order] for name, column in batch.items()}
        assert_close(answer(model, permuted), answer(model, batch)[order])

    def test_a_masked_modality_equals_one_left_out(self, fusion, head, pool):
        model, batch = build(fusion, head, pool), batch_of()
        sound = batch["audio"]
        nothing = Padded(torch.zeros_like(sound.values), torch.zeros_like(sound.mask))
        masked = batch | {"audio": nothing}
        without = {name: x for name, x in batch.items() if name != "audio"}
        assert_close(answer(model, masked), answer(model, without))

    @needs_fake_gpu
    def test_runs_on_a_cuda_device_that_is_not_there(self, fusion, head, pool):
        real = batch_of()
        with fake_gpu():
            with torch.device("cuda"):
                model = build(fusion, type(head)(*_arguments(head)), pool)
            batch = {
                name: Padded(fake(x.values), fake(x.mask))
                if isinstance(x, Padded)
                else fake(x)
                for name, x in real.items()
            }
            loss = model.head.loss(model(batch), batch).mean
        assert loss.device.type == "cuda" and loss.shape == ()

    def test_runs_in_bfloat16(self, fusion, head, pool):
        model, batch = build(fusion, head, pool), batch_of()
        exact = answer(model, batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rounded = answer(model, batch)
            loss = model.head.loss(model(batch), batch).mean
        assert torch.isfinite(loss)
        # bf16 keeps 8 bits: about three digits of the largest number.
        assert_close(rounded.float(), exact, atol=0.05, rtol=0.05)


def _arguments(head):
    if isinstance(head, Classify):
        return D_MODEL, CLASSES
    if isinstance(head, Contrast):
        return head.a, head.b, D_MODEL, 8, head.kind
    return MODALITIES, D_MODEL, CLASSES, head.average


@needs_fake_gpu
def test_a_tensor_made_on_the_cpu_inside_a_forward_is_caught():
    """The fake device must be able to fail, or the test above proves nothing."""

    class Careless(ConcatFusion):
        def forward(self, tokens, weights=False):
            fused = super().forward(tokens, weights)
            return type(fused)(
                fused.vector + torch.ones(D_MODEL),  # on the CPU
                fused.tokens,
                fused.pooled,
                fused.present,
            )

    with fake_gpu():
        with torch.device("cuda"):
            model = build(Careless, Classify(D_MODEL, CLASSES))
        batch = {"image": torch.empty(2, 3, 8, 8, device="cuda")}
        with pytest.raises(RuntimeError, match="device"):
            model(batch)


@every_fusion
def test_the_order_of_the_batch_is_of_no_matter(fusion):
    model, batch = build(fusion, Classify(D_MODEL, CLASSES)), batch_of()
    turned = dict(reversed(batch.items()))
    assert_close(answer(model, turned), answer(model, batch), atol=0, rtol=0)


@every_fusion
def test_pooled_has_not_seen_the_other_modalities(fusion):
    model = build(fusion, Classify(D_MODEL, CLASSES), pool=False).eval()
    batch = batch_of()
    other = batch | {"image": torch.randn(6, 3, 8, 8)}
    before, after = model.fuse(batch), model.fuse(other)
    assert_close(after.pooled["text"], before.pooled["text"], atol=0, rtol=0)
    assert (after.vector - before.vector).abs().max() > 1e-3
    expected = [[True] * 3] * 6
    expected[1], expected[2] = [True, True, False], [True, False, True]
    assert before.present.tolist() == expected
    assert before.pooled["audio"][1].abs().sum() == 0


def test_attention_weights_are_those_of_the_forward():
    model = build(SelfAttentionFusion, Classify(D_MODEL, CLASSES), pool=False).eval()
    batch = batch_of()
    weights = model.fuse(batch, weights=True).weights["attention"]
    length = 1 + sum(x.shape[1] for x in _token_masks(model, batch))
    assert weights.shape == (6, 2, 4, length, length)
    assert_close(weights.sum(dim=-1), torch.ones(6, 2, 4, length))
    always = torch.ones(6, 1, dtype=torch.bool)
    mask = torch.cat([always, *_token_masks(model, batch)], dim=1)
    assert weights.permute(0, 4, 1, 2, 3)[~mask].abs().max() == 0
    assert model.fuse(batch).weights is None


def _token_masks(model, batch):
    return [model.encoders[name](batch[name]).mask for name in MODALITIES]


def test_attention_block_equals_torch():
    """The block is torch's own pre-norm encoder layer, with copied weights."""
    torch.manual_seed(0)
    ours = SelfAttentionFusion(["image"], 16, depth=1, heads=4).blocks[0]
    theirs = torch.nn.TransformerEncoderLayer(
        16, 4, 64, dropout=0, activation="gelu", batch_first=True, norm_first=True
    )
    theirs.self_attn.in_proj_weight.data = ours.query_key_value.weight.data
    theirs.self_attn.in_proj_bias.data = ours.query_key_value.bias.data
    theirs.self_attn.out_proj.load_state_dict(ours.project.state_dict())
    theirs.linear1.load_state_dict(ours.mlp[0].state_dict())
    theirs.linear2.load_state_dict(ours.mlp[2].state_dict())
    theirs.norm1.load_state_dict(ours.norm_attention.state_dict())
    theirs.norm2.load_state_dict(ours.norm_mlp.state_dict())
    values, mask = torch.randn(3, 7, 16), torch.rand(3, 7) > 0.3
    mask[:, 0] = True
    expected = theirs(values, src_key_padding_mask=~mask)
    assert_close(ours(values, mask), expected, atol=1e-5, rtol=1e-5)


def test_widths_that_disagree_are_both_named():
    fusion = ConcatFusion(["image"], d_model=8)
    with pytest.raises(ValueError, match=r"encoder 'image' has d_model 16.* d_model 8"):
        MultimodalModel({"image": ConvEncoder(16)}, fusion, Classify(8, 2))
    with pytest.raises(ValueError, match=r"the head has d_model 4.* d_model 8"):
        MultimodalModel({"image": ConvEncoder(8)}, fusion, Classify(4, 2))
    with pytest.raises(ValueError, match=r"the encoders are for \['text'\]"):
        MultimodalModel({"text": RecurrentEncoder(5, 8)}, fusion, Classify(8, 2))


def test_a_batch_without_any_known_modality_is_refused():
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=r"the batch has \['video'\]"):
        model({"video": torch.zeros(2, 3)})


def test_check_knows_the_classes_and_the_vocabulary():
    model, batch = build(ConcatFusion, Classify(D_MODEL, CLASSES)), batch_of()
    model.check(batch)
    label = batch["label"].clone()
    label[4] = CLASSES
    with pytest.raises(ValueError, match="sample 4: label is 5"):
        model.check(batch | {"label": label})
    with pytest.raises(ValueError, match="sample 0: text has a token outside"):
        model.check(batch | {"text": torch.full((6, 2), VOCABULARY)})


@every_fusion
def test_fusions_refuse_what_does_not_fit(fusion):
    with pytest.raises(ValueError, match="name one twice"):
        fusion(["image", "image"], 8)
    with pytest.raises(ValueError, match="expected a list of names"):
        fusion("image", 8)
    mix = fusion(["image"], d_model=8)
    tokens = {"image": ConvEncoder(16, widths=(8,))(torch.zeros(2, 3, 4, 4))}
    with pytest.raises(ValueError, match="width 16, but the fusion's d_model is 8"):
        mix(tokens)
    with pytest.raises(ValueError, match="modality 'audio' is not one of"):
        mix({"audio": tokens["image"]})
    with pytest.raises(ValueError, match="no modality is there"):
        mix({})


def test_heads_and_blocks_refuse_what_does_not_fit():
    from mmlearn.heads import LateClassify

    with pytest.raises(ValueError, match="classes is 1"):
        Classify(8, classes=1)
    with pytest.raises(ValueError, match="classes is 1"):
        LateClassify(["image"], 8, classes=1)
    with pytest.raises(ValueError, match="average is 'median'"):
        LateClassify(["image"], 8, classes=3, average="median")
    with pytest.raises(ValueError, match=r"own is -1, joint 0\.0; expected weights"):
        LateClassify(["image"], 8, classes=3, own=-1)
    with pytest.raises(ValueError, match=r"own is 0, joint 0\.0; expected weights"):
        LateClassify(["image"], 8, classes=3, own=0)
    with pytest.raises(ValueError, match="not a multiple of heads 3"):
        SelfAttentionFusion(["image"], 16, heads=3)
    model = build(Separate, heads()[1])
    model.head.modalities = ("text", "image")
    with pytest.raises(ValueError, match="expected the same in the same order"):
        model(batch_of())


@pytest.mark.parametrize(
    ("modality", "column", "error", "message"),
    [
        ("image", torch.zeros(2, 3, 8, 8).byte(), TypeError, "normalise it"),
        ("image", torch.zeros(2, 1, 8, 8), ValueError, "has 1 channels; expected 3"),
        ("image", torch.zeros(2, 3, 3, 8), ValueError, "3 x 8; expected 4 or more"),
        ("text", torch.zeros(2, 4), TypeError, "expected token numbers"),
        ("audio", torch.zeros(2, 4, 7), ValueError, f"7 mel bands; expected {N_MELS}"),
        ("audio", torch.zeros(2, 4, N_MELS).long(), TypeError, "expected a float"),
    ],
)
def test_encoders_refuse_what_does_not_fit(modality, column, error, message):
    with pytest.raises(error, match=message):
        encoders()[modality](column)
    if modality == "image":
        with pytest.raises(ValueError, match="expected multiples of 8"):
            ConvEncoder(8, widths=(12,))


@pytest.mark.parametrize("head", heads()[1:3], ids=["logits", "probabilities"])
def test_late_average_equals_the_formula(head):
    model, batch = build(Separate, head).eval(), batch_of()
    fused = model.fuse(batch)
    each = torch.stack([head.layers[m](fused.pooled[m]) for m in MODALITIES])
    each = each.softmax(dim=-1)  # [M, B, C]
    for i, there in enumerate(fused.present.tolist()):
        votes = each[there, i]
        if head.average == "logits":
            expected = votes.log().mean(dim=0).softmax(dim=-1)
        else:
            expected = votes.mean(dim=0)
        assert_close(model(batch)["log_probabilities"][i].exp(), expected)


def test_late_loss_is_the_weighted_sum_of_cross_entropies():
    from mmlearn.heads import LateClassify

    torch.manual_seed(0)
    head = LateClassify(MODALITIES, D_MODEL, CLASSES, own=0.5, joint=2.0)
    model, batch = build(Separate, head).eval(), batch_of()
    fused, output = model.fuse(batch), model(batch)
    own = torch.zeros(len(batch["label"]))
    for i, name in enumerate(MODALITIES):
        logits = head.layers[name](fused.pooled[name])
        alone = F.cross_entropy(logits, batch["label"], reduction="none")
        own = own + alone * fused.present[:, i]
    joint = F.nll_loss(output["log_probabilities"], batch["label"], reduction="none")
    assert_close(head.loss(output, batch).mean, (0.5 * own + 2 * joint).mean())


def test_gru_skips_masked_steps_wherever_they_stand():
    torch.manual_seed(0)
    encoder = RecurrentEncoder(VOCABULARY, 8, pool=False).eval()
    plain = encoder(torch.tensor([[4, 7, 9]]))
    holes = torch.tensor([[0, 4, 0, 7, 9]])
    mask = torch.tensor([[False, True, False, True, True]])
    spread = encoder(Padded(holes, mask))
    assert_close(spread.values[:, [1, 3, 4]], plain.values)
    assert spread.values[:, [0, 2]].abs().max() == 0
    packed, _ = encoder.gru(encoder.embedding(torch.tensor([[4, 7, 9]])))
    assert_close(plain.values, packed)


def test_grid_says_where_a_token_comes_from():
    encoder = ConvEncoder(8, widths=(8, 16), pool=False)
    tokens = encoder(torch.randn(2, 3, 16, 24))
    assert tokens.grid == (4, 6) and tokens.values.shape == (2, 24, 8)
    frames = Padded(torch.randn(2, 5, 3, 16, 24), torch.ones(2, 5, dtype=torch.bool))
    tokens = encoder(frames)
    assert tokens.grid == (5, 4, 6) and tokens.values.shape == (2, 120, 8)
    alone = encoder(frames.values[:, 3])
    assert_close(tokens.values.unflatten(1, (5, 24))[:, 3], alone.values)


def test_a_finished_model_is_saved_and_loaded(tmp_path):
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    model.encoders["text"].requires_grad_(False)  # a frozen tower brings its weights
    batch = batch_of()
    model.save(tmp_path / "new" / "model.safetensors")
    assert [x.name for x in (tmp_path / "new").iterdir()] == ["model.safetensors"]
    other = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    other.encoders["text"].requires_grad_(False)
    for parameter in other.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter)
    other.load(tmp_path / "new" / "model.safetensors")
    assert_close(other.eval()(batch), model.eval()(batch), atol=0, rtol=0)
    wrong = build(ConcatFusion, Classify(D_MODEL, CLASSES + 1))
    with pytest.raises(ValueError, match=r"has no encoders\.text\..*expects it"):
        wrong.load(tmp_path / "new" / "model.safetensors")
    wrong.encoders["text"].requires_grad_(False)
    with pytest.raises(ValueError, match=r"head\.layers\.1\.weight is \[5, 16\]"):
        wrong.load(tmp_path / "new" / "model.safetensors")
