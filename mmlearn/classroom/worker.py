"""One child process: what it is asked, what it answers, and its end."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

import psutil

from mmlearn.classroom.network import cut_off
from mmlearn.course.paths import ROOT

START_SECONDS = 60.0  # torch from a cold disk
LOOK = 0.2  # seconds between two looks at it
SLEEP = 5  # by the clock it may take so many times what it may compute
LONGEST_LINE = 20_000_000  # characters of an answer


class Ended(Exception):
    """The process is no more, or says what is no answer."""


class Worker:
    """A process that runs hand-ins, in a temporary folder and without a network."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="mmlearn-hand-in-", ignore_cleanup_errors=True
        )
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {
            "OMP_NUM_THREADS": "1",
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        }
        self._process = subprocess.Popen(
            [*cut_off(), sys.executable, "-m", "mmlearn.classroom.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=environment,
            start_new_session=True,
        )
        self._computed = 0.0
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        try:
            ready = self.answer(START_SECONDS) == {"ready": True}
        except (TimeoutError, Ended):
            ready = False
        if not ready:
            self.close()
            raise Ended("its process did not start")

    def _read(self) -> None:
        """Take its lines as they come; an empty one is the end."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while line := self._process.stdout.readline(LONGEST_LINE):
                self._lines.put(line)
        self._lines.put(b"")

    def ask(self, request: dict[str, Any]) -> None:
        """Send a request.

        Raises:
            Ended: when the process is no more.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise Ended("its process ended") from error

    def answer(self, seconds: float) -> dict[str, Any]:
        """The next answer.

        Raises:
            TimeoutError: when it has computed for so many seconds, or slept for long.
            Ended: when there will be none.
        """
        computed, begun = self.seconds(), time.monotonic()
        while True:
            try:
                line = self._lines.get(timeout=LOOK)
                break
            except queue.Empty:
                late = time.monotonic() - begun > SLEEP * seconds
                if late or self.seconds() - computed > seconds:
                    raise TimeoutError from None
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise Ended("its process ended") from None
        if not isinstance(found, dict):
            raise Ended("its process ended")
        return found

    def seconds(self) -> float:
        """What it has computed so far, with the processes that it has started."""
        try:
            process = psutil.Process(self._process.pid)
            family = [process, *process.children(recursive=True)]
            times = [each.cpu_times() for each in family]
        except psutil.Error:  # one of them has just ended
            return self._computed
        self._computed = max(self._computed, sum(t.user + t.system for t in times))
        return self._computed

    def close(self) -> None:
        """End the process, and those that it has started."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._folder.cleanup()
