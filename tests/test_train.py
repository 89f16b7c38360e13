"""`fit` learns, repeats itself, keeps the best epoch, and refuses what is wrong."""

from functools import partial

import pytest
import torch
from models import CLASSES, D_MODEL, MODALITIES, N_MELS, batch_of, build
from torch.testing import assert_close
from torchvision.transforms import v2

from mmlearn import seed_everything
from mmlearn import train as train_module
from mmlearn.batch import TensorData
from mmlearn.describe import describe
from mmlearn.evaluate import evaluate
from mmlearn.fusion import ConcatFusion, Separate
from mmlearn.heads import Classify, Contrast, LateClassify, Loss
from mmlearn.train import fit, shuffled, validate, warm_up_cosine
from mmlearn.training import (
    finite_loss,
    finite_weights,
    groups_of,
    headlines,
)


def task(size: int, seed: int) -> TensorData:
    """The first word says the class: easy, and learned from the text alone."""
    batch = batch_of(size, seed)
    label = torch.arange(size) % CLASSES
    batch["text"] = torch.stack([label + 1, torch.full((size,), 7)], dim=1)
    return TensorData(batch | {"label": label})


def train(**options):
    seed_everything(0)
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    history = fit(model, task(120, 0), task(60, 1), epochs=10, batch_size=16, **options)
    return model, history


def test_learns_and_repeats_itself():
    model, history = train()
    again, same = train()
    assert history == same
    assert_close(model.state_dict(), again.state_dict(), atol=0, rtol=0)
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2
    report = evaluate(model, task(100, 2))
    assert report.accuracy.value > 0.6, "chance is .2"


@pytest.mark.parametrize("keep", ["loss", "accuracy"])
def test_the_best_epoch_is_kept(keep):
    model, history = train(learning_rate=0.05, keep=keep)
    key, best = ("accuracy", max) if keep == "accuracy" else ("valid_loss", min)
    kept = validate(model, task(60, 1))[key]
    assert kept == pytest.approx(best(row[key] for row in history), abs=1e-6)


def test_a_rate_that_is_kept_takes_the_same_step_throughout(monkeypatch):
    rates = []
    step = torch.optim.AdamW.step

    def noted(self, *arguments, **options):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *arguments, **options)

    monkeypatch.setattr(torch.optim.AdamW, "step", noted)
    train(schedule="none", learning_rate=3e-3)
    assert set(rates) == {3e-3} and len(rates) == 80
    rates.clear()
    train(learning_rate=3e-3)
    assert max(rates) == 3e-3 and rates[-1] < 1e-4
    with pytest.raises(ValueError, match="schedule is 'linear'; expected 'cosine' or"):
        train(schedule="linear")


def test_accuracy_can_be_kept_only_where_there_is_one():
    model = build(Separate, Contrast("text", "audio", D_MODEL))
    expected = "Contrast has no accuracy to keep; it has loss, "
    with pytest.raises(ValueError, match=expected):
        fit(model, task(20, 0), task(20, 1), epochs=1, keep="accuracy")


def test_patience_ends_the_training():
    """Labels of the validation samples are wrong: what is learned makes it worse."""
    right = task(60, 1)
    wrong = TensorData(right.columns | {"label": (right.label + 1) % CLASSES})

    def run(**options):
        seed_everything(0)
        model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
        options |= {"epochs": 8, "batch_size": 16, "learning_rate": 0.01}
        return model, fit(model, task(120, 0), wrong, **options)

    _, history = run()
    losses = [row["valid_loss"] for row in history]
    best = losses.index(min(losses))
    assert best < 4, f"a task that says nothing: {losses}"
    for patience in (1, 3):
        model, shorter = run(patience=patience)
        # The schedule is the same, so the shorter run is the longer one's beginning.
        assert shorter == history[: best + 1 + patience]
        assert validate(model, wrong)["valid_loss"] == pytest.approx(
            losses[best], abs=1e-6
        )


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
def test_a_contrastive_head_learns_without_labels(loss):
    seed_everything(0)
    columns = task(120, 0).columns
    # The sound is the first word, so the two can be told to belong together.
    sound = torch.nn.functional.one_hot(columns["text"][:, 0], N_MELS).float()
    pairs = {"text": columns["text"], "audio": sound[:, None].repeat(1, 3, 1)}
    model = build(Separate, Contrast("text", "audio", D_MODEL, width=8, loss=loss))
    data = TensorData(pairs)
    history = fit(model, data, data, epochs=10, batch_size=10, learning_rate=0.01)
    assert history[0].keys() == {"train_loss", "valid_loss", "recall@1"}
    assert history[-1]["train_loss"] < 0.8 * history[0]["train_loss"]
    one_of_each = data[torch.arange(CLASSES)]
    with torch.no_grad():
        predicted = model.head.predict(model.eval()(one_of_each))
    assert (predicted == torch.arange(CLASSES)).sum() >= 4, "chance is 1 of 5"


