"""The process in which espeak-ng speaks; `espeak.speak` starts it, nobody imports it.

Reads a JSON file {library, data, utterances}, writes an npz {samples, ends}. Ends with
3 when there is no such voice, with 1 for any other fault, which is printed on stderr.
"""

from __future__ import annotations

import ctypes
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

_LONGEST_PATH = 140  # bytes: from about 160 on, espeak-ng silently reads other data
_SYNCHRONOUS, _DONT_EXIT, _UTF8 = 2, 0x8000, 1
_Receive = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


def main(job: Path, sound: Path) -> int:
    """Speak the job's utterances into the file; return the exit code."""
    work = json.loads(job.read_text("utf-8"))
    espeak = _load(Path(work["library"]))
    with tempfile.TemporaryDirectory(prefix="e") as scratch:
        data = Path(work["data"])
        if len(str(data).encode()) > _LONGEST_PATH:
            data = Path(shutil.copytree(data, Path(scratch, "espeak-ng-data")))
        rate = espeak.espeak_Initialize(
            _SYNCHRONOUS, 0, str(data.parent).encode(), _DONT_EXIT
        )
        if rate != 22_050:
            print(f"espeak_Initialize on {data} gave {rate}", file=sys.stderr)
            return 1
        clips, fault = _speak_all(espeak, work["utterances"])
        espeak.espeak_Terminate()
    if fault:
        return fault
    ends = np.cumsum([len(clip) for clip in clips])
    np.savez(sound, samples=np.concatenate(clips), ends=ends)
    return 0


def _speak_all(
    espeak: ctypes.CDLL, utterances: list[tuple[str, str]]
) -> tuple[list[np.ndarray], int]:
    pieces: list[np.ndarray] = []

    def receive(samples: Any, count: int, _events: int) -> int:
        if samples and count > 0:
            pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    callback = _Receive(receive)  # kept in a name: espeak-ng holds a bare pointer
    espeak.espeak_SetSynthCallback(callback)
    clips = []
    for number, (voice, text) in enumerate(utterances):
        if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
            print(f"utterance {number}: no voice {voice!r}", file=sys.stderr)
            return [], 3
        pieces.clear()
        raw = text.encode() + b"\0"
        espeak.espeak_Synth(raw, len(raw), 0, 1, 0, _UTF8, None, None)
        espeak.espeak_Synchronize()
        if not pieces:
            print(f"utterance {number}: {text!r} gave no sound", file=sys.stderr)
            return [], 1
        clips.append(np.concatenate(pieces))
    return clips, 0


def _load(folder: Path) -> ctypes.CDLL:
    names = {"win32": "espeak-ng.dll", "darwin": "libespeak-ng.dylib"}
    espeak = ctypes.CDLL(str(folder / names.get(sys.platform, "libespeak-ng.so")))
    number, text, unsigned = ctypes.c_int, ctypes.c_char_p, ctypes.c_uint
    espeak.espeak_Initialize.argtypes = (number, number, text, number)
    espeak.espeak_SetVoiceByName.argtypes = (text,)
    espeak.espeak_SetSynthCallback.argtypes = (_Receive,)
    espeak.espeak_Synth.argtypes = (
        *(text, ctypes.c_size_t, unsigned, number, unsigned, unsigned),
        *(ctypes.c_void_p, ctypes.c_void_p),
    )
    return espeak


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
