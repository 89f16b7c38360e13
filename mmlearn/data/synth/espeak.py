"""Speech by espeak-ng: formant synthesis, and called synthetic wherever it is used.

espeak-ng keeps state between calls: the length of a clip can vary by a few samples with
what was spoken before. So every `speak` starts a fresh process, and the same list of
utterances gives the same samples, bit for bit. A process of its own also keeps a fault
of the C library, which is GPL-3, out of the notebook's kernel.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mmlearn.data.store import packages

RATE = 22_050  # Hz, of every voice of espeak-ng

# These differ from process to process (they use `breath`, which is random).
IRREPRODUCIBLE = frozenset(
    ("Alicia", "Demonic", "f2", "f3", "f5", "sandro", "victor", "whisper", "whisperf")
)


def library() -> Path:
    """The folder of the synthesiser's compiled library.

    Raises:
        ModuleNotFoundError: when espeakng-loader is not installed.
    """
    spec = find_spec("espeakng_loader")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "Speech needs the package espeakng-loader (espeak-ng, GPL-3), which is not "
            "installed. It is in this course's extra `speech`, which "
            "course.py installs. It is needed once, to build the spoken digits; "
            "from the cache they load without it."
        )
    return Path(spec.origin).parent


def variants() -> list[str]:
    """The voice variants that repeat exactly, sorted: "Alex", "f1", "klatt" ..."""
    return sorted(_known(packages.find(packages.ESPEAK)) - IRREPRODUCIBLE)


def speak(utterances: Sequence[tuple[str, str]]) -> list[np.ndarray]:
    """Speak (voice, text) pairs: a list of waveforms int16 [T] at 22.05 kHz.

    A voice is a language and, after a plus, a variant: "en-us", "en-gb-scotland+f1".

    Raises:
        ModuleNotFoundError: when espeakng-loader is not installed.
        ValueError: when there is no such voice or variant, or a text is blank.
        RuntimeError: when espeak-ng fails; with its own words.
    """
    lib = library()
    data = packages.find(packages.ESPEAK)
    known = _known(data)
    for number, (voice, text) in enumerate(utterances):
        _, plus, variant = voice.partition("+")
        # espeak-ng speaks an unknown variant in the plain voice, without a word.
        if plus and variant not in known:
            raise ValueError(
                f"utterance {number}: voice {voice!r} has no variant {variant!r}; "
                f"there are {', '.join(sorted(known))}"
            )
        if not text.strip():
            raise ValueError(f"utterance {number}: the text is blank")
    if not utterances:
        return []
    with tempfile.TemporaryDirectory(prefix="speech") as scratch:
        job, sound = Path(scratch, "job.json"), Path(scratch, "sound.npz")
        work = {"library": str(lib), "data": str(data), "utterances": list(utterances)}
        job.write_text(json.dumps(work), "utf-8")
        program = Path(__file__).with_name("espeak_process.py")
        # -P: the program's folder must not stand on the path, it has an emoji.py.
        done = subprocess.run(
            [sys.executable, "-P", str(program), str(job), str(sound)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == 3:
            raise ValueError(done.stderr.strip())
        if done.returncode or not sound.exists():
            raise RuntimeError(
                f"espeak-ng ended with {done.returncode}: {done.stderr.strip()}"
            )
        with np.load(sound, allow_pickle=False) as arrays:
            return np.split(arrays["samples"], arrays["ends"][:-1])


def _known(data: Path) -> set[str]:
    return {file.name for file in (data / "voices" / "!v").iterdir()}