def test_mixed_precision_learns_too():
    _, history = train(precision=torch.bfloat16)
    assert history[-1]["train_loss"] < history[0]["train_loss"] / 2


def test_augmentation_is_for_training_only():
    seen = []

    def watch(batch):
        seen.append(len(batch["label"]))
        return batch

    train(augment=watch)
    assert sum(seen) == 10 * 120, "every training sample once an epoch, no other"


def test_the_order_comes_from_seed_and_epoch():
    assert shuffled(50, 1, 2).tolist() == shuffled(50, 1, 2).tolist()
    assert shuffled(50, 1, 2).tolist() != shuffled(50, 1, 3).tolist()
    assert shuffled(50, 1, 2).tolist() != shuffled(50, 2, 2).tolist()
    assert sorted(shuffled(50, 1, 2).tolist()) == list(range(50))


def test_the_schedule_rises_and_falls():
    factors = [warm_up_cosine(step, steps=100, warm_up=10) for step in range(100)]
    assert factors[0] == pytest.approx(0.1) and factors[9] == 1.0
    assert factors[55] == pytest.approx(0.5) and factors[-1] < 0.01
    assert factors[10:] == sorted(factors[10:], reverse=True)


def test_refusals():
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match="epochs is 0"):
        fit(model, task(10, 0), epochs=0)
    with pytest.raises(ValueError, match="batch_size is 0"):
        fit(model, task(10, 0), epochs=1, batch_size=0)
    with pytest.raises(ValueError, match="every is 0"):
        fit(model, task(10, 0), epochs=1, every=0)
    with pytest.raises(ValueError, match="patience is 0"):
        fit(model, task(10, 0), task(10, 1), epochs=1, patience=0)
    with pytest.raises(ValueError, match="patience needs `valid`"):
        fit(model, task(10, 0), epochs=1, patience=2)
    wrong = TensorData(task(10, 0).columns | {"label": torch.full((10,), CLASSES)})
    with pytest.raises(ValueError, match="sample 0: label is 5"):
        fit(model, wrong, epochs=1)
    with pytest.raises(ValueError, match="sample 0: label is 5"):
        evaluate(model, wrong)
    with pytest.raises(ValueError, match="the loss is nan"):
        fit(model, task(40, 0), epochs=9, learning_rate=1e30, clip=1e30)
    with pytest.raises(ValueError, match="seed is -1"):
        seed_everything(-1)


def test_a_validation_loss_that_is_no_number_ends_the_training():
    """It used to be kept as the best, or to let patience end without a word."""
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    right = model.head.loss

    def loss(output, batch):
        found = right(output, batch)
        return found if model.training else Loss(found.total * torch.nan, found.weight)

    model.head.loss = loss
    for options in ({}, {"patience": 2}, {"keep": "accuracy"}):
        with pytest.raises(ValueError, match="the validation loss is nan in epoch 0"):
            fit(model, task(40, 0), task(20, 1), epochs=3, **options)


def test_weights_that_the_very_last_step_spoils_are_refused(monkeypatch):
    """No loss has seen them: they would be handed back as a trained model."""

    def spoil(optimizer, closure=None):
        with torch.no_grad():
            optimizer.param_groups[0]["params"][0].fill_(torch.nan)

    monkeypatch.setattr(torch.optim.AdamW, "step", spoil)
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=r"weights .* are not finite after epoch 0"):
        fit(model, task(40, 0), epochs=1, batch_size=40)


