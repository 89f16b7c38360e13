"""What programs write for a user goes into the environment: it goes away with it.

Jupyter, IPython and matplotlib keep settings, histories and caches in the home folder.
Where a user has such a folder already, it is used, and left to its owner. Standard
library only.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path


def keep_inside(environment: Path, variables: MutableMapping[str, str]) -> None:
    """Set the variables that name these folders, for this process and its children.

    Args:
        environment: the folder that is removed when the course is.
        variables: those of the process; what a user has set stays as it is.
    """
    try:
        usual = users_folders(Path.home(), variables)
    except RuntimeError:  # there is no home: nothing is written there
        return
    for variable, folder in usual.items():
        if variable not in variables and not folder.exists():
            inside = environment / "home" / variable
            inside.mkdir(parents=True, exist_ok=True)
            variables[variable] = str(inside)


def users_folders(home: Path, variables: Mapping[str, str]) -> dict[str, Path]:
    """Variable -> the folder that is used where it is not set."""
    if sys.platform == "win32":
        data = Path(variables.get("APPDATA", home)) / "jupyter"
        drawings = home / ".matplotlib"
    elif sys.platform == "darwin":
        data, drawings = home / "Library" / "Jupyter", home / ".matplotlib"
    else:
        share = variables.get("XDG_DATA_HOME") or home / ".local" / "share"
        config = variables.get("XDG_CONFIG_HOME") or home / ".config"
        data, drawings = Path(share) / "jupyter", Path(config) / "matplotlib"
    return {
        "JUPYTER_CONFIG_DIR": home / ".jupyter",
        "JUPYTER_DATA_DIR": data,
        "IPYTHONDIR": home / ".ipython",
        "MPLCONFIGDIR": drawings,
        "NPM_CONFIG_CACHE": home / ".npm",  # JupyterLab asks npm, where it is installed
        "TORCHINDUCTOR_CACHE_DIR": home / ".torchinductor",  # else a temporary folder
    }
