"""Never half an entry, never a wrong one; the next call mends it."""

import errno
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from mmlearn.data.store import cache, checked
from mmlearn.data.store.cache import Built, Recipe

VALUES = np.arange(3_000, dtype=np.int16).reshape(1_000, 3)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def small(built: list[int] | None = None, **key: int) -> Recipe:
    def build() -> Built:
        if built is not None:
            built.append(1)
        texts = [f"Zeile {i} é \U0001f600" for i in range(1_000)]
        return Built({"values": VALUES, "texts": texts}, {"names": ["a", "b"]})

    return Recipe("small", {"builder": 1, **key}, build, "CC0", "made here")


def assert_right(built: Built) -> None:
    np.testing.assert_array_equal(built.columns["values"], VALUES)
    assert np.asarray(built.columns["values"]).dtype == np.int16
    assert built.columns["texts"][7] == "Zeile 7 é \U0001f600"
    assert built.notes == {"names": ["a", "b"]}


def only_the_entry(home: Path) -> None:
    left = sorted(p.name for p in home.iterdir() if p.name != ".small.lock")
    assert left == [cache.entry(small()).name]


def test_builds_once_then_loads(home: Path) -> None:
    built: list[int] = []
    for _ in range(3):
        assert_right(cache.cached(small(built)))
    assert built == [1]
    only_the_entry(home)
    manifest = cache.read_manifest(cache.entry(small()))
    assert manifest["rows"] == 1_000
    assert manifest["licence"] == "CC0"
    assert manifest["versions"]["numpy"] == np.__version__


def test_another_key_is_another_entry() -> None:
    cache.cached(small())
    cache.cached(small(pixels=64))
    assert len(cache.entries()) == 2


def test_arrays_are_mapped_copy_on_write() -> None:
    values = cache.cached(small()).columns["values"]
    assert isinstance(values, np.memmap)
    values[:] = 0
    assert_right(cache.cached(small()))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3), np.float32),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.array([True, False]),
        np.arange(10)[::2],
    ],
    ids=["empty", "fortran", "bool", "strided"],
)
def test_any_plain_array_comes_back(array: np.ndarray) -> None:
    recipe = Recipe("one", {"shape": array.shape}, lambda: Built({"x": array}), "", "")
    cache.cached(recipe)
    back = np.asarray(cache.cached(recipe).columns["x"])
    np.testing.assert_array_equal(back, array)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)


def test_objects_are_refused(home: Path) -> None:
    objects = np.array([{}], dtype=object)
    recipe = Recipe("bad", {}, lambda: Built({"x": objects}), "", "")
    with pytest.raises(TypeError, match="objects cannot be cached"):
        cache.cached(recipe)
    assert cache.entries() == []
    assert not list(home.glob("*.building-*"))


def flip(file: Path, position: int) -> None:
    content = bytearray(file.read_bytes())
    content[position] ^= 1
    file.write_bytes(content)


