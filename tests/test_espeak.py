"""The traps of espeak-ng, each sprung once."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mmlearn.data.store import packages
from mmlearn.data.synth import espeak

pytest.importorskip("espeakng_loader", reason="the extra `speech` is not installed")

ORDER = [("en-us+f1", "seven"), ("en-gb-x-rp+Mr serious", "two"), ("fr", "bonjour")]


def test_speaks_the_same_in_every_process() -> None:
    first, second = espeak.speak(ORDER), espeak.speak(ORDER)
    assert len(first) == 3
    for a, b in zip(first, second, strict=True):
        assert a.dtype == np.int16
        np.testing.assert_array_equal(a, b)
        assert 0.1 < len(a) / espeak.RATE < 2
        assert np.abs(a.astype(int)).max() > 1_000  # it is heard


def test_the_variant_is_heard() -> None:
    plain, variant = espeak.speak([("en-us", "five"), ("en-us+croak", "five")])
    assert len(plain) != len(variant) or (plain != variant).any()


def test_a_long_data_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = espeak.speak(ORDER)
    deep = tmp_path / ("a" * 90) / ("b" * 90)
    shutil.copytree(packages.find(packages.ESPEAK), deep / "espeak-ng-data")
    monkeypatch.setenv("MMLEARN_ESPEAK", str(deep / "espeak-ng-data"))
    for a, b in zip(usual, espeak.speak(ORDER), strict=True):
        np.testing.assert_array_equal(a, b)


def test_nothing_to_say() -> None:
    assert espeak.speak([]) == []


def test_unknown_variant() -> None:
    with pytest.raises(ValueError, match=r"utterance 1: .* no variant 'nobody'"):
        espeak.speak([("en-us+f1", "one"), ("en-us+nobody", "one")])


def test_unknown_language() -> None:
    with pytest.raises(ValueError, match="utterance 1: no voice 'xx-nowhere'"):
        espeak.speak([("en-us", "one"), ("xx-nowhere", "one")])


@pytest.mark.parametrize("text", ["", "  \n"])
def test_blank_text(text: str) -> None:
    with pytest.raises(ValueError, match="utterance 0: the text is blank"):
        espeak.speak([("en-us", text)])


def test_a_fault_in_the_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "voices" / "!v").mkdir(parents=True)  # a data folder without data
    monkeypatch.setenv("MMLEARN_ESPEAK", str(tmp_path))
    with pytest.raises(RuntimeError, match="espeak-ng ended with"):
        espeak.speak([("en-us", "one")])


def test_variants_are_those_that_repeat() -> None:
    names = espeak.variants()
    assert len(names) == 95
    assert names == sorted(names)
    assert not set(names) & espeak.IRREPRODUCIBLE
    assert espeak._known(packages.find(packages.ESPEAK)) >= espeak.IRREPRODUCIBLE


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"extra `speech`.* once") as caught:
        espeak.speak([("en-us", "one")])
    assert "from the cache they load without it" in str(caught.value)
