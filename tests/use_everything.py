"""What a learner does: data, a figure, a notebook saved in JupyterLab. Then `clear`.

python tests/use_everything.py ENVIRONMENT WORK
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from mmlearn.course import kernel, lab, traces

ENVIRONMENT, WORK = Path(sys.argv[1]), Path(sys.argv[2])
traces.keep_inside(ENVIRONMENT, os.environ)  # before matplotlib is imported

import matplotlib.pyplot as plt  # noqa: E402

from mmlearn.data import command  # noqa: E402

EMPTY = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def ask(url: str, method: str = "GET", content: object = None) -> bytes:
    """What JupyterLab answers, as soon as it does."""
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(f"{url}?token=x", body, method=method)
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody answers at {url}")


def save(notebook: Path) -> None:
    """Open a notebook in JupyterLab, and save it and the arrangement of the windows."""
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=x"]
    with kernel.own_kernel(), lab.own_defaults() as defaults:
        start = lab.command(notebook, defaults, options)
        with subprocess.Popen(start, stderr=subprocess.PIPE, text=True) as server:
            try:
                assert server.stderr is not None
                said = iter(server.stderr.readline, "")
                line = next(line for line in said if "http://localhost" in line)
                root = line[line.index("http") :].split("/lab/")[0]
                file = f"{root}/api/contents/{notebook.name}"
                ask(file, "PUT", json.loads(ask(file)))
                window = {"data": {}, "metadata": {"id": "default"}}
                ask(f"{root}/lab/api/workspaces/default", "PUT", window)
            finally:
                server.terminate()
                server.communicate(timeout=60)


assert command.main(["prepare", "penguins"]) == 0
plt.figure().savefig(WORK / "figure.png")
assert kernel.python() == sys.executable
(WORK / "first.ipynb").write_text(json.dumps(EMPTY))
save(WORK / "first.ipynb")
assert command.main(["clear"]) == 0