@pytest.mark.parametrize("precision", [torch.float16, torch.float64, "bf16"])
def test_precisions_that_lose_gradients_are_refused(precision):
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=r"precision is .*; expected torch\.bfloat16"):
        fit(model, task(10, 0), epochs=1, precision=precision)


def test_decay_of_matrices_spares_biases_norms_and_temperatures():
    model = build(Separate, Contrast("text", "audio", D_MODEL, width=8))
    spared, decayed = set(), set()
    names = {id(p): name for name, p in model.named_parameters()}
    for group in groups_of(model, 0.1, "matrices"):
        into = decayed if group["weight_decay"] else spared
        into |= {names[id(p)] for p in group["params"]}
    assert spared | decayed == set(names.values()) and not spared & decayed
    assert "head.log_scale" in spared and "head.project.text.bias" in spared
    assert "head.project.text.weight" in decayed
    with pytest.raises(ValueError, match="decay is 'none'; expected 'all' or"):
        groups_of(model, 0.1, "none")
    model.requires_grad_(False)
    with pytest.raises(ValueError, match="every parameter is frozen"):
        groups_of(model, 0.1, "all")


def test_what_augments_is_told_apart_by_code_and_constants():
    def shift(amount):
        return lambda batch: batch | {"image": batch["image"] + amount}

    class Noise:
        def __init__(self, sigma):
            self.sigma = sigma

        def __call__(self, batch):
            return batch

    alike = [
        (shift(0.1), shift(0.1)),
        (partial(shift, 0.1), partial(shift, 0.1)),
        (Noise(0.1), Noise(0.1)),
        (v2.RandomAffine(10), v2.RandomAffine(10)),
        (shift(torch.ones(3)), shift(torch.ones(3))),
    ]
    for one, other in alike:
        assert describe(one) == describe(other)
    different = [
        None,
        shift(0.1),
        shift(0.2),
        partial(shift, 0.1),
        partial(shift, 0.2),
        Noise(0.1),
        Noise(0.2),
        v2.RandomAffine(10),
        v2.RandomAffine(20),
        shift(torch.ones(3)),
        shift(torch.zeros(3)),
        lambda batch: batch,
        lambda batch: dict(batch),
    ]
    assert len({describe(each) for each in different}) == len(different)


def test_progress_is_a_line_per_epoch(capsys):
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    fit(model, task(20, 0), task(20, 1), epochs=2, progress=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("train_loss" in line and "accuracy" in line for line in lines)
    fit(model, task(20, 0), epochs=1)
    assert capsys.readouterr().out == ""


def test_what_is_not_told_is_64_samples_and_the_whole_schedule(monkeypatch):
    sizes, asked = [], []

    def watch(batch):
        sizes.append(len(batch["label"]))
        return batch

    def factor(step, steps, warm_up):
        asked.append((steps, warm_up))
        return warm_up_cosine(step, steps, warm_up)

    monkeypatch.setattr(train_module, "warm_up_cosine", factor)
    fit(build(ConcatFusion, Classify(D_MODEL, CLASSES)), task(130, 0), epochs=10)
    assert set(asked) == {(30, 3)}, "130 samples are 3 batches, the last one of 2"
    fit(
        build(ConcatFusion, Classify(D_MODEL, CLASSES)),
        task(130, 0),
        epochs=1,
        augment=watch,
    )
    assert sizes == [64, 64, 2]


def test_the_validation_loss_is_the_mean_over_what_is_known():
    data = task(700, 0)  # more than the 512 that are looked at at once
    known = torch.arange(700) % 3 > 0
    some = TensorData(data.columns | {"label_known": known})
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES)).eval()
    with torch.no_grad():
        logits = model(data[torch.arange(700)])
    each = torch.nn.functional.cross_entropy(logits, data.label, reduction="none")
    right = (logits.argmax(1) == data.label).double()
    for given, kept in ((data, torch.ones(700).bool()), (some, known)):
        row = validate(model, given)
        assert row["valid_loss"] == pytest.approx(float(each[kept].mean()), abs=1e-5)
        assert row["accuracy"] == pytest.approx(float(right[kept].mean()))


