"""Each encoder: shapes, masks, devices, formulas on another road, what it refuses."""

import pytest
import torch
from fake_gpu import fake, fake_gpu, needs_fake_gpu
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close
from towers import (
    BUILD,
    CHANNELS,
    D_MODEL,
    FRAMES,
    LEVELS,
    WORDS,
    B,
    build,
    column_of,
    random_norms,
    rows,
    torchs,
)

from mmlearn.batch import Padded
from mmlearn.encoders import (
    ConvEncoder,
    CoordConv,
    LettersEncoder,
    PatchEncoder,
    SensorEncoder,
    SpeechEncoder,
    TableEncoder,
    TransformerEncoder,
    VideoEncoder,
)
from mmlearn.encoders.series import down_sample
from mmlearn.fusion import ConcatFusion
from mmlearn.heads import Classify
from mmlearn.model import MultimodalModel
from mmlearn.positions import sinusoid, sinusoid_grid
from mmlearn.preprocess.table import table_rows

EXACT = {"atol": 1e-5, "rtol": 1e-5}
every_encoder = pytest.mark.parametrize("name", BUILD)
pooled_or_not = pytest.mark.parametrize("pool", [True, False], ids=["pooled", "steps"])


# (T, and P tokens a step) of the columns above for an encoder that does not pool
STEPS = {
    "conv": (2, 16),
    "places": (2, 16),
    "patch": (2, 16),
    "network": (2, 16),
    "video": (2, 16),
    "gru": (4, 1),
    "letters": (4, 1),
    "transformer": (4, 1),
    "spectrogram": (4, 1),
    "speech": (7, 1),
    "features": (13, 1),
    "sensor": (2, 1),
    "table": (1, 4),
}
ONE_A_FRAME = ("conv", "places", "patch", "network")


@every_encoder
@pooled_or_not
class TestEveryEncoder:
    def test_shape_dtype_and_mask(self, name, pool):
        encoder, column = build(name, pool), column_of(name)
        tokens = encoder(column)
        steps, places = STEPS[name]
        if pool:
            # An image encoder gives one token a frame, all others one a sample.
            steps, places = (2 if name in ONE_A_FRAME else 1), 1
        assert tokens.values.shape == (B, steps * places, D_MODEL)
        assert tokens.values.dtype == torch.float32
        assert tokens.mask.shape == tokens.values.shape[:2]
        assert tokens.mask.dtype == torch.bool
        assert tokens.present.tolist() == [True, True, False]
        assert tokens.values[~tokens.mask].abs().sum() == 0
        assert tokens.values[tokens.mask].abs().sum() > 0
        if name in FRAMES and not pool:
            assert tokens.grid == (2, 4, 4)
        else:
            assert tokens.grid is None

    def test_learns_from_every_parameter(self, name, pool):
        encoder, column = build(name, pool), column_of(name)
        encoder(column).values.mul(torch.randn(D_MODEL)).square().sum().backward()
        for key, parameter in encoder.named_parameters():
            if key.startswith("network.fc"):
                continue
            assert parameter.grad is not None, f"{key} has no gradient"
            assert parameter.grad.isfinite().all(), f"the gradient of {key}"
            assert parameter.grad.abs().sum() > 0, f"the gradient of {key} is zero"

    @needs_fake_gpu
    def test_runs_on_a_cuda_device_that_is_not_there(self, name, pool):
        real = column_of(name)
        with fake_gpu():
            with torch.device("cuda"):
                encoder = BUILD[name](pool)
            column = Padded(fake(real.values), fake(real.mask))
            tokens = encoder(column)
        assert tokens.values.device.type == "cuda" == tokens.mask.device.type

    def test_runs_in_bfloat16(self, name, pool):
        encoder, column = build(name, pool).eval(), column_of(name)
        exact = encoder(column)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rounded = encoder(column)
            rounded.values.square().sum().backward()
        assert_close(rounded.values.float(), exact.values, atol=0.08, rtol=0.05)
        assert torch.equal(rounded.mask, exact.mask)

    def test_a_plain_tensor_is_present_everywhere(self, name, pool):
        encoder, column = build(name, pool), column_of(name)
        plain = column.values[:2]
        spelt_out = Padded(plain, torch.ones(plain.shape[:2], dtype=torch.bool))
        expected, tokens = encoder(spelt_out), encoder(plain)
        assert_close(tokens.values, expected.values)
        assert tokens.mask.all()


