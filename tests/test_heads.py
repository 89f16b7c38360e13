"""Every head: one rule for targets, losses that are sums, metrics with an interval."""

import numpy as np
import pytest
import torch
from heads_to_come import Boxes, targets
from models import CLASSES, D_MODEL, MODALITIES, batch_of, build
from torch.nn import functional as F
from torch.testing import assert_close

from mmlearn import seed_everything
from mmlearn.batch import TensorData
from mmlearn.evaluate import evaluate, paired_difference
from mmlearn.fusion import ConcatFusion, SelfAttentionFusion
from mmlearn.fusion.fused import Fused
from mmlearn.heads import (
    Caption,
    Classify,
    Contrast,
    LateClassify,
    Loss,
    Regress,
    Several,
    Speak,
    Tag,
    Transcribe,
)
from mmlearn.heads.classify import balanced_weight
from mmlearn.train import fit, validate


def fused(vector: torch.Tensor) -> Fused:
    pooled = {name: vector for name in MODALITIES}
    present = torch.ones(len(vector), len(MODALITIES), dtype=torch.bool)
    return Fused(vector, {}, pooled, present)


def several() -> Several:
    return Several(
        {
            "class": Classify(D_MODEL, CLASSES),
            "tags": Tag(D_MODEL, 4),
            "price": Regress(D_MODEL, "price", 300, 50),
        }
    )


# name -> head, whether it reads steps, and the metrics that `evaluate` gives.
EVERY = {
    "classes": (lambda: Classify(D_MODEL, CLASSES), False),
    "late": (lambda: LateClassify(MODALITIES, D_MODEL, CLASSES), False),
    "tags": (lambda: Tag(D_MODEL, 4), False),
    "number": (lambda: Regress(D_MODEL, "price", 300, 50), False),
    "several": (several, False),
    "pairs": (lambda: Contrast("text", "audio", D_MODEL, width=8), False),
    "sentence": (lambda: Caption(D_MODEL, 7, begin=1, end=2, heads=2), True),
    "transcript": (lambda: Transcribe(D_MODEL, 4), True),
    "sound": (lambda: Speak(D_MODEL, [0.5] * 3, [0.3] * 3, width=8), True),
    "boxes": (lambda: Boxes(D_MODEL), False),
}
every = pytest.mark.parametrize("kind", EVERY)


def data_of(size: int, seed: int) -> TensorData:
    return TensorData(batch_of(size, seed) | targets(size, seed))


def model_of(kind: str):
    head, steps = EVERY[kind]
    seed_everything(0)
    return build(SelfAttentionFusion if steps else ConcatFusion, head(), pool=not steps)


@every
def test_trains_stops_early_and_gives_an_interval_by_group(kind):
    """What a task needs is its head: `fit` and `evaluate` know none of them."""
    model = model_of(kind)
    train, valid, test = data_of(60, 0), data_of(24, 1), data_of(40, 2)
    first = next(iter(model.head.metrics))
    history = fit(
        model, train, valid, epochs=8, batch_size=20, learning_rate=0.01, keep=first
    )
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    best = max if model.head.metrics[first].higher else min
    assert validate(model, valid)[first] == pytest.approx(
        best(x[first] for x in history)
    )
    report = evaluate(model, test, groups=np.arange(40) // 4, resamples=200)
    assert set(report.intervals) == set(model.head.metrics)
    for name, interval in report.intervals.items():
        assert interval.low <= interval.value <= interval.high, name
        assert interval.low < interval.high, name


@every
def test_the_mean_over_parts_is_that_of_the_whole(kind):
    """Sums and weights add up, however many samples or words a part has."""
    if kind == "pairs":
        pytest.skip("its loss compares samples: a part is another task")
    model, data = model_of(kind).eval(), data_of(30, 0)
    whole = model.head.loss(model(data[slice(0, 30)]), data[slice(0, 30)])
    parts = [
        model.head.loss(model(data[rows]), data[rows])
        for rows in (slice(0, 7), slice(7, 8), slice(8, 30))
    ]
    together = Loss(sum(x.total for x in parts), sum(x.weight for x in parts))
    assert_close(together.mean, whole.mean, atol=1e-5, rtol=1e-5)


def test_a_loss_of_nothing_is_zero_and_has_a_gradient():
    total = torch.tensor([6.0, 0.0], requires_grad=True)
    loss = Loss(total, torch.tensor([3.0, 0.0])).mean
    assert loss.item() == 2.0
    loss.backward()
    assert_close(total.grad, torch.tensor([1 / 3, 0.0]))


INTEGERS = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64]
CLASSIFIERS = {
    "classes": lambda: Classify(D_MODEL, CLASSES),
    "late": lambda: LateClassify(MODALITIES, D_MODEL, CLASSES, own=1, joint=1),
}


