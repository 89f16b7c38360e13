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


@pytest.mark.parametrize("code", [0, 4])
@pytest.mark.skipif(sys.platform == "win32", reason="CI runs on Linux")
def test_ci_runs_the_readmes_test_command_in_a_clean_clone(tmp_path, code):
    repository, seen = tmp_path / "repository", tmp_path / "seen"
    (repository / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", repository / ".ci" / "run")
    (repository / "README.md").write_text(README)
    (repository / "course.py").write_text(
        "import os, sys\n"
        f"open({str(seen)!r}, 'w').write(os.getcwd() + repr(sys.argv))\n"
        f"assert not os.path.exists('untracked')\n"
        f"sys.exit({code})\n"
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
    assert done.returncode == code, done.stderr
    assert f"python3 course.py test: exit code {code} after " in done.stdout
    folder, arguments = seen.read_text().split("[")
    assert arguments == "'course.py', 'test']" and folder != str(repository)
    assert not os.path.exists(folder), "the clone was not taken away"


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
