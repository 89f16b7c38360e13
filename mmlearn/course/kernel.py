"""Make sure that notebooks run in this Python, whatever kernels a user has."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_kernel() -> Iterator[None]:
    """Put a kernel `python3` that is this Python before all others.

    Otherwise a kernel of that name in the user's folder could come first, and lead to
    another environment. Jupyter looks in JUPYTER_PATH before that; processes started
    inside the `with` see it too.
    """
    from ipykernel.kernelspec import write_kernel_spec

    before = os.environ.get("JUPYTER_PATH")
    with tempfile.TemporaryDirectory(prefix="mmlearn-kernel-") as folder:
        # Its warning that it listens on this machine's own network is not for learners.
        quiet = ["--log-level=ERROR"]
        write_kernel_spec(
            str(Path(folder) / "kernels" / "python3"),
            overrides={"env": {"OMP_NUM_THREADS": threads()}},
            extra_arguments=quiet,
        )
        parts = [folder, before] if before else [folder]
        os.environ["JUPYTER_PATH"] = os.pathsep.join(parts)
        try:
            yield
        finally:
            if before is None:
                del os.environ["JUPYTER_PATH"]
            else:
                os.environ["JUPYTER_PATH"] = before


def threads() -> str:
    """Half of the cores, unless the user has said otherwise.

    torch's threads wait for one another by spinning: with as many as there are cores,
    one busy browser makes small networks ten times slower.
    """
    half = max(1, (os.cpu_count() or 2) // 2)
    return os.environ.get("OMP_NUM_THREADS", str(half))


def python() -> str:
    """Start a kernel as the notebooks do, and return the Python that it runs in."""
    from jupyter_client.manager import start_new_kernel

    said: list[str] = []
    with own_kernel():
        manager, client = start_new_kernel(kernel_name="python3")
        try:
            client.execute_interactive(
                "import sys; print(sys.executable)",
                timeout=60,
                output_hook=lambda message: said.append(
                    message["content"].get("text", "")
                ),
            )
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    return "".join(said).strip()