@pytest.mark.parametrize("kind", CLASSIFIERS)
@pytest.mark.parametrize("dtype", [*INTEGERS, torch.float32, torch.float64])
def test_whole_numbers_of_any_type_are_the_same_labels(kind, dtype):
    torch.manual_seed(0)
    head = CLASSIFIERS[kind]()
    vector, label = torch.randn(7, D_MODEL), torch.tensor([0, 1, 2, 3, 4, 0, 1])
    output = head(fused(vector))
    expected = head.loss(output, {"label": label})
    found = head.loss(output, {"label": label.to(dtype)})
    assert_close(found, expected, atol=0, rtol=0)
    assert_close(
        head.statistics(output, {"label": label.to(dtype)}),
        head.statistics(output, {"label": label}),
    )
    head.check({"label": label.to(dtype)})


@pytest.mark.parametrize("kind", CLASSIFIERS)
@pytest.mark.parametrize(
    ("label", "message"),
    [
        (torch.zeros(7, 1, dtype=torch.int64), r"label is torch.int64 \[7, 1\]"),
        (torch.zeros(()), r"label is torch.float32 \[\]; expected \[N\]"),
        (torch.zeros(0, dtype=torch.int64), r"label is torch.int64 \[0\]; expected"),
        (torch.full((7,), 0.5), "sample 0: label is 0.5; expected a whole number"),
        (torch.full((7,), torch.nan), "sample 0: label is nan; expected a whole"),
        (torch.zeros(6, dtype=torch.int64), r"label is \[6\], the output \[7"),
        (torch.zeros(8, dtype=torch.int64), r"label is \[8\], the output \[7"),
    ],
)
def test_one_rule_for_labels_in_every_classifier(kind, label, message):
    head = CLASSIFIERS[kind]()
    output = head(fused(torch.randn(7, D_MODEL)))
    for ask in (head.loss, head.statistics):
        with pytest.raises(ValueError, match=message):
            ask(output, {"label": label})
    if len(label.shape) != 1 or len(label) not in (6, 8):
        with pytest.raises(ValueError, match=message):
            head.check({"label": label})


@pytest.mark.parametrize("kind", CLASSIFIERS)
@pytest.mark.parametrize("wrong", [-1, CLASSES, 300])
def test_a_label_that_is_no_class_is_named(kind, wrong):
    label = torch.tensor([0, 1, wrong])
    expected = rf"sample 2: label is {wrong}; expected 0\.\.4"
    with pytest.raises(ValueError, match=expected):
        CLASSIFIERS[kind]().check({"label": label})


@every
def test_a_missing_target_is_named(kind):
    model = model_of(kind)
    if not model.head.targets:
        pytest.skip("the pairs are the target")
    batch = batch_of()
    batch.pop("label")
    with pytest.raises(ValueError, match=r"learns '.*'; the batch has \['audio', 'im"):
        model.check(batch, targets=True)
    model.check(batch)


