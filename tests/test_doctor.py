"""python -m mmlearn doctor: each check on what is right, and on what is broken."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmlearn.course import doctor, kit, preflight, sums, whole
from mmlearn.course.paths import ROOT
from mmlearn.course.stack import CURRENT, TORCHTEXT


def test_here_notebooks_and_torch_and_mmlearn_are_right():
    checks = (doctor.python, doctor.torch_pair, doctor.torchtext, doctor.kernel)
    for check in (*checks, doctor.ours):
        finding = check()
        assert finding.ok, doctor.line(check.__name__, finding)


def test_a_line_is_ok_or_names_the_mend():
    good = doctor.line("disk", doctor.Finding(True, "9 GB free", "free some"))
    bad = doctor.line("disk", doctor.Finding(False, "0 GB free.", "free some"))
    assert good == "OK    disk: 9 GB free"
    assert bad == "FAIL  disk: 0 GB free. Fix: free some"


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_tells_a_failure(monkeypatch, capsys, ok, code):
    checks = {
        "a": lambda: doctor.Finding(True, "x"),
        "b": lambda: doctor.Finding(ok, "y"),
    }
    monkeypatch.setattr(doctor, "CHECKS", checks)
    assert doctor.main([]) == code
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_check_that_breaks_does_not_end_the_doctor(monkeypatch, capsys):
    def breaks() -> doctor.Finding:
        raise RuntimeError("odd")

    after = {"a": breaks, "b": lambda: doctor.Finding(True, "fine")}
    monkeypatch.setattr(doctor, "CHECKS", after)
    assert doctor.main([]) == 1
    said = capsys.readouterr().out
    assert "odd" in said and "OK    b: fine" in said


def test_it_takes_no_arguments(capsys):
    assert doctor.main(["--fix"]) == 2
    assert "--fix" in capsys.readouterr().out


def module(folder: Path, name: str, code: str) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(code)
    return folder


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import os; os._exit(139)", "ended with code 139"),
        ("raise OSError('libtorch.so: cannot open')", "libtorch.so: cannot open"),
    ],
)
def test_a_broken_torch_is_reported_and_breaks_nothing(
    tmp_path, monkeypatch, code, found
):
    monkeypatch.setenv("PYTHONPATH", str(module(tmp_path, "torch", code)))
    finding = doctor.torch_pair()
    assert not finding.ok and found in finding.text
    assert "from the same place" in finding.fix


@pytest.mark.parametrize(
    ("package", "fault", "check"),
    [
        (
            "torchvision",  # of another build than torch
            "RuntimeError('operator torchvision::nms does not exist')",
            doctor.torch_pair,
        ),
        (
            "soundfile",
            "OSError('libsndfile.so: cannot open')",
            doctor.libraries,
        ),
    ],
)
def test_a_package_that_does_not_load(tmp_path, monkeypatch, package, fault, check):
    monkeypatch.setenv("PYTHONPATH", str(module(tmp_path, package, f"raise {fault}")))
    finding = check()
    assert not finding.ok and fault.split("'")[1] in finding.text


def test_a_torch_that_is_not_its_stacks_is_reported(tmp_path, monkeypatch):
    said = "torch 2.3.1+cpu + torchvision 0.18.1+cpu"
    monkeypatch.setattr(doctor, "ask", lambda code: (True, said))
    for stack, ok in ((TORCHTEXT, True), (CURRENT, False)):
        monkeypatch.setattr(doctor, "here", lambda stack=stack: stack)
        monkeypatch.setattr(sys, "prefix", str(ROOT / stack.folder))
        assert doctor.torch_pair().ok is ok
    assert doctor.torch_pair().fix.startswith("delete .venv; ")
    monkeypatch.setattr(sys, "prefix", "/opt/ones/own")  # not for us to say
    assert doctor.torch_pair().ok


def test_torchtext_is_asked_for_on_its_stack_only(tmp_path, monkeypatch):
    code = "raise OSError('libtorchtext.so: undefined symbol')"
    monkeypatch.setenv("PYTHONPATH", str(module(tmp_path, "torchtext", code)))
    monkeypatch.setattr(doctor, "here", lambda: CURRENT)
    finding = doctor.torchtext()
    assert finding.ok and "--stack torchtext" in finding.text
    monkeypatch.setattr(doctor, "here", lambda: TORCHTEXT)
    finding = doctor.torchtext()
    assert not finding.ok and "undefined symbol" in finding.text


def test_another_mmlearn_on_the_path_is_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(module(tmp_path, "mmlearn", "")))
    finding = doctor.ours()
    assert not finding.ok and str(tmp_path) in finding.text
    assert "PYTHONPATH" in finding.fix


def test_the_other_project_of_that_name_is_reported(tmp_path, monkeypatch):
    folder = tmp_path / "mmlearn-0.1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mmlearn\nVersion: 0.1.0\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    finding = doctor.ours()
    assert not finding.ok and "mmlearn 0.1.0" in finding.text
    assert finding.fix.endswith("-m pip uninstall mmlearn`")


def test_an_mmlearn_that_cannot_be_imported(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(module(tmp_path, "mmlearn", "1 / 0")))
    finding = doctor.ours()
    assert not finding.ok and "ZeroDivisionError" in finding.text


def test_a_kernel_in_another_python_is_reported(monkeypatch):
    monkeypatch.setattr(
        doctor, "ask", lambda code, folder=None: (True, "/other/python")
    )
    finding = doctor.kernel()
    assert not finding.ok and "/other/python" in finding.text


@pytest.mark.parametrize(
    "check", [doctor.torch_pair, doctor.kernel, doctor.data_cache, doctor.speech]
)
def test_before_the_installation_the_mend_is_to_install(
    monkeypatch, check: Callable[[], doctor.Finding]
):
    missing = "ModuleNotFoundError: No module named 'numpy'"
    monkeypatch.setattr(doctor, "ask", lambda code, folder=None: (False, missing))
    finding = check()
    assert not finding.ok and "python3 course.py lab" in finding.fix


def test_data_that_is_not_built_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    finding = doctor.data_cache()
    every = "emoji, digits, speech, watch, penguins, scenes"
    assert not finding.ok and finding.text == f"{every}: not built yet"
    assert "data prepare" in finding.fix


def test_a_data_package_that_was_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path))
    monkeypatch.setenv("MMLEARN_MNIST", str(tmp_path / "gone.csv.gz"))
    finding = doctor.data_cache()
    assert not finding.ok and "gone.csv.gz" in finding.text


def test_data_that_is_broken_is_built_again(monkeypatch):
    monkeypatch.setattr(
        doctor, "ask", lambda code, folder=None: (False, "a flipped byte")
    )
    finding = doctor.data_cache()
    assert not finding.ok and "data prepare" in finding.fix


def test_the_mend_is_called_as_the_course_is_called_here(monkeypatch):
    for stack in (CURRENT, TORCHTEXT):
        monkeypatch.setattr(doctor, "here", lambda stack=stack: stack)
        monkeypatch.setattr(sys, "prefix", str(ROOT / stack.folder))
        expected = f"python3 course.py data list{stack.option}"
        assert doctor.command_line("data list") == expected
    monkeypatch.setattr(sys, "prefix", "/opt/conda/envs/mmlearn")
    assert doctor.command_line("data list") == "python -m mmlearn data list"


def test_too_little_disk(monkeypatch):
    usage = SimpleNamespace(free=200_000_000)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    finding = doctor.disk()
    assert not finding.ok and "0.2 GB free" in finding.text and "0.8 GB" in finding.fix


def test_before_the_installation_the_disk_has_to_hold_it(monkeypatch):
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "platform", "linux")
    assert f"{preflight.GIGABYTES_CUDA:.0f} GB needed" in doctor.disk().text
    monkeypatch.setattr(sys, "platform", "darwin")
    assert f"{preflight.GIGABYTES_CPU:.0f} GB needed" in doctor.disk().text


@pytest.mark.parametrize(("free", "ok"), [(0.5, False), (3.0, True), (None, True)])
def test_memory(monkeypatch, free, ok):
    monkeypatch.setattr(doctor, "available_memory_gb", lambda: free)
    assert doctor.memory().ok is ok


def test_memory_can_be_read_without_psutil(monkeypatch):
    with_psutil = doctor.available_memory_gb()
    monkeypatch.setitem(sys.modules, "psutil", None)
    without = doctor.available_memory_gb()
    assert with_psutil is not None and with_psutil > 0
    if sys.platform == "linux":
        assert without is not None and without > 0


def test_a_wrong_python_is_reported(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert not doctor.python().ok
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: 1)
    assert "free-threaded" in doctor.python().text


def test_a_question_without_an_answer(monkeypatch):
    monkeypatch.setattr(doctor, "SECONDS", 0.2)
    ok, text = doctor.ask("import time; time.sleep(60)")
    assert not ok and text == "no answer within 0.2 s"


def test_packages_libraries_notebooks_and_speech_are_right_here():
    checks = (doctor.packages, doctor.libraries, doctor.notebooks, doctor.speech)
    for check in (*checks, doctor.kit_here, doctor.browser):
        finding = check()
        assert finding.ok, doctor.line(check.__name__, finding)


def test_a_package_that_is_missing_is_named(monkeypatch):
    there = whole.installed
    absent = {"av", "jupyterlab"}
    monkeypatch.setattr(
        whole, "installed", lambda name: None if name in absent else there(name)
    )
    finding = doctor.packages()
    assert not finding.ok and finding.text == "not installed: av, jupyterlab"
    assert "python3 course.py lab" in finding.fix


def test_what_a_package_needs_is_asked_of_pip(tmp_path, monkeypatch):
    folder = tmp_path / "tiny-1.dist-info"
    folder.mkdir()
    needs = "Metadata-Version: 2.1\nName: tiny\nVersion: 1\nRequires-Dist: absent9\n"
    (folder / "METADATA").write_text(needs)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finding = doctor.packages()
    assert not finding.ok and "tiny 1 requires absent9" in finding.text


@pytest.mark.parametrize("ours", [True, False])
def test_another_version_is_a_fault_in_an_environment_of_ours(monkeypatch, ours):
    there = whole.installed
    monkeypatch.setattr(
        whole, "installed", lambda name: "0.1" if name == "numpy" else there(name)
    )
    monkeypatch.setattr(doctor, "in_own_folder", lambda: ours)
    monkeypatch.setattr(doctor, "ask", lambda code: (True, "nothing is broken"))
    finding = doctor.packages()
    assert finding.ok is not ours
    assert ("numpy 0.1 (pinned: " if ours else "1 in other versions") in finding.text


def test_a_build_of_torch_is_the_pinned_version(monkeypatch):
    def built(name: str) -> str | None:
        return f"{pins[name]}+cpu" if name in ("torch", "torchvision") else None

    lines = (ROOT / CURRENT.pins).read_text().splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    monkeypatch.setattr(whole, "installed", built)
    assert whole.other_versions(ROOT, CURRENT) == []


def test_a_notebook_that_is_missing_is_named(tmp_path, monkeypatch):
    readme = "[00](notebooks/00-a.ipynb) [x](notebooks/glossary.md#logit) [y](TEACH.md)"
    (tmp_path / "README.md").write_text(readme)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/glossary.md").touch()
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    finding = doctor.notebooks()
    assert not finding.ok and finding.text == "not there: notebooks/00-a.ipynb"
    (tmp_path / "notebooks/00-a.ipynb").touch()
    assert doctor.notebooks().ok


def test_folders_that_cannot_be_used(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "file" / "kept"))
    finding = doctor.folders()
    assert not finding.ok and "kept cannot be written to" in finding.text
    assert "MMLEARN_CACHE" in finding.fix
    monkeypatch.setenv("MMLEARN_CACHE", str(tmp_path / "not" / "yet"))
    assert doctor.folders().ok and not (tmp_path / "not").exists()
    usage = SimpleNamespace(free=200_000_000)
    monkeypatch.setattr(whole.shutil, "disk_usage", lambda folder: usage)
    assert "yet has 0.2 GB of 1 free" in doctor.folders().text


def test_a_damaged_kit_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    kit.write(kit.Kit(tmp_path, "current", {}))
    (tmp_path / "wheels").mkdir()
    (tmp_path / "data").mkdir()
    sums.write(tmp_path)
    assert doctor.kit_here().ok and "all checksums right" in doctor.kit_here().text
    (tmp_path / "wheels/a.whl").touch()
    finding = doctor.kit_here()
    assert not finding.ok and "a.whl was not packed" in finding.text
    assert finding.fix.startswith("take it away")


def test_without_a_browser_the_address_is_opened_by_hand(monkeypatch):
    def none():
        raise doctor.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(doctor.webbrowser, "get", none)
    finding = doctor.browser()
    assert finding.ok and "address" in finding.text
