"""Explanations against what is known: linear models, hand computation, axioms."""

import itertools

import pytest
import torch
from models import CLASSES, D_MODEL, FUSIONS, MODALITIES, batch_of, build, heads
from torch import nn
from torch.testing import assert_close

from mmlearn.batch import Padded, TensorData, Tokens, as_padded
from mmlearn.encoders import ConvEncoder
from mmlearn.explain import (
    ablation,
    attention_by_modality,
    correct,
    fusion_weights,
    gradients,
    integrated_gradients,
    log_probability,
    occlusion,
    shapley,
    subset_values,
)
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion, Separate
from mmlearn.heads import Classify, Contrast
from mmlearn.model import MultimodalModel

CLASSIFIERS = heads()[:3]


class Flat(nn.Module):
    """The pixels themselves as the token: with it a whole model is linear."""

    d_model = 3 * 8 * 8

    def forward(self, image):
        padded = as_padded(image, item_ndim=3)
        return Tokens(padded.values.flatten(2), padded.mask)


def linear_model() -> MultimodalModel:
    torch.manual_seed(0)
    fusion = Separate(["image"], Flat.d_model)
    head = Classify(Flat.d_model, CLASSES)
    return MultimodalModel({"image": Flat()}, fusion, head)


def build_classifier(fusion=ConcatFusion, pool=True):
    return build(fusion, Classify(D_MODEL, CLASSES), pool)


class TestWeights:
    def test_are_those_of_the_fusion_in_evaluation_mode(self):
        model, batch = build_classifier(SelfAttentionFusion, pool=False), batch_of()
        model.train()
        found = fusion_weights(model, batch)["attention"]
        expected = model.eval().fuse(batch, weights=True).weights["attention"]
        assert_close(found, expected, atol=0, rtol=0)
        assert not found.requires_grad

    @pytest.mark.parametrize("left_out", [(), ("audio",)])
    def test_by_modality_they_add_up_to_what_the_summary_looks_at(self, left_out):
        model, batch = build_classifier(SelfAttentionFusion, pool=False), batch_of()
        batch = {name: x for name, x in batch.items() if name not in left_out}
        shares = attention_by_modality(model, batch)
        assert shares.shape == (6, 2, 3)
        attention = fusion_weights(model, batch)["attention"]
        assert_close(shares.sum(dim=-1), 1 - attention[..., 0, 0].mean(dim=2))
        pixels = attention[:, :, :, 0, 1:5].mean(dim=2).sum(dim=-1)  # a grid of 2 x 2
        assert_close(shares[..., 0], pixels)
        absent = slice(None) if left_out else 1
        assert shares[absent, :, 2].abs().max() == 0, "an absent sound is not heard"

    def test_refusals(self):
        with pytest.raises(ValueError, match="ConcatFusion has no weights"):
            fusion_weights(build_classifier(), batch_of())

        class Gates(SelfAttentionFusion):
            def forward(self, tokens, weights=False):
                fused = super().forward(tokens)
                gates = {"gates": torch.ones(6, 3)}
                return type(fused)(
                    fused.vector, fused.tokens, fused.pooled, fused.present, gates
                )

        with pytest.raises(ValueError, match="Gates has no attention over a summary"):
            attention_by_modality(build_classifier(Gates), batch_of())


