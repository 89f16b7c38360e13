"""What has to be true before anything is installed."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import sysconfig
from types import SimpleNamespace

import pytest

from mmlearn.course import preflight
from mmlearn.course.stack import TORCHTEXT


def one_line_with_a_mend(said: str | None) -> bool:
    return said is not None and " Fix: " in said and "\n" not in said


def test_this_machine_will_do():
    assert preflight.machine_problem() is None


def intel_mac(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(preflight.platform, "machine", lambda: "x86_64")


def thirty_two_bits(monkeypatch):
    monkeypatch.setattr(struct, "calcsize", lambda form: 4)


def pypy(monkeypatch):
    monkeypatch.setattr(sys, "implementation", SimpleNamespace(name="pypy"))


def free_threaded(monkeypatch):
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1)


@pytest.mark.parametrize(
    ("machine", "named"),
    [
        (intel_mac, "Intel Mac"),
        (thirty_two_bits, "32-bit"),
        (pypy, "pypy"),
        (free_threaded, "free-threaded"),
    ],
)
def test_a_machine_without_torch_is_refused(monkeypatch, machine, named):
    machine(monkeypatch)
    said = preflight.machine_problem()
    assert one_line_with_a_mend(said) and named in said


def test_apple_silicon_is_not_refused(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(preflight.platform, "machine", lambda: "arm64")
    assert preflight.machine_problem() is None


def test_ensurepip_is_here():
    assert preflight.ensurepip_problem() is None


def test_a_python_without_ensurepip(tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    # What Debian leaves: a folder of the name, which can be imported and is empty.
    (tmp_path / "ensurepip").mkdir()
    (tmp_path / "ensurepip" / "__init__.py").touch()
    said = preflight.ensurepip_problem(str(python))
    assert one_line_with_a_mend(said)
    assert f"apt install python3.{sys.version_info[1]}-venv" in said


def test_a_folder_that_will_do(tmp_path):
    folder = tmp_path / "my courses äß"
    folder.mkdir()
    assert preflight.folder_problem(folder) is None
    assert list(folder.iterdir()) == []


def test_a_folder_with_the_path_separator_in_its_name(tmp_path):
    folder = tmp_path / "a:b"
    folder.mkdir()
    assert one_line_with_a_mend(preflight.folder_problem(folder))


def test_a_folder_that_is_not_there(tmp_path):
    assert one_line_with_a_mend(preflight.folder_problem(tmp_path / "gone"))


def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch):
    def refuse(dir):  # not by its rights: root may write everywhere
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(preflight.tempfile, "TemporaryFile", refuse)
    said = preflight.folder_problem(tmp_path)
    assert one_line_with_a_mend(said) and "Permission denied" in said


def disk_with(monkeypatch, gigabytes):
    usage = SimpleNamespace(free=int(gigabytes * 1e9))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)


def test_too_little_disk(tmp_path, monkeypatch):
    disk_with(monkeypatch, 3.0)
    said = preflight.disk_problem(tmp_path, 4.5)
    assert one_line_with_a_mend(said)
    assert "3.0 GB are free" in said and "free 1.5 GB" in said


def test_too_little_disk_for_cuda_points_to_the_smaller_wheels(tmp_path, monkeypatch):
    disk_with(monkeypatch, 3.0)
    said = preflight.disk_problem(tmp_path, preflight.GIGABYTES_CUDA)
    assert one_line_with_a_mend(said) and "README, 'Less disk'" in said


def test_enough_disk(tmp_path, monkeypatch):
    disk_with(monkeypatch, 4.6)
    assert preflight.disk_problem(tmp_path, 4.5) is None


@pytest.mark.parametrize(
    ("platform", "settings", "needed"),
    [
        ("linux", "", preflight.GIGABYTES_CUDA),
        ("linux", "global.index-url='https://host/simple'", preflight.GIGABYTES_CUDA),
        (
            "linux",
            ":env:.extra-index-url='https://host/whl/cpu'",
            preflight.GIGABYTES_CPU,
        ),
        ("darwin", "", preflight.GIGABYTES_CPU),
        ("win32", "", preflight.GIGABYTES_CPU),
    ],
)
def test_space_that_is_asked_for(monkeypatch, platform, settings, needed):
    monkeypatch.setattr(sys, "platform", platform)
    assert preflight.gigabytes_needed(settings) == needed


def test_supported_versions():
    versions = [(3, 10), (3, 11), (3, 12), (3, 13), (3, 14)]
    supported = [preflight.supported(version) for version in versions]
    assert supported == [False, True, True, True, False]
    with_torchtext = [preflight.supported(version, TORCHTEXT) for version in versions]
    assert with_torchtext == [False, True, True, False, False]


def test_the_check_of_ensurepip_starts_a_new_process(monkeypatch):
    commands = []

    def run(command, **options):
        commands.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    assert preflight.ensurepip_problem("/some/python") is not None
    assert commands[0][0] == "/some/python"