def test_coordinates_are_two_more_channels():
    encoder = build("places", pool=False)
    image = torch.randn(2, 3, 8, 12)
    steps = torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 12)
    grid = torch.stack(torch.meshgrid(*steps, indexing="ij")).expand(2, -1, -1, -1)
    expected = encoder.inner(torch.cat([image, grid], dim=1))
    assert_close(encoder(image).values, expected.values)
    assert encoder(image).grid == (2, 3)
    with pytest.raises(ValueError, match="image has 5 channels; expected 3"):
        encoder(torch.randn(2, 5, 8, 12))
    with pytest.raises(ValueError, match="inner has 2 channels; expected 3 or more"):
        CoordConv(ConvEncoder(D_MODEL, channels=2))


def test_patches_equal_unfold_and_torchs_transformer():
    torch.manual_seed(0)
    encoder = PatchEncoder(D_MODEL, patch=4, pool=False)
    random_norms(encoder)
    image = torch.randn(2, 3, 8, 12)
    patches = F.unfold(image, kernel_size=4, stride=4).mT  # [B, 6, 3 * 16]
    weight = encoder.embedding.weight.flatten(1)
    words = patches @ weight.T + encoder.embedding.bias
    words = words + sinusoid_grid(2, 3, D_MODEL, words)
    tokens = encoder(image)
    assert_close(tokens.values, torchs(encoder.stack)(words), **EXACT)
    assert tokens.grid == (2, 3)
    encoder.pool = True
    assert_close(encoder(image).values[:, 0], tokens.values.mean(dim=1), **EXACT)


@pytest.mark.parametrize("name", ONE_A_FRAME)
def test_each_frame_is_a_picture_of_its_own(name):
    encoder = build(name, pool=False)
    frames = torch.randn(2, 3, 3, 16, 16)
    tokens, alone = encoder(frames), encoder(frames[:, 1])
    assert alone.grid == (4, 4) and tokens.grid == (3, 4, 4)
    assert_close(tokens.values.unflatten(1, (3, 16))[:, 1], alone.values, **EXACT)


def test_transformer_equals_torchs():
    torch.manual_seed(0)
    encoder = TransformerEncoder(WORDS, D_MODEL, pool=False)
    random_norms(encoder)
    text = column_of("transformer")[:2]
    words = encoder.embedding(text.values)
    words = words + sinusoid(4, D_MODEL, words)
    expected = torchs(encoder.stack)(words, src_key_padding_mask=~text.mask)
    tokens = encoder(text)
    assert_close(tokens.values[text.mask], expected[text.mask], **EXACT)
    encoder.pool = True
    mean = torch.stack([expected[0].mean(dim=0), expected[1, :2].mean(dim=0)])
    assert_close(encoder(text).values[:, 0], mean, **EXACT)


@pytest.mark.parametrize("name", ["gru", "letters", "transformer"])
def test_text_encoders_skip_masked_steps_wherever_they_stand(name):
    encoder = build(name, pool=False)
    plain = encoder(torch.tensor([[4, 7, 9]]))
    mask = torch.tensor([[False, True, False, True, True]])
    spread = encoder(Padded(torch.tensor([[0, 4, 0, 7, 9]]), mask))
    assert_close(spread.values[:, [1, 3, 4]], plain.values, **EXACT)
    assert spread.values[:, [0, 2]].abs().max() == 0


@pytest.mark.parametrize("name", ["spectrogram", "sensor"])
def test_series_equal_plain_convolutions_of_each_alone(name):
    encoder = build(name, pool=False)
    random_norms(encoder)
    column = column_of(name)
    tokens, layers = encoder(column), encoder.layers
    for i, length in enumerate((13, 9)):
        maps = column.values[i, :length].T  # [C, T]
        for convolution, norm in zip(layers.convolutions, layers.norms, strict=True):
            maps = F.conv1d(maps, convolution.weight, convolution.bias, 2, 2)
            maps = F.gelu(norm(maps.T)).T
        values = layers.norm(layers.project(maps.T))
        values = values + sinusoid(len(values), D_MODEL, values)
        real = tokens.mask[i]
        assert_close(tokens.values[i][real], values, **EXACT)