class TestGradients:
    def test_of_a_linear_model_they_are_its_weights(self):
        model, batch = linear_model(), {"image": torch.randn(4, 3, 8, 8)}
        target = torch.tensor([0, 1, 2, 4])
        weights = model.head.layers[1].weight.detach().view(CLASSES, 3, 8, 8)
        assert_close(gradients(model, batch, "image", target), weights[target])
        found = integrated_gradients(model, batch, "image", target, steps=1)
        assert_close(found, weights[target] * batch["image"])
        found = integrated_gradients(model, batch, "image", target, baseline=0.5)
        assert_close(found, weights[target] * (batch["image"] - 0.5))

    def test_by_default_they_explain_the_predicted_class(self):
        model, batch = build_classifier(), batch_of()
        predicted = model.eval()(batch).argmax(dim=1)
        found, expected = (
            gradients(model, batch, "image", target) for target in (None, predicted)
        )
        assert_close(found, expected, atol=0, rtol=0)
        assert all(parameter.grad is None for parameter in model.parameters())

    @pytest.mark.parametrize("fusion", FUSIONS)
    @pytest.mark.parametrize("modality", ["image", "audio"])
    def test_integrated_they_add_up_to_the_difference(self, fusion, modality):
        torch.manual_seed(0)
        model, batch = build(fusion, heads()[1]).eval(), batch_of()
        target = torch.arange(6) % CLASSES

        def score(batch):
            scores = model(batch)["log_probabilities"]
            return scores.gather(1, target[:, None]).squeeze(1)

        column = batch[modality]
        if isinstance(column, Padded):
            nothing = Padded(torch.zeros_like(column.values), column.mask)
        else:
            nothing = torch.zeros_like(column)
        with torch.no_grad():
            expected = score(batch) - score(batch | {modality: nothing})
        errors = []
        for steps in (8, 128):
            found = integrated_gradients(model, batch, modality, target, steps=steps)
            errors.append((found.flatten(1).sum(dim=1) - expected).abs().max())
        assert errors[1] < errors[0] / 2, "more steps do not bring it closer"
        assert errors[1] < 0.05 * expected.abs().max()

    def test_padding_gets_none(self):
        model, batch = build_classifier(pool=False), batch_of()
        for baseline in (0.0, 1.0):
            found = integrated_gradients(model, batch, "audio", baseline=baseline)
            hidden = ~batch["audio"].mask
            assert found[hidden].abs().max() == 0
            assert found[~hidden].abs().max() > 0
        assert gradients(model, batch, "audio")[hidden].abs().max() == 0

    def test_refusals(self):
        model, batch = build_classifier(), batch_of()
        with pytest.raises(ValueError, match="but not 'video'"):
            gradients(model, batch, "video")
        with pytest.raises(TypeError, match=r"text is torch.int64.*LayerIntegrated"):
            gradients(model, batch, "text")
        with pytest.raises(ValueError, match="steps is 0"):
            integrated_gradients(model, batch, "image", steps=0)
        aligned = build(Separate, Contrast("text", "audio", D_MODEL))
        with pytest.raises(ValueError, match="no score per class"):
            gradients(aligned, batch, "image")


class TestOcclusion:
    def test_of_a_linear_model_it_is_the_score_of_the_square(self):
        model, batch = linear_model(), {"image": torch.randn(2, 3, 8, 8)}
        target = torch.tensor([1, 3])
        weights = model.head.layers[1].weight.detach().view(CLASSES, 3, 8, 8)[target]
        each = (weights * batch["image"]).sum(dim=1)  # [B, 8, 8]
        found = occlusion(model, batch, size=4, target=target)
        expected = nn.functional.avg_pool2d(each[:, None], 4)[:, 0] * 16
        assert_close(found, expected, atol=1e-5, rtol=1e-4)
        found = occlusion(model, batch, size=3, target=target)  # at 0, 3 and 5
        assert found.shape == (2, 3, 3)
        corner = each[:, 5:, 5:].sum(dim=(1, 2))
        assert_close(found[:, 2, 2], corner, atol=1e-5, rtol=1e-4)
        found = occlusion(model, batch, size=8, fill=0.5, target=target)[:, 0, 0]
        whole = (weights * (batch["image"] - 0.5)).sum(dim=(1, 2, 3))
        assert_close(found, whole, atol=1e-5, rtol=1e-4)

    def test_a_picture_that_is_not_there_is_not_covered(self):
        model, pictures = build_classifier(), torch.randn(6, 1, 3, 8, 8)
        mask = torch.ones(6, 1, dtype=torch.bool)
        mask[4] = False
        pictures[4] = 0
        batch = batch_of() | {"image": Padded(pictures, mask)}
        drops = occlusion(model, batch, size=4, stride=2, fill=1.0)
        assert drops.shape == (6, 3, 3)
        assert drops[4].abs().max() == 0 and drops[0].abs().max() > 0

    def test_refusals(self):
        model, batch = build_classifier(), batch_of()
        for options in ({"size": 0}, {"size": 9}, {"size": 2, "stride": 0}):
            with pytest.raises(ValueError, match="fits a picture of 8 x 8"):
                occlusion(model, batch, **options)
        with pytest.raises(ValueError, match="but not 'photo'"):
            occlusion(model, batch, size=2, modality="photo")


def game(**values: float) -> dict:
    """v(S) by the letters of S; "none" is the empty set."""
    return {
        frozenset("" if name == "none" else name): torch.tensor([value])
        for name, value in values.items()
    }


