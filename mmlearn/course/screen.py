"""What the commands show: a progress line and a table. Standard library only."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

WIDTH = 20  # characters of the bar
QUIET_SECONDS = 30.0  # between two lines where the screen is a file or a pipe


class Progress:
    """One line that is redrawn: a bar, the time so far and what is being done.

    Where the output is not a terminal there is nothing to redraw: a line is printed
    when the step's first word changes, or every half minute.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._start = time.monotonic()
        self._last_line = -QUIET_SECONDS
        self._last_step = ""

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def update(self, share: float, text: str) -> None:
        """Show that a share (0 to 1) of the work is done, and what is done now."""
        now = time.monotonic()
        full = round(WIDTH * min(max(share, 0.0), 1.0))
        bar = "#" * full + "-" * (WIDTH - full)
        line = f"[{bar}] {share:4.0%} {clock(now - self._start)}  {text}"
        if self._live:
            room = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + line[:room].ljust(room))
            self._stream.flush()
            return
        step = text.split(" ", 1)[0]
        if step != self._last_step or now - self._last_line >= QUIET_SECONDS:
            self._last_step, self._last_line = step, now
            print(line, file=self._stream, flush=True)

    def clear(self) -> None:
        """Take the line away, so that ordinary text can follow."""
        if self._live:
            room = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + " " * room + "\r")
            self._stream.flush()


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds: 75 is 1:15."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in columns, the first and the last to the left and the others to the right.

    The last column is as long as it needs; the others are as wide as their widest cell.
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    lines.insert(1, ["-" * width for width in widths])
    last = len(header) - 1

    def place(i: int, cell: str) -> str:
        return cell.ljust(widths[i]) if i in (0, last) else cell.rjust(widths[i])

    return "\n".join(
        "  ".join(place(i, cell) for i, cell in enumerate(line)).rstrip()
        for line in lines
    )