def test_letters_are_read_both_ways_as_torchs_layers_read_each_alone():
    torch.manual_seed(0)
    encoder = LettersEncoder(WORDS, D_MODEL, 2)
    random_norms(encoder)
    column = column_of("letters")
    tokens = encoder(column)
    both = nn.GRU(D_MODEL, D_MODEL // 2, bidirectional=True)
    weights = dict(encoder.onwards.state_dict())
    weights |= {f"{k}_reverse": x for k, x in encoder.back.state_dict().items()}
    both.load_state_dict(weights)
    for i, mask in enumerate(column.mask):
        if not mask.any():
            continue
        values = encoder.embedding(column.values[i, mask])
        for layer, norm in zip(encoder.convolutions, encoder.norms, strict=True):
            near = F.conv1d(norm(values).T, layer.weight, layer.bias, padding=2)
            values = values + F.gelu(near.T)
        values = values + both(values)[0]
        assert_close(tokens.values[i][mask], values, **EXACT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 0}, "depth is 0; expected 1 or more"),
        ({"d_model": 7}, "d_model is 7; expected an even number"),
    ],
)
def test_a_letters_encoder_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        LettersEncoder(**{"vocabulary_size": WORDS, "d_model": D_MODEL} | arguments)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_speech_is_read_both_ways_as_torchs_gru_reads_each_alone(stride):
    torch.manual_seed(0)
    encoder = SpeechEncoder(CHANNELS, D_MODEL, 12, depth=2, stride=stride)
    random_norms(encoder)
    column = column_of("speech")
    tokens = encoder(column)
    for i, length in enumerate((13, 9)):
        values = column.values[i, :length]
        for layer, by, norm in zip(
            (encoder.close, encoder.wide), (1, stride), encoder.norms, strict=True
        ):
            maps = F.conv1d(values.T, layer.weight, layer.bias, by, 2)
            values = F.gelu(norm(maps.T))
        for forth, back in zip(encoder.onwards, encoder.back, strict=True):
            both = nn.GRU(values.shape[1], D_MODEL // 2, bidirectional=True)
            weights = dict(forth.state_dict())
            weights |= {f"{k}_reverse": x for k, x in back.state_dict().items()}
            both.load_state_dict(weights)
            values = both(values)[0]
        assert tokens.mask[i].sum() == -(-length // stride)
        assert_close(tokens.values[i][tokens.mask[i]], values, **EXACT)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"depth": 0}, "depth is 0, stride 2; expected 1 or more"),
        ({"stride": 0}, "depth is 1, stride 0"),
        ({"d_model": 7}, "d_model is 7; expected an even number"),
    ],
)
def test_a_speech_encoder_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        SpeechEncoder(**{"n_mels": CHANNELS, "d_model": D_MODEL} | arguments)


def test_speech_of_other_bands_is_refused():
    with pytest.raises(ValueError, match="audio has 5 mel bands; expected 6"):
        build("speech")(torch.zeros(1, 4, 5))


