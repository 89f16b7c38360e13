"""CI does what the README says, and the README names what there is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from mmlearn.course.paths import NOTEBOOKS, ROOT, all_notebooks, number

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("code", "of_torchtext"), [(0, 0), (4, 0), (0, 5)])
@pytest.mark.skipif(sys.platform == "win32", reason="CI runs on Linux")
def test_ci_runs_the_readmes_test_commands_in_a_clean_clone(
    tmp_path, code, of_torchtext
):
    repository, seen = tmp_path / "repository", tmp_path / "seen"
    (repository / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", repository / ".ci" / "run")
    (repository / "README.md").write_text(README)
    (repository / "course.py").write_text(
        "import os, sys\n"
        f"print(os.getcwd(), *sys.argv, file=open({str(seen)!r}, 'a'))\n"
        f"assert not os.path.exists('untracked')\n"
        f"sys.exit({of_torchtext} if 'torchtext' in sys.argv else {code})\n"
    )
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(repository)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "all"], check=True)
    (repository / "untracked").touch()
    done = subprocess.run(
        [str(repository / ".ci" / "run")],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert done.returncode == (code or of_torchtext), done.stderr
    assert f"python3 course.py test: exit code {code} after " in done.stdout
    assert f"--stack torchtext: exit code {of_torchtext} after " in done.stdout
    calls = [line.split(" ", 1) for line in seen.read_text().splitlines()]
    commands = ["course.py test", "course.py test --stack torchtext"]
    assert [command for _, command in calls] == commands
    for folder, _ in calls:
        assert folder != str(repository)
        assert not os.path.exists(folder), "the clone was not taken away"


@pytest.mark.skipif(sys.platform == "win32", reason="CI runs on Linux")
def test_ci_fails_when_the_readme_lacks_a_test_command(tmp_path):
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "README.md").write_text("python3 course.py test\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "-m", "all"], check=True)
    done = subprocess.run([str(tmp_path / ".ci" / "run")], capture_output=True)
    assert done.returncode == 1 and b"shows 1 test commands" in done.stdout


def test_the_table_of_notebooks_names_those_that_are_there():
    listed = re.findall(r"^\| \[(\d\d)\]", README, re.MULTILINE)
    assert listed == [number(path) for path in all_notebooks(NOTEBOOKS)]


def test_files_that_the_readme_links_to_are_there():
    links = re.findall(r"\]\(((?!http)[^)#]+)\)", README)
    assert links and [link for link in links if not (ROOT / link).exists()] == []


def test_commands_that_the_readme_shows_exist(course):
    shown = set(re.findall(r"python3 course\.py (\w+)", README))
    assert shown == set(course.COMMANDS)


def test_the_readme_says_what_is_not_tested():
    assert re.search(r"not tested in CI", README) and "GPL-3" in README