DAMAGE = {
    "flipped in an array's header": lambda e: flip(e / "values.npy", 12),
    "flipped in an array": lambda e: flip(e / "values.npy", 3_000),
    "flipped in texts": lambda e: flip(e / "texts.json", 100),
    "flipped in the manifest": lambda e: flip(e / "manifest.json", 40),
    "flipped at the manifest's end": lambda e: flip(e / "manifest.json", -5),
    "cut array": lambda e: os.truncate(e / "values.npy", 2_000),
    "cut texts": lambda e: os.truncate(e / "texts.json", 10),
    "cut manifest": lambda e: os.truncate(e / "manifest.json", 200),
    "empty manifest": lambda e: os.truncate(e / "manifest.json", 0),
    "manifest of another kind": lambda e: (e / "manifest.json").write_text("[1]"),
    "missing array": lambda e: (e / "values.npy").unlink(),
    "missing texts": lambda e: (e / "texts.json").unlink(),
    "missing manifest": lambda e: (e / "manifest.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_said_and_mended(damage: str, home: Path) -> None:
    built: list[int] = []
    cache.cached(small(built))
    DAMAGE[damage](cache.entry(small()))
    with pytest.raises(cache.DamagedError):
        cache.verify(cache.entry(small()))
    with pytest.warns(UserWarning, match="building it again") as said:
        assert_right(cache.cached(small(built)))
    assert len(said) == 1
    assert "\n" not in str(said[0].message)
    assert built == [1, 1]
    only_the_entry(home)
    cache.verify(cache.entry(small()))
    assert_right(cache.cached(small(built)))
    assert built == [1, 1]


def test_verify_compares_sha256() -> None:
    cache.cached(small())
    file = cache.entry(small()) / "manifest.json"
    manifest = cache.read_manifest(file.parent)
    manifest["files"]["values.npy"]["sha256"] = "0" * 64
    file.write_text(json.dumps({**manifest, "sha256": cache._hash(manifest)}))
    with pytest.raises(cache.DamagedError, match=r"values\.npy has another sha256"):
        cache.verify(file.parent)


CHILD = """
    import sys, time
    from pathlib import Path
    import numpy as np
    from mmlearn.data.store import cache
    scratch = Path(sys.argv[1])

    def build():
        with (scratch / "builds").open("a") as file:
            file.write("x")
        time.sleep(0.5)
        return cache.Built({"values": np.arange(3000, dtype=np.int16), "texts": ["a"]})

    recipe = cache.Recipe("both", {}, build, "", "")
"""


def child(code: str, scratch: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD) + textwrap.dedent(code), scratch],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )


def test_two_processes_build_once(tmp_path: Path) -> None:
    code = "print(int(cache.cached(recipe).columns['values'].sum()))"
    processes = [child(code, tmp_path) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [output for output, _ in outputs] == [f"{sum(range(3000))}\n"] * 2, outputs
    assert [error for _, error in outputs] == ["", ""]
    assert (tmp_path / "builds").read_text() == "x"
    assert len(cache.entries()) == 1


@pytest.mark.parametrize("moment", ["building", "writing"])
def test_a_killed_build_is_swept(moment: str, tmp_path: Path, home: Path) -> None:
    hang = {
        "building": "stop = cache.Recipe('both', {}, hang, '', '')",
        "writing": "cache._sync = hang; stop = recipe",  # files written, not renamed
    }[moment]
    code = f"""
    def hang(*_):
        print("here", flush=True)
        time.sleep(60)

    {hang}
    cache.cached(stop)
    """
    process = child(code, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.kill()
    process.wait()
    process.communicate()
    assert cache.entries() == []
    assert len(list(home.glob("*.building-*"))) == (moment == "writing")

    again = child("print(len(cache.cached(recipe).columns['values']))", tmp_path)
    assert again.communicate(timeout=60)[0] == "3000\n"
    assert len(cache.entries()) == 1
    assert not list(home.glob("*.building-*"))


def test_full_disk(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = checked.Checked.write
    limit = 4_000

    def full(self: checked.Checked, block: bytes) -> int:
        if self.size + len(block) > limit:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, block)

    monkeypatch.setattr(checked.Checked, "write", full)
    with pytest.raises(OSError, match="the disk is full: small-") as caught:
        cache.cached(small())
    assert_full(caught.value, home)
    monkeypatch.undo()
    monkeypatch.setenv("MMLEARN_CACHE", str(home))
    assert_right(cache.cached(small()))


def assert_full(error: OSError, home: Path) -> None:
    assert error.errno == errno.ENOSPC
    assert "MB in" in str(error)
    assert str(home) in str(error)
    assert "MMLEARN_CACHE" in str(error)
    assert cache.entries() == []
    assert not list(home.glob("*.building-*"))


@pytest.fixture
def mounted(home: Path) -> Iterator[Path]:
    """A disk of 1 MB of its own, where the system lets us make one."""
    home.mkdir()
    mount = shutil.which("mount")
    if mount is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a disk; test_full_disk stands in for it")
    command = [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(home)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no mounting here; test_full_disk stands in for it")
    yield home
    subprocess.run(["umount", str(home)], check=True)


def test_full_disk_for_real(mounted: Path) -> None:
    big = np.zeros(2_000_000, np.uint8)
    recipe = Recipe("big", {}, lambda: Built({"x": big}), "", "")
    with pytest.raises(OSError, match=r"big-.* needs 2 MB") as caught:
        cache.cached(recipe)
    assert_full(caught.value, mounted)
    assert_right(cache.cached(small()))  # there is room for this one


def test_read_only_disk_for_real(mounted: Path) -> None:
    cache.cached(small())
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    assert_right(cache.cached(small()))  # loading needs no writing
    with pytest.raises(OSError, match=r"cannot be written .* Set MMLEARN_CACHE"):
        cache.cached(small(pixels=1))


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "file" / "kept"))
    built: list[int] = []
    with pytest.raises(OSError, match=r"cannot be written .* Set MMLEARN_CACHE"):
        cache.cached(small(built))
    assert built == []  # no work is done that could not be kept


def test_errors_of_a_build_pass_through(home: Path) -> None:
    def build() -> Built:
        raise FileNotFoundError("no such package")

    with pytest.raises(FileNotFoundError, match=r"^no such package$"):
        cache.cached(Recipe("gone", {}, build, "", ""))
    assert not list(home.glob("*.building-*"))


def test_clear_removes_ours_only(home: Path) -> None:
    cache.cached(small())
    entry = cache.entry(small())
    (home / "small-0123456789abcdef.building-77").mkdir()
    (home / "thesis").mkdir()
    (home / "thesis" / "chapter.txt").write_text("mine")
    names, freed = cache.clear()
    assert sorted(names) == sorted([entry.name, "small-0123456789abcdef.building-77"])
    assert freed > VALUES.nbytes
    assert (home / "thesis" / "chapter.txt").read_text() == "mine"
    assert cache.entries() == []
    assert cache.clear() == ([], 0)
    assert [path.name for path in home.iterdir()] == ["thesis"], "locks go too"


def test_clear_removes_the_folder_unless_it_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.cached(small())
    chosen = cache.folder()
    cache.clear()
    assert list(chosen.iterdir()) == []
    monkeypatch.delenv("MMLEARN_CACHE")
    for variable in ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "ada"))
    cache.cached(small())
    usual = cache.folder()
    assert usual.is_relative_to(tmp_path / "ada")
    with FileLock(usual / ".other.lock"):  # another process builds
        cache.clear()
        assert [path.name for path in usual.iterdir()] == [".other.lock"]
    cache.clear()
    assert not usual.exists()
    assert cache.clear() == ([], 0)


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {"HOME": "/home/ada"}, "/home/ada/.cache/mmlearn-course"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": "/x"}, "/x/mmlearn-course"),
        ("linux", {"HOME": "/h", "XDG_CACHE_HOME": "x"}, "/h/.cache/mmlearn-course"),
        ("darwin", {"HOME": "/h"}, "/h/Library/Caches/mmlearn-course"),
        ("win32", {"HOME": "/h", "LOCALAPPDATA": "/l"}, "/l/mmlearn-course"),
        ("linux", {"HOME": "/h", "MMLEARN_CACHE": "~/data"}, "/h/data"),
    ],
)
@pytest.mark.skipif(os.name != "posix", reason="paths of this test are POSIX")
def test_where_it_is_kept(
    system: str,
    variables: dict[str, str],
    expected: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("MMLEARN_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    assert cache.folder() == Path(expected)


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("MMLEARN_CACHE")
    monkeypatch.setattr(Path, "home", nowhere)
    with pytest.raises(RuntimeError, match="set MMLEARN_CACHE"):
        cache.folder()