def test_down_sampling_never_loses_a_sample():
    mask = torch.tensor([[False, True, False, False, False], [True] * 5, [False] * 5])
    expected = [[True, False, False], [True] * 3, [False] * 3]
    assert down_sample(mask, 2).tolist() == expected
    lengths = torch.arange(1, 12)
    masks = torch.arange(11) < lengths[:, None]
    assert down_sample(masks, 3).sum(dim=1).tolist() == [
        -(-n // 3) for n in range(1, 12)
    ]


def test_a_video_is_its_frames_with_their_time():
    encoder = build("video", pool=False)
    random_norms(encoder)
    video = column_of("video")[:2]
    frames = encoder.frame_encoder(video)
    time = sinusoid(2, D_MODEL, frames.values)
    values = encoder.norm(frames.values)
    values = torch.stack([values[:, i] + time[i // 16] for i in range(32)], dim=1)
    expected = torchs(encoder.stack)(values, src_key_padding_mask=~frames.mask)
    tokens = encoder(video)
    assert_close(tokens.values[tokens.mask], expected[tokens.mask], **EXACT)


def test_a_video_knows_the_order_of_its_frames_and_a_bag_does_not():
    torch.manual_seed(0)
    video = torch.randn(2, 4, 3, 16, 16)
    for depth, known in ((1, True), (0, False)):
        encoder = VideoEncoder(ConvEncoder(D_MODEL, widths=(8, 16)), depth=depth)
        encoder.norm = nn.Identity()
        encoder.stack.norm = nn.Identity()
        change = encoder(video).values - encoder(video.flip(1)).values
        assert (change.abs().max() > 1e-4) == known


def test_a_video_encoder_refuses_what_is_no_frame_encoder():
    with pytest.raises(TypeError, match="frame_encoder Linear has no d_model"):
        VideoEncoder(nn.Linear(2, 2))

    class Forgetful(ConvEncoder):
        def forward(self, image):
            return super().forward(image.values[:, :2])

    encoder = VideoEncoder(Forgetful(D_MODEL, widths=(8, 16)))
    with pytest.raises(ValueError, match="gives 2 tokens for 3 frames"):
        encoder(torch.randn(2, 3, 3, 16, 16))
    with pytest.raises(ValueError, match="not a multiple of heads 3"):
        VideoEncoder(build("conv"), heads=3)


def test_table_tokens_are_the_formula():
    torch.manual_seed(0)
    encoder = TableEncoder(2, LEVELS, D_MODEL, depth=0, pool=False)
    numbers = torch.tensor([[0.5, -2.0], [torch.nan, 3.0]])
    categories = torch.tensor([[2, 0], [-1, 4]])
    got = encoder(table_rows(numbers, categories, LEVELS)).values
    expected = torch.zeros(2, 4, D_MODEL)
    tables = encoder.level.split([4, 6])  # a row more than levels: "missing"
    for i in range(2):
        for j in range(2):
            number = numbers[i, j]
            expected[i, j] = encoder.bias[j] + (
                encoder.missing[j] if number.isnan() else number * encoder.scale[j]
            )
            code = categories[i, j]
            row = 0 if code == -1 else code + 1
            expected[i, 2 + j] = tables[j][row] + encoder.bias[2 + j]
    assert_close(got, encoder.stack.norm(expected), **EXACT)


@pytest.mark.parametrize(("numbers", "levels"), [(3, ()), (0, (2, 4))])
def test_a_table_of_numbers_or_of_categories_only(numbers, levels):
    encoder = TableEncoder(numbers, levels, D_MODEL, pool=False)
    table = table_rows(
        torch.randn(2, numbers), torch.zeros(2, len(levels), dtype=torch.int64), levels
    )
    assert table.shape == (2, 2 * numbers + len(levels))
    tokens = encoder(table)
    assert tokens.values.shape == (2, numbers + len(levels), D_MODEL)
    assert tokens.values.isfinite().all()


def test_table_rows_are_written_as_documented():
    numbers = torch.tensor([[0.5, torch.nan]], dtype=torch.float64)
    table = table_rows(numbers.numpy(), torch.tensor([[2, -1]]).numpy(), LEVELS)
    assert table.dtype == torch.float32
    assert table.tolist() == [[0.5, 0.0, 0.0, 1.0, 3.0, 0.0]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"numbers": torch.zeros(2, 2).long()}, TypeError, "expected float"),
        ({"categories": torch.zeros(2, 2)}, TypeError, "expected whole numbers"),
        ({"numbers": torch.zeros(3, 2)}, ValueError, r"\[3, 2\], categories \[2, 2\]"),
        ({"numbers": torch.zeros(2)}, ValueError, "numbers are"),
        ({"levels": (3,)}, ValueError, "categories have 2 columns, levels 1"),
        (
            {"numbers": torch.tensor([[0, 1], [-torch.inf, 0]])},
            ValueError,
            "row 1, number 0: found -inf",
        ),
        (
            {"categories": torch.tensor([[0, 1], [2, 5]])},
            ValueError,
            r"row 1, category 1: found 5; expected 0\.\.4",
        ),
        (
            {"categories": torch.tensor([[-2, 1], [2, 4]])},
            ValueError,
            "row 0, category 0: found -2",
        ),
    ],
)
def test_table_rows_refuse(change, error, message):
    good = {
        "numbers": torch.zeros(2, 2),
        "categories": torch.zeros(2, 2, dtype=torch.int64),
        "levels": LEVELS,
    }
    table_rows(**good)
    with pytest.raises(error, match=message):
        table_rows(**good | change)


def test_a_table_is_checked_on_the_way_in():
    encoder, table = build("table"), rows()
    model = MultimodalModel(
        {"table": encoder}, ConcatFusion(["table"], D_MODEL), Classify(D_MODEL, 2)
    )
    model.check({"table": table})
    model.check({"table": column_of("table")[:2]})
    for place, value, message in (
        ((2, 2), 0.5, "sample 2: table, the flag of number 0: found 0.5"),
        ((1, 5), 6.0, r"sample 1: table, category 1: found 6; expected 0\.\.5"),
        ((1, 4), -1.0, "sample 1: table, category 0: found -1"),
        ((0, 4), 1.5, "sample 0: table, category 0: found 1.5"),
    ):
        wrong = table.clone()
        wrong[place] = value
        with pytest.raises(ValueError, match=message):
            model.check({"table": wrong})


@pytest.mark.parametrize(
    ("name", "column", "error", "message"),
    [
        ("patch", torch.zeros(2, 3, 8, 8).byte(), TypeError, "normalise it"),
        ("patch", torch.zeros(2, 1, 8, 8), ValueError, "1 channels; expected 3"),
        (
            "patch",
            torch.zeros(2, 3, 8, 6),
            ValueError,
            "8 x 6; .* multiples of patch 4",
        ),
        ("patch", torch.zeros(2, 3, 0, 8), ValueError, "image is 0 x 8"),
        ("network", torch.zeros(2, 3, 8, 8).byte(), TypeError, "normalise it"),
        ("network", torch.zeros(2, 1, 8, 8), ValueError, "1 channels; expected 3"),
        ("transformer", torch.zeros(2, 4), TypeError, "expected token numbers"),
        ("transformer", torch.zeros(2, 4).bool(), TypeError, "expected token numbers"),
        ("gru", torch.zeros(2, 4).bool(), TypeError, "expected token numbers"),
        ("sensor", torch.zeros(2, 9, 5), ValueError, "5 channels; expected 6"),
        ("sensor", torch.zeros(2, 9, 6).long(), TypeError, "expected float"),
        ("features", torch.zeros(2, 5), ValueError, "5 features; expected 6"),
        ("features", torch.zeros(2, 6).long(), TypeError, "expected float"),
        ("table", torch.zeros(2, 6).half(), TypeError, "expected float32"),
        ("table", torch.zeros(2, 6).long(), TypeError, "expected float32"),
        ("table", torch.zeros(2, 5), ValueError, "1 rows of 5 .* expected 1 row of 6"),
        ("table", torch.zeros(2, 3, 6), ValueError, "3 rows of 6 per sample"),
        ("video", torch.zeros(2, 3, 8), ValueError, "tensor is"),
    ],
)
def test_encoders_refuse_what_does_not_fit(name, column, error, message):
    with pytest.raises(error, match=message):
        build(name)(column)


NAMES = {
    "conv": "image",
    "places": "image",
    "patch": "image",
    "network": "image",
    "gru": "text",
    "letters": "text",
    "transformer": "text",
    "spectrogram": "audio",
    "speech": "audio",
}
FLOAT = [name for name in BUILD if name not in ("gru", "letters", "transformer")]


@pytest.mark.parametrize("name", FLOAT)
def test_one_sentence_for_another_precision(name):
    column, what = column_of(name), NAMES.get(name, name)
    exact = Padded(column.values.double(), column.mask)
    with pytest.raises(
        TypeError,
        match=rf"^{what} is float64; expected float32, as the model is: \.float\(\)$",
    ):
        build(name)(exact)
    half = Padded(column.values.half(), column.mask)
    with pytest.raises(TypeError, match=f"^{what} is float16; expected float32"):
        build(name)(half)
    double = build(name).double()
    assert_close(double(exact).values.float(), build(name)(column).values, **EXACT)
    with pytest.raises(TypeError, match=rf"{what} is float32; .*\.to\(torch\.float64"):
        double(column)
    if name != "table":  # whose categories half precision would round
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rounded = build(name)(Padded(column.values.bfloat16(), column.mask))
        assert_close(
            rounded.values.float(), build(name)(column).values, atol=0.08, rtol=0.05
        )


@pytest.mark.parametrize("name", FLOAT)
@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.int64, torch.bool])
def test_whole_numbers_where_float_is_expected(name, kind):
    what = NAMES.get(name, name)
    short = str(kind).removeprefix("torch.")
    with pytest.raises(
        TypeError,
        match=rf"^{what} is {short}; expected (a )?float32\b.*, as the model is: \S",
    ):
        build(name)(Padded(column_of(name).values.to(kind), column_of(name).mask))


