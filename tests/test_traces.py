"""Uninstalling: `data clear` and removing the environment leave nothing behind."""

from __future__ import annotations

# What a learner does: data, a figure, a notebook that is run and saved, JupyterLab.
USE = """
import asyncio, json, os, subprocess, sys, tempfile, time, urllib.request
from pathlib import Path
from mmlearn.course import kernel, lab, traces
environment, work = Path(sys.argv[1]), Path(sys.argv[2])
if environment.name == ".venv":
    traces.keep_inside(environment, os.environ)
from mmlearn.data import command
assert command.main(["prepare", "penguins"]) == 0
import matplotlib.pyplot as plt
plt.figure().savefig(work / "figure.png")
assert kernel.python() == sys.executable
notebook = work / "first.ipynb"
notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
with kernel.own_kernel(), lab.own_defaults() as defaults:
    options = ["--no-browser", "--allow-root", "--ServerApp.token=x"]
    server = subprocess.Popen(
        lab.command(notebook, defaults, options), stderr=subprocess.PIPE, text=True
    )
    lines = iter(server.stderr.readline, "")
    address = next(line for line in lines if "http://localhost" in line)
    address = address[address.index("http") :].split("/lab/")[0]
    def ask(path, method="GET", **content):
        body = json.dumps(content).encode() if content else None
        request = urllib.request.Request(f"{address}{path}?token=x", body, method=method)
        for _ in range(100):
            try:
                return urllib.request.urlopen(request, timeout=30).read()
            except urllib.error.HTTPError:
                raise
            except urllib.error.URLError:
                time.sleep(0.1)
    try:
        there = json.loads(ask("/api/contents/first.ipynb"))
        ask("/api/contents/first.ipynb", "PUT", **there)
        ask("/lab/api/workspaces/default", "PUT", data={}, metadata={"id": "default"})
    finally:
        server.terminate()
        server.communicate(timeout=60)
print(*os.listdir(Path.home()), sep="\\n")
assert command.main(["clear"]) == 0
"""