def test_unknown_labels_count_nowhere():
    """As if the samples were not there, whatever number stands for the label."""
    torch.manual_seed(0)
    vector, label = torch.randn(6, D_MODEL), torch.tensor([0, 1, 2, -7, 4, 9])
    known = torch.tensor([True, True, True, False, True, False])
    batch = {"label": label, "label_known": known}
    for make in CLASSIFIERS.values():
        head = make()
        output = head(fused(vector))
        expected = head.loss(head(fused(vector[known])), {"label": label[known]})
        assert_close(head.loss(output, batch).mean, expected.mean)
        assert head.loss(output, batch).weight.item() == 4
        head.check(batch)
        rows = head.statistics(output, batch)
        assert rows[:, -1].bool().equal(known) and not rows[~known].any()


def test_tags_equal_torch_and_unknown_tags_count_nowhere():
    torch.manual_seed(0)
    head = Tag(D_MODEL, 3, positive_weight=torch.tensor([1.0, 2.0, 5.0]))
    logits, tags = torch.randn(5, 3), torch.randint(0, 2, (5, 3))
    plain = F.binary_cross_entropy_with_logits(
        logits, tags.float(), pos_weight=torch.tensor([1.0, 2.0, 5.0])
    )
    for dtype in (torch.uint8, torch.bool, torch.int64, torch.float64):
        assert_close(head.loss(logits, {"tags": tags.to(dtype)}).mean, plain)
    known = torch.rand(5, 3) > 0.4
    known[2] = False
    each = F.binary_cross_entropy_with_logits(
        logits, tags.float(), pos_weight=torch.tensor([1.0, 2.0, 5.0]), reduction="none"
    )
    hidden = torch.where(known, tags, 99)
    batch = {"tags": hidden, "tags_known": known}
    assert_close(head.loss(logits, batch).mean, each[known].mean())
    head.check(batch)
    assert head.statistics(logits, batch)[:, 6:].bool().equal(known)
    assert head.predict(logits).equal(logits.sigmoid() > 0.5)


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (torch.zeros(5), r"tags is \[5\]; expected \[N, 3\]"),
        (torch.zeros(5, 4), r"tags is \[5, 4\]; expected \[N, 3\]"),
        (
            torch.tensor([[0, 1, 0], [0, 2, 0]]),
            "sample 1: tags, tag 1 is 2; exp",
        ),
        (torch.tensor([[0, 1, 0], [-1, 1, 0]]), "sample 1: tags, tag 0 is -1"),
    ],
)
def test_tags_that_are_none_are_named(tags, message):
    with pytest.raises(ValueError, match=message):
        Tag(D_MODEL, 3).check({"tags": tags})


def test_a_number_is_standardised_inside_and_answered_in_its_unit():
    """Prices of 300,000 and years: float32 alone would lose their differences."""
    torch.manual_seed(0)
    price = 300_000 + 20 * torch.randn(50, dtype=torch.float64)
    head = Regress.of(D_MODEL, "price", price)
    standard = torch.randn(50)
    wanted = (price - price.mean()) / price.std(correction=0)
    loss = head.loss(standard, {"price": price})
    assert_close(loss.mean, F.mse_loss(standard, wanted.float()))
    expected = standard.double() * price.std(correction=0) + price.mean()
    assert_close(head.predict(standard), expected)
    same = head.predict(wanted.float())
    assert (same - price).abs().max() < 1e-4, "unit: as given"
    for dtype in INTEGERS[2:]:
        whole = torch.arange(50).to(dtype)
        assert_close(
            head.loss(standard, {"price": whole}),
            head.loss(standard, {"price": whole.double()}),
        )


@pytest.mark.parametrize(
    ("price", "message"),
    [
        (
            torch.zeros(5, 1),
            r"price is \[5, 1\]; expected \[N\], one number",
        ),
        (torch.zeros(0), r"price is \[0\]; expected \[N\]"),
        (torch.tensor([1.0, torch.nan]), "sample 1: price is nan; expected a finite"),
        (torch.tensor([1.0, torch.inf]), "sample 1: price is inf; expected a finite"),
    ],
)
def test_numbers_that_are_none_are_named(price, message):
    with pytest.raises(ValueError, match=message):
        Regress(D_MODEL, "price", 0, 1).check({"price": price})