@pytest.mark.parametrize("name", ["gru", "letters", "transformer"])
@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "int32", "uint16"])
def test_token_numbers_of_every_integer_type(name, kind):
    if not hasattr(torch, kind):
        pytest.skip("not in this torch")
    column, encoder = column_of(name), build(name)
    expected = encoder(column).values
    small = Padded(column.values.to(getattr(torch, kind)), column.mask)
    assert torch.equal(encoder(small).values, expected)


@every_encoder
def test_no_sample_and_no_step(name):
    column, what = column_of(name), NAMES.get(name, name)
    for nothing in (
        column[:0],
        Padded(column.values[:, :0], column.mask[:, :0]),
        column.values[:0],
    ):
        with pytest.raises(
            ValueError, match=f"^{what} is .* expected at least one sample and one step"
        ):
            build(name)(nothing)
    with pytest.raises(TypeError, match=f"^{what} is a ndarray; expected a tensor"):
        build(name)(column.values.numpy())


@pytest.mark.parametrize(
    "name", ["gru", "letters", "transformer", "spectrogram", "sensor", "video"]
)
def test_a_sequence_without_its_batch_is_no_batch_of_steps(name):
    values, what = column_of(name).values, NAMES.get(name, name)
    with pytest.raises(ValueError, match=rf"for one sample {what}\[None\]"):
        build(name)(values[0])
    encoder = build(name)
    assert_close(encoder(values[0][None]).values[0], encoder(values).values[0], **EXACT)