class TestShapley:
    def test_two_players_by_hand(self):
        values = game(none=1.0, a=3.0, b=4.0, ab=10.0)
        # a first: 2 and 7 are added; b first: 3 and 6. The means: (2 + 6) / 2, ...
        assert {m: float(x) for m, x in shapley(values).items()} == {"a": 4, "b": 5}
        assert {m: float(x) for m, x in ablation(values).items()} == {"a": 6, "b": 7}

    def test_three_players_by_hand(self):
        values = game(
            none=0.0, a=12.0, b=6.0, c=0.0, ab=24.0, ac=18.0, bc=12.0, abc=42.0
        )
        # What a, b, c add in the orders abc, acb, bac, bca, cab, cba:
        # a 12 12 18 30 18 30, b 12 24 6 6 24 12, c 18 6 18 6 0 0.
        found = {m: round(float(x), 4) for m, x in shapley(values).items()}
        assert found == {"a": 20, "b": 14, "c": 8}
        found = {m: float(x) for m, x in ablation(values).items()}
        assert found == {"a": 30, "b": 24, "c": 18}

    @pytest.mark.parametrize("players", ["a", "ab", "abc", "abcde"])
    def test_is_the_mean_over_all_orders(self, players):
        torch.manual_seed(0)
        values = {
            frozenset(chosen): torch.randn(7, dtype=torch.float64)
            for size in range(len(players) + 1)
            for chosen in itertools.combinations(players, size)
        }
        orders = list(itertools.permutations(players))
        found = shapley(values)
        for name in players:
            gains = []
            for order in orders:
                before = frozenset(order[: order.index(name)])
                gains.append(values[before | {name}] - values[before])
            assert_close(found[name], torch.stack(gains).mean(dim=0))
        whole = values[frozenset(players)] - values[frozenset()]
        assert_close(sum(found.values()), whole)
        turned = shapley(dict(reversed(values.items())))
        assert all(turned[name].equal(found[name]) for name in players)

    def test_names_are_of_no_matter(self):
        values = game(none=0.0, a=1.0, b=5.0, ab=7.0)
        other = {
            frozenset({"a": "z", "b": "b"}[x] for x in subset): value
            for subset, value in values.items()
        }
        assert shapley(other)["z"].equal(shapley(values)["a"])
        assert shapley(other)["b"].equal(shapley(values)["b"])

    def test_a_missing_subset_is_named(self):
        values = game(none=0.0, a=1.0, b=5.0, ab=7.0)
        del values[frozenset("b")]
        for method in (shapley, ablation):
            with pytest.raises(ValueError, match=r"\['b'\] has no value.* all 4 sub"):
                method(values)


class TestSubsetValues:
    @pytest.mark.parametrize("fusion", FUSIONS)
    @pytest.mark.parametrize("head", CLASSIFIERS, ids=["classify", "late", "vote"])
    @pytest.mark.parametrize("value", [log_probability, correct])
    def test_are_those_of_the_model_without_the_others(self, fusion, head, value):
        model, batch = build(fusion, head).eval(), batch_of(9)
        values = subset_values(model, TensorData(batch), value, batch_size=4)
        assert len(values) == 8
        for subset, each in values.items():
            if not subset:
                continue
            seen = {m: x for m, x in batch.items() if m in subset or m == "label"}
            with torch.no_grad():
                assert_close(each, value(model(seen), batch))
        # Sample 1 lacks the sound: it can have no part in what is said of it.
        shares = shapley(values)
        assert float(shares["audio"][1]) == pytest.approx(0, abs=1e-6)
        whole = values[frozenset(MODALITIES)] - values[frozenset()]
        assert_close(sum(shares.values()), whole, atol=1e-5, rtol=1e-5)

    def test_a_value_is_a_number_a_sample(self):
        batch = {"label": torch.tensor([0, 1])}
        logits = torch.tensor([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0]])
        assert correct(logits, batch).tolist() == [1.0, 0.0]
        expected = -nn.functional.cross_entropy(
            logits, batch["label"], reduction="none"
        )
        assert_close(log_probability(logits, batch), expected)
        assert_close(
            log_probability({"log_probabilities": logits.log_softmax(1)}, batch),
            expected,
        )

    def test_refusals(self):
        data = TensorData(batch_of())
        model = MultimodalModel(
            {"video": ConvEncoder(D_MODEL, widths=(8,))},
            ConcatFusion(["video"], D_MODEL),
            Classify(D_MODEL, CLASSES),
        )
        with pytest.raises(ValueError, match=r"no modality of \['video'\], only"):
            subset_values(model, data)

        class Proud(Separate):
            """A mean over those present, without a thought of there being none."""

            def forward(self, tokens, weights=False):
                fused = super().forward(tokens)
                vector = fused.vector / fused.present.any(dim=1, keepdim=True)
                return type(fused)(vector, fused.tokens, fused.pooled, fused.present)

        with pytest.raises(ValueError, match=r"with \[\] alone a value is not finite"):
            subset_values(build_classifier(Proud), data)
        wrong = TensorData(data.columns | {"label": torch.full((6,), CLASSES)})
        with pytest.raises(ValueError, match="sample 0: label is 5"):
            subset_values(build_classifier(), wrong)