def test_pairs_are_validated_in_batches_of_512():
    model = build(Separate, Contrast("text", "audio", D_MODEL, width=8)).eval()
    data = task(600, 0)
    with torch.no_grad():
        parts = [
            model.head.loss(model(data[rows]), data[rows])
            for rows in (slice(0, 512), slice(512, 600))
        ]
    mean = sum(x.total for x in parts) / sum(x.weight for x in parts)
    assert validate(model, data)["valid_loss"] == pytest.approx(float(mean), rel=1e-5)


def test_data_of_which_no_target_is_known_is_refused():
    """Its loss would be 0: the first epoch the best, and nothing learned."""
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    good = task(20, 0)
    nobody = TensorData(good.columns | {"label_known": torch.zeros(20).bool()})
    one = TensorData(good.columns | {"label_known": torch.arange(20) == 19})
    for data in ((nobody, good), (good, nobody)):
        with pytest.raises(ValueError, match="'label' is known in no sample"):
            fit(model, *data, epochs=1)
    assert fit(model, one, one, epochs=1)[0]["valid_loss"] > 0
    pairs = build(Separate, Contrast("text", "audio", D_MODEL, width=8))
    alone = good[torch.tensor([1, 1])]  # it lacks the sound
    with pytest.raises(ValueError, match="nothing to validate: Contrast counts 0"):
        fit(pairs, good, TensorData(alone), epochs=1)


def test_a_batch_of_which_no_target_is_known_is_harmless():
    data = task(20, 0)
    last = TensorData(data.columns | {"label_known": torch.arange(20) == 19})
    for make in (
        lambda: Classify(D_MODEL, CLASSES),
        lambda: LateClassify(MODALITIES, D_MODEL, CLASSES, own=1, joint=1),
    ):
        history = fit(build(ConcatFusion, make()), last, epochs=2, batch_size=4)
        assert all(0 < row["train_loss"] < 3 for row in history)


@pytest.mark.parametrize("clip", [0.0, -1.0, float("nan")])
def test_a_clip_that_turns_the_gradient_round_is_refused(clip):
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    with pytest.raises(ValueError, match=f"clip is {clip}; expected a norm above 0"):
        fit(model, task(10, 0), epochs=1, clip=clip)


def test_matrices_decay_alone():
    model = build(ConcatFusion, Classify(D_MODEL, CLASSES))
    model.head.layers[1].weight.requires_grad_(False)
    matrices, others = groups_of(model, 0.3, "matrices")
    assert matrices["weight_decay"] == 0.3 and others["weight_decay"] == 0.0
    assert {p.ndim > 1 for p in matrices["params"]} == {True}
    assert {p.ndim > 1 for p in others["params"]} == {False}
    trained = [p for p in model.parameters() if p.requires_grad]
    both = {id(p) for p in [*matrices["params"], *others["params"]]}
    assert both == {id(p) for p in trained}
    (everything,) = groups_of(model, 0.3, "all")
    assert [id(p) for p in everything["params"]] == [id(p) for p in trained]
    with pytest.raises(ValueError, match="decay is 'none'; expected"):
        groups_of(model, 0.3, "none")
    with pytest.raises(ValueError, match="every parameter is frozen"):
        groups_of(model.requires_grad_(False), 0.3, "all")


def test_the_weight_that_is_not_finite_is_named():
    model = torch.nn.Sequential(*(torch.nn.Linear(2, 2) for _ in range(3)))
    finite_weights(model, 0, 0.1)
    with torch.no_grad():
        model[1].bias[1] = torch.nan
        model[2].bias[0] = torch.inf
    with pytest.raises(ValueError, match=r"weights 1\.bias are not .* after epoch 4"):
        finite_weights(model, 4, 0.1)
    model[1].requires_grad_(False)  # a frozen weight is not the training's doing
    with pytest.raises(ValueError, match=r"weights 2\.bias are not finite"):
        finite_weights(model, 4, 0.1)


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_named(loss):
    finite_loss(0.5, "loss", 3, 0.1)
    with pytest.raises(ValueError, match=f"validation loss is {loss} in epoch 3"):
        finite_loss(loss, "validation loss", 3, 0.1)


def test_the_first_metric_of_each_task_is_shown():
    names = dict.fromkeys(["a.x", "a.y", "b.x"])
    assert headlines(names) == ["a.x", "b.x"]
    assert headlines(dict.fromkeys(["x", "y"])) == ["x"]
