"""The progress line and the table."""

from __future__ import annotations

import io

from mmlearn.course import screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_redrawn_and_taken_away():
    terminal = Terminal()
    with screen.Progress(terminal) as progress:
        progress.update(0.25, "first " + "long " * 100)
        progress.update(0.5, "second")
    drawn = terminal.getvalue()
    assert "\n" not in drawn and drawn.count("\r") == 4
    lines = drawn.split("\r")
    assert "[#####---------------]  25% 0:00  first" in lines[1]
    assert len({len(line) for line in lines[1:4]}) == 1, "old text would shine through"
    assert lines[3].strip() == ""


def test_in_a_file_there_are_few_lines():
    file = io.StringIO()
    with screen.Progress(file) as progress:
        for i in range(50):
            progress.update(i / 100, f"downloading {i}")
        progress.update(0.5, "installing 1 of 2")
    lines = file.getvalue().splitlines()
    assert [line.split("  ")[-1] for line in lines] == [
        "downloading 0",
        "installing 1 of 2",
    ]


def test_in_a_file_a_long_step_is_heard_of_again(monkeypatch):
    seconds = iter([0.0, 1.0, 20.0, 40.0])
    monkeypatch.setattr(screen.time, "monotonic", lambda: next(seconds))
    file = io.StringIO()
    progress = screen.Progress(file)
    for i in range(3):
        progress.update(0.1 * i, f"downloading {i}")
    assert [line[-1] for line in file.getvalue().splitlines()] == ["0", "2"]


def test_a_share_beyond_its_bounds_does_not_break_the_bar():
    file = io.StringIO()
    screen.Progress(file).update(1.7, "x")
    assert "[####################]" in file.getvalue()


def test_clock():
    assert [screen.clock(s) for s in (0, 59.9, 75, 3601)] == [
        "0:00",
        "0:59",
        "1:15",
        "60:01",
    ]


def test_table_has_columns_of_one_width():
    text = screen.table(
        ("name", "time", "note"), [("a", "1:15", "x y"), ("long", "9", "")]
    )
    assert text.splitlines() == [
        "name  time  note",
        "----  ----  ----",
        "a     1:15  x y",
        "long     9",
    ]
