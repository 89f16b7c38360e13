"""Watch: the recordings as they were, and a pickle that can do no harm."""

import io
import os
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmlearn.data import watch
from mmlearn.data.split import split
from mmlearn.data.store import packages


def test_shapes() -> None:
    corpus = watch.load()
    assert len(corpus) == 140
    assert corpus["sensor"].shape == (140, 2618, 6)
    assert corpus["sensor"].dtype == np.float32
    assert corpus["length"].min() == 947 and corpus["length"].max() == 2618
    steps = np.arange(2618)
    assert not corpus["sensor"][steps >= corpus["length"][:, None]].any()
    assert np.isfinite(corpus["sensor"]).all()
    assert Counter(corpus["side"]) == {"left": 70, "right": 70}
    pairs = Counter(zip(corpus.groups.tolist(), corpus.label.tolist(), strict=True))
    assert set(pairs.values()) == {2} and len(pairs) == 10 * 7
    assert corpus.label_names[0] == "pendulum"


def test_acceleration_is_in_g() -> None:
    """On average a wrist moves at no acceleration but that of gravity."""
    corpus = watch.load()
    real = np.arange(2618) < corpus["length"][:, None]
    size = np.linalg.norm(corpus["sensor"][real][:, :3], axis=1)
    assert 0.9 < np.median(size) < 1.1


def test_people_stay_on_one_side() -> None:
    corpus = watch.load()
    parts = [set(corpus.groups[rows]) for rows in split(corpus.groups)]
    assert sum(map(len, parts)) == 10


def test_the_same_as_numpy_reads() -> None:
    """numpy's own reader runs what the pickle asks for; for this file that is known."""
    file = packages.find(packages.WATCH)
    packages.check(packages.WATCH)
    expected = np.load(file, allow_pickle=True).item()
    found = watch.read_objects(file.read_bytes())
    assert set(found) == set(expected)
    for name in ("y", "subject", "side"):
        np.testing.assert_array_equal(found[name], expected[name])
        assert found[name].dtype == expected[name].dtype
    for one, other in zip(found["X"], expected["X"], strict=True):
        np.testing.assert_array_equal(one, other)
    assert found["X_labels"] == expected["X_labels"]
    corpus = watch.load()
    for row, one in enumerate(expected["X"]):
        length = corpus["length"][row]
        np.testing.assert_array_equal(
            corpus["sensor"][row, :length], one.astype(np.float32)
        )
    np.testing.assert_array_equal(corpus.label, expected["y"])
    np.testing.assert_array_equal(corpus.groups + 1, expected["subject"])


def npy(data: bytes, shape: tuple[int, ...] = ()) -> bytes:
    """The head of an npy file of objects, and a pickle."""
    stream = io.BytesIO()
    head = {"descr": "|O", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, head)
    return stream.getvalue() + data


class Evil:
    """Its pickle asks to call a function with an argument."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (os.mkdir, r"posix\.mkdir|nt\.mkdir"),
        (eval, r"builtins\.eval"),
        (getattr, r"builtins\.getattr"),
        (np.load, r"numpy.*load"),
    ],
)
def test_a_pickle_that_calls_is_refused(
    function: Callable[..., Any], words: str, tmp_path: Path
) -> None:
    target = tmp_path / "made"
    content = npy(pickle.dumps([Evil(function, str(target))]))
    with pytest.raises(ValueError, match=rf"cannot be read: it asks for ({words})"):
        watch.read_objects(content)
    assert not target.exists()


class Kept(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        return "elsewhere" if obj == "kept" else None


def kept_elsewhere() -> bytes:
    stream = io.BytesIO()
    Kept(stream).dump(["kept"])
    return npy(stream.getvalue())


def array(state: tuple[Any, ...]) -> bytes:
    """A pickle of protocol 2 in which an array is built from this state."""
    head = b"\x80\x02]cnumpy.core.multiarray\n_reconstruct\n)R"
    return npy(head + pickle.dumps(state, 2)[2:-1] + b"ba.")


def dtype(name: str) -> bytes:
    head = b"\x80\x02]cnumpy.core.multiarray\n_reconstruct\n)R(K\x01K\x02\x85"
    kind = b"cnumpy\ndtype\nX" + len(name).to_bytes(4, "little") + name.encode()
    return npy(
        head + kind + b"\x85R(K\x03X\x01\x00\x00\x00<tb\x89C\x10" + b"0" * 16 + b"tba."
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "found no npy file"),
        (b"not an npy file", "found no npy file"),
        (npy(pickle.dumps([1]), shape=(3,)), r"object \(3,\); expected one object"),
        (npy(b"rubbish"), "cannot be read"),
        (npy(pickle.dumps([{}])[:-3]), "cannot be read"),
        (npy(pickle.dumps({"X": 1})), "expected one of them"),
        (npy(pickle.dumps([1, 2])), "expected one of them"),
        (kept_elsewhere(), "kept elsewhere, 'elsewhere'"),
        (array((1, 2)), "cannot be read"),
        (dtype("V8"), "an array of V8"),
        (npy(b"\x80\x02]c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00rot13\x86Ra."),
         "encoding 'rot13'"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        watch.read_objects(content)


def test_an_array_of_the_wrong_length() -> None:
    content = dtype("f8")
    np.testing.assert_array_equal(
        watch.read_objects(content), np.frombuffer(b"0" * 16, dtype="<f8")
    )
    with pytest.raises(ValueError, match=r"an array \(2,\) of 8 bytes"):
        watch.read_objects(content.replace(b"C\x10" + b"0" * 16, b"C\x08" + b"0" * 8))


@pytest.mark.parametrize("change", [lambda b: b[:-1] + b"?", lambda b: b + b" "])
def test_another_file_is_not_read_at_all(
    change: Callable[[bytes], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a copy that a variable names."""
    good = packages.find(packages.WATCH).read_bytes()
    own = tmp_path / "watch_dataset.npy"
    own.write_bytes(change(good))
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMLEARN_WATCH", str(own))
    monkeypatch.setattr(watch, "read_objects", lambda content: pytest.fail("was read"))
    with pytest.raises(ValueError, match=r"has sha256 .* it is not read"):
        watch.load()
    own.unlink()
    with pytest.raises(FileNotFoundError, match="MMLEARN_WATCH says so"):
        watch.load()


def test_a_copy_of_the_same_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "watch.npy"
    own.write_bytes(packages.find(packages.WATCH).read_bytes())
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MMLEARN_WATCH", str(own))
    assert len(watch.load()) == 140


def test_other_names_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"y_labels": ["JUMP"], "X_labels": list(watch.CHANNELS)}
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    monkeypatch.setattr(watch, "read_objects", lambda content: data)
    with pytest.raises(ValueError, match=r"\['JUMP'\].* expected \['PEN'"):
        watch.load()
