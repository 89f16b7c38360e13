"""The systems that a kit can carry wheels for. Standard library only."""

from __future__ import annotations

import platform
from dataclasses import dataclass

MANYLINUX = tuple(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1))
LEGACY = ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")


@dataclass(frozen=True)
class System:
    """A system for which wheels can be fetched on any other.

    Args:
        tags: what pip calls it: a wheel for any of these will do.
        os_name: what Python's `os.name` is there; the others are Python's names too.
    """

    tags: tuple[str, ...]
    os_name: str
    sys_platform: str
    platform_system: str
    platform_machine: str

    def markers(self, python: str) -> dict[str, str]:
        """What the conditions in a package's requirements are compared with there."""
        return {
            "os_name": self.os_name,
            "sys_platform": self.sys_platform,
            "platform_system": self.platform_system,
            "platform_machine": self.platform_machine,
            "platform_release": "",
            "platform_version": "",
            "python_version": python,
            "python_full_version": f"{python}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{python}.0",
            "platform_python_implementation": "CPython",
        }


SYSTEMS = {
    "linux-x86_64": System((*MANYLINUX, *LEGACY), "posix", "linux", "Linux", "x86_64"),
    "macos-arm64": System(
        ("macosx_14_0_arm64", "macosx_14_0_universal2"),
        "posix",
        "darwin",
        "Darwin",
        "arm64",
    ),
    "windows-x86_64": System(("win_amd64",), "nt", "win32", "Windows", "AMD64"),
}


def here() -> str:
    """The name of this system, be it one of SYSTEMS or another."""
    family = {"Darwin": "macos"}.get(platform.system(), platform.system().lower())
    machine = {"AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    return f"{family}-{machine}"