@needs_fake_gpu  # and what torch 2.3 compiles depends on Python
@every_encoder
def test_the_door_can_be_compiled(name):
    encoder, column = build(name).eval(), column_of(name)

    def run(values, mask):
        return encoder(Padded(values, mask)).values

    torch.compiler.reset()
    # torch itself leaves the graph at a GRU.
    whole = torch.compile(
        run, backend="eager", fullgraph=name not in ("gru", "letters", "speech")
    )
    assert_close(whole(column.values, column.mask), run(column.values, column.mask))


def test_settings_that_cannot_work_are_refused():
    for wrong in ((-1, [2]), (0, []), (1, [0])):
        with pytest.raises(ValueError, match="expected at least one column"):
            TableEncoder(*wrong, d_model=8)
    with pytest.raises(ValueError, match="depth is 0"):
        SensorEncoder(CHANNELS, 8, depth=0)
    for encoder in (
        lambda: TransformerEncoder(WORDS, 16, heads=3),
        lambda: PatchEncoder(16, heads=3),
        lambda: TableEncoder(1, [], 16, heads=3),
    ):
        with pytest.raises(ValueError, match="d_model 16 is not a multiple of heads 3"):
            encoder()
    with pytest.raises(ValueError, match="depth is -1"):
        TransformerEncoder(WORDS, 16, depth=-1)
    with pytest.raises(ValueError, match="width is 7; expected an even number"):
        TransformerEncoder(WORDS, 7, heads=1)(torch.tensor([[1, 2]]))
    with pytest.raises(ValueError, match="expected a multiple of 4"):
        PatchEncoder(6, heads=1)(torch.zeros(1, 3, 8, 8))
