"""A plugin of pytest: under --nbval-lax, too, a cell that writes to stderr fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbval.plugin import IPyNbCell, NbCellError


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield
    if not isinstance(item, IPyNbCell):
        return
    for output in item.test_outputs or ():
        if output["output_type"] == "stream" and output["name"] == "stderr":
            raise NbCellError(
                item.cell_num, f"on stderr: {output['text']}", item.cell.source
            )