def test_several_is_the_sum_of_its_heads_each_over_its_own_samples():
    torch.manual_seed(0)
    head = Several(
        {"class": Classify(D_MODEL, 3), "price": Regress(D_MODEL, "price", 5, 2)},
        weights={"price": 0.5},
    )
    vector = torch.randn(6, D_MODEL)
    batch = {
        "label": torch.tensor([0, 1, 2, 0, 1, 2]),
        "label_known": torch.tensor([True] * 5 + [False]),
        "price": torch.arange(6.0),
        "price_known": torch.tensor([False] * 4 + [True] * 2),
    }
    output = head(fused(vector))
    alone = [
        head.heads[name].loss(output[name], batch).mean for name in ("class", "price")
    ]
    assert_close(head.loss(output, batch).mean, alone[0] + 0.5 * alone[1])
    answers = head.predict(output)
    assert len(answers) == 6 and set(answers[0]) == {"class", "price"}
    nobody = batch | {"price_known": torch.zeros(6, dtype=torch.bool)}
    assert_close(head.loss(output, nobody).mean, alone[0])
    table = head.statistics(output, batch).numpy()
    right = (output["class"].argmax(1) == batch["label"])[:5].float().mean()
    assert head.metrics["class.accuracy"].value(table) == pytest.approx(float(right))
    error = (head.heads["price"].predict(output["price"]) - batch["price"])[4:].abs()
    assert head.metrics["price.mae"].value(table) == pytest.approx(
        float(error.mean().detach())
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Several({}), "expected tasks"),
        (lambda: Several({"a.b": Classify(4, 2)}), "names without a dot"),
        (lambda: Several({"a": Classify(4, 2), "b": Classify(8, 2)}), "widths d_model"),
        (lambda: Several({"a": Classify(4, 2)}, {"b": 1.0}), "weights are"),
        (lambda: Several({"a": Classify(4, 2)}, {"a": 0.0}), "weights are"),
        (lambda: Tag(4, 0), "tags is 0"),
        (lambda: Tag(4, 2, positive_weight=torch.ones(3)), r"expected \[2\]"),
        (lambda: Tag(4, 2, positive_weight=torch.zeros(2)), "all above 0"),
        (lambda: Regress(4, "price", 0.0, 0.0), "a positive std"),
        (lambda: Regress(4, "price", float("nan"), 1.0), "a finite mean"),
        (lambda: Regress.of(4, "price", torch.ones(9)), "a positive std"),
        (lambda: Regress.of(4, "price", torch.ones(9, 1)), r"price is \[9, 1\]"),
    ],
)
def test_refusals_at_construction(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@every
def test_statistics_are_as_wide_as_the_head_says(kind):
    model, data = model_of(kind).eval(), data_of(6, 0)
    batch = data[slice(0, 6)]
    rows = model.head.statistics(model(batch), batch)
    assert rows.shape == (6, model.head.width) and rows.dtype == torch.float64
    assert rows.isfinite().all()


@every
def test_bfloat16_is_summed_in_float32(kind):
    """In bfloat16, 257 samples are 256, and a loss of 1.234 is 1.234375."""
    model, batch = model_of(kind).eval(), data_of(300, 0)[slice(0, 300)]
    exact = model.head.loss(model(batch), batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model.head.loss(model(batch), batch)
    if kind == "boxes":
        return  # this head is the tests' own
    assert loss.total.dtype == loss.weight.dtype == torch.float32
    assert_close(loss.weight, exact.weight)
    assert_close(loss.mean, exact.mean, atol=0.03, rtol=0.03)


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_what_stands_for_an_unknown_label_may_be_anything(kind):
    head, vector = CLASSIFIERS[kind](), torch.randn(4, D_MODEL)
    label = torch.tensor([1.0, torch.nan, 3.0, -0.5])
    batch = {"label": label, "label_known": torch.tensor([True, False, True, False])}
    output = head(fused(vector))
    loss = head.loss(output, batch)
    only = head.loss(head(fused(vector[::2])), {"label": label[::2]})
    assert_close(loss, only)
    head.check(batch)
    assert head.statistics(output, batch)[:, 0].tolist() == [1, 0, 3, 0]


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_a_label_of_minus_100_is_no_secret_sign(kind):
    head = CLASSIFIERS[kind]()
    output = head(fused(torch.randn(2, D_MODEL)))
    with pytest.raises(
        (IndexError, RuntimeError), match=r"-100 is out of bounds|index"
    ):
        head.loss(output, {"label": torch.tensor([0, -100])})


def test_numbers_and_outputs_do_not_broadcast():
    head = Regress(D_MODEL, "price", 0, 1)
    for output in (torch.zeros(3, 1), torch.zeros(4), torch.zeros(1)):
        for ask in (head.loss, head.statistics):
            with pytest.raises(ValueError, match=r"price is \[3\], the output \["):
                ask(output, {"price": torch.arange(3.0)})


def test_unknown_numbers_count_nowhere():
    head = Regress(D_MODEL, "price", 1, 2)
    price = torch.tensor([1.0, torch.nan, 5.0])
    batch = {"price": price, "price_known": torch.tensor([True, False, True])}
    standard = torch.tensor([1.0, 9.0, 1.0], requires_grad=True)
    loss = head.loss(standard, batch)
    assert loss.total.item() == 1 + (1 - 2) ** 2 and loss.weight.item() == 2
    loss.mean.backward()
    assert standard.grad.tolist() == [1, 0, -1]
    assert head.statistics(standard, batch).tolist() == [
        [3, 1, 1],
        [0, 0, 0],
        [3, 5, 1],
    ]
    head.check(batch)
    # The number of a sample that comes after it is named as it stands.
    worse = {"price": torch.tensor([1.0, torch.nan, torch.inf])}
    worse["price_known"] = batch["price_known"]
    with pytest.raises(ValueError, match="sample 2: price is inf"):
        head.check(worse)


def test_flags_have_the_shape_of_what_they_flag():
    tags = torch.tensor([[0, 1], [1, 1], [9, 9]])
    head, logits = Tag(D_MODEL, 2), torch.zeros(3, 2)
    for rows in (torch.tensor([True, True, False]),):
        each = rows[:, None].expand(3, 2)
        for known in (rows, each):
            batch = {"tags": tags, "tags_known": known}
            assert head.loss(logits, batch).weight.item() == 4
            assert head.statistics(logits, batch)[:, 4:].bool().equal(each)
            head.check(batch)
    for wrong in (torch.ones(3, 1), torch.ones(2), torch.ones(1, 2), torch.ones(())):
        batch = {"tags": tags, "tags_known": wrong.bool()}
        with pytest.raises(ValueError, match=r"tags_known is \[.*expected \[3, 2\] as"):
            head.loss(logits, batch)
    with pytest.raises(ValueError, match="tags_known is not a bool tensor"):
        head.loss(logits, {"tags": tags, "tags_known": torch.ones(3)})


def test_one_tag_is_a_task_and_a_metric_is_of_the_known():
    head = Tag(D_MODEL, 1)
    loss = head.loss(torch.zeros(3, 1), {"tags": torch.ones(3, 1)})
    assert loss.mean.item() == pytest.approx(np.log(2))


MORE_REFUSALS = [
    (lambda: Several({"a": Classify(4, 2), "b.c": Classify(4, 2)}), "without a dot"),
    (lambda: Several({"a": Classify(4, 2)}, {"a": float("inf")}), "weights are"),
    (
        lambda: Several(
            {"a": Classify(4, 2), "b": Classify(4, 2)}, {"b": float("nan")}
        ),
        "weights are",
    ),
    (lambda: Tag(4, 2, positive_weight=torch.tensor([1.0, 0.0])), "all above 0"),
    (lambda: Tag(4, 1, positive_weight=torch.tensor([torch.inf])), r"expected \[1\]"),
    (lambda: Classify(4, 1), "classes is 1; expected 2 or more"),
    (lambda: LateClassify(["a"], 4, 1), "classes is 1; expected 2 or more"),
    (lambda: LateClassify(["a"], 4, 2, own=-0.5, joint=1), r"own is -0\.5, joint 1"),
    (lambda: LateClassify(["a"], 4, 2, own=0, joint=0), "own is 0, joint 0"),
    (lambda: Regress(4, "price", 0.0, float("inf")), "a positive std"),
    (
        lambda: Regress.of(4, "p", torch.full((9,), 0.1, dtype=torch.float64)),
        "std 0.0; .*never changes",
    ),
    (lambda: Regress.of(4, "p", torch.zeros(0)), "expected a finite mean"),
]


@pytest.mark.parametrize(("make", "message"), MORE_REFUSALS)
def test_more_refusals_at_construction(make, message):
    with pytest.raises(ValueError, match=message):
        make()
    assert Contrast("a", "b", 4).width == 257


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_the_most_likely_class_is_predicted(kind):
    torch.manual_seed(0)
    head = CLASSIFIERS[kind]()
    output = head(fused(torch.randn(9, D_MODEL)))
    scores = output if kind == "classes" else output["log_probabilities"]
    best = [max(range(CLASSES), key=row.__getitem__) for row in scores.tolist()]
    assert head.predict(output).tolist() == best
    rows = head.statistics(output, {"label": torch.zeros(9, dtype=torch.int64)})
    assert rows[:, 1].tolist() == best


def test_reports_of_numbers_know_whether_they_are_about_the_same_samples():
    model = model_of("number")
    report, other = (
        evaluate(model, data_of(20, seed), resamples=50) for seed in (0, 3)
    )
    assert report.label.tolist() == data_of(20, 0).columns["price"].tolist()
    assert paired_difference(report, report, metric="mae").value == 0
    with pytest.raises(ValueError, match="the reports are about different samples"):
        paired_difference(report, other, metric="mae")


# Weights of classes
@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
def test_weighted_and_smoothed_classes_are_torch_s(weighted, label_smoothing):
    torch.manual_seed(0)
    weight = torch.tensor([0.5, 1.0, 3.0]) if weighted else None
    head = Classify(4, 3, weight=weight, label_smoothing=label_smoothing)
    logits, label = torch.randn(7, 3), torch.tensor([0, 1, 2, 2, 1, 0, 0])
    known = torch.tensor([True] * 5 + [False] * 2)
    expected = torch.nn.functional.cross_entropy(
        logits[:5], label[:5], weight, label_smoothing=label_smoothing
    )
    found = head.loss(logits, {"label": label, "label_known": known}).mean
    torch.testing.assert_close(found, expected)


def test_balanced_classes_weigh_alike():
    label = torch.tensor([0] * 6 + [1] * 3 + [2])
    weight = balanced_weight(label, 3)
    assert (weight * torch.bincount(label)).tolist() == pytest.approx([10 / 3] * 3)
    with pytest.raises(ValueError, match="class 3 has no sample; expected some of"):
        balanced_weight(label, 4)
    with pytest.raises(ValueError, match="found 3 classes; expected 2"):
        balanced_weight(label, 2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": torch.ones(2)}, r"weight is \[2\]; expected \[3\], all above 0"),
        ({"weight": torch.tensor([1.0, 0.0, 1.0])}, "all above 0"),
        ({"label_smoothing": 1.0}, "label_smoothing is 1.0; expected 0 or more"),
    ],
)
def test_weights_of_classes_that_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Classify(4, 3, **settings)
