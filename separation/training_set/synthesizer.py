"""SoundFonts played by FluidSynth (its door): notes in, one stereo track per part out, all in one pass.

Conventions:
    Tracks are [P, C=2, T] float32 at 44100 Hz. Notes begin and end on FluidSynth's grid of 64 samples, 1.5 ms.

References:
    FluidSynth 2 API: fluid_synth_process fills one stereo buffer per audio group, channel n plays into group n.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from separation.songs import RATE
from separation.training_set.score import Part

Floats = NDArray[np.float32]

N_CHANNELS = 16
N_GRID = 64
DRUM_BANK = 128


class Synthesizer:
    """FluidSynth with SoundFonts loaded, kept for many songs: loading takes longer than playing."""

    def __init__(self, soundfonts: Sequence[Path]) -> None:
        self._library = _open_library()
        self._settings = ctypes.c_void_p(self._library.new_fluid_settings())
        numbers = {"synth.sample-rate": float(RATE), "synth.gain": 0.4}
        whole = {
            "synth.audio-groups": N_CHANNELS,
            "synth.audio-channels": N_CHANNELS,
            "synth.midi-channels": N_CHANNELS,
        }
        whole |= {"synth.reverb.active": 0, "synth.chorus.active": 0, "synth.dynamic-sample-loading": 1}
        for name, number in numbers.items():
            self._library.fluid_settings_setnum(self._settings, name.encode(), ctypes.c_double(number))
        for name, value in whole.items():
            self._library.fluid_settings_setint(self._settings, name.encode(), value)
        self._synth = ctypes.c_void_p(self._library.new_fluid_synth(self._settings))
        self._fonts = [self._load(path) for path in soundfonts]

    def _load(self, path: Path) -> int:
        font = int(self._library.fluid_synth_sfload(self._synth, str(path).encode(), 1))
        if font < 0:
            raise EngineError(f"{path} cannot be loaded as a SoundFont: install fluid-soundfont-gm again")
        return font

    def play(self, parts: Sequence[Part], n_samples: int) -> Floats:
        """Tracks [P, 2, T] of up to 16 parts."""
        self._library.fluid_synth_system_reset(self._synth)
        for channel, part in enumerate(parts):
            bank = DRUM_BANK if part.is_drums else 0
            font = self._fonts[part.font % len(self._fonts)]
            self._library.fluid_synth_program_select(self._synth, channel, font, bank, part.program)
        n_blocks = -(-n_samples // N_GRID)
        tracks = np.zeros((2 * N_CHANNELS, n_blocks * N_GRID), np.float32)
        done = 0
        for block, on, channel, pitch, velocity in _events(parts, n_blocks):
            if block > done:
                self._fill(tracks, done, block)
                done = block
            if on:
                self._library.fluid_synth_noteon(self._synth, channel, pitch, velocity)
            else:
                self._library.fluid_synth_noteoff(self._synth, channel, pitch)
        self._fill(tracks, done, n_blocks)
        return tracks.reshape(N_CHANNELS, 2, -1)[: len(parts), :, :n_samples]

    def _fill(self, tracks: Floats, first: int, last: int) -> None:
        if last <= first:
            return
        starts = [tracks[row, first * N_GRID :].ctypes.data for row in range(2 * N_CHANNELS)]
        rows = (ctypes.c_void_p * (2 * N_CHANNELS))(*starts)
        n_frames = (last - first) * N_GRID
        self._library.fluid_synth_process(self._synth, n_frames, 0, None, 2 * N_CHANNELS, ctypes.byref(rows))

    def __enter__(self) -> Synthesizer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._library.delete_fluid_synth(self._synth)
        self._library.delete_fluid_settings(self._settings)


def _events(parts: Sequence[Part], n_blocks: int) -> list[tuple[int, bool, int, int, int]]:
    """(block, is on, channel, pitch, velocity) in order of time; ends before beginnings, none after the last block."""
    events = []
    for channel, part in enumerate(parts):
        for note in part.notes:
            first = round(max(note.start_s, 0.0) * RATE / N_GRID)
            last = max(round((note.start_s + note.length_s) * RATE / N_GRID), first + 1)
            events.append((first, True, channel, note.pitch, note.velocity))
            events.append((last, False, channel, note.pitch, 0))
    return sorted(event for event in events if event[0] < n_blocks)


def _open_library() -> ctypes.CDLL:
    name = ctypes.util.find_library("fluidsynth")
    if name is None:
        raise EngineError("libfluidsynth is missing, which plays the SoundFonts: apt-get install fluidsynth")
    library = ctypes.CDLL(name)
    pointer, number = ctypes.c_void_p, ctypes.c_int
    library.new_fluid_settings.restype = pointer
    library.new_fluid_synth.restype = pointer
    arguments = {
        "new_fluid_synth": [pointer],
        "delete_fluid_synth": [pointer],
        "delete_fluid_settings": [pointer],
        "fluid_settings_setnum": [pointer, ctypes.c_char_p, ctypes.c_double],
        "fluid_settings_setint": [pointer, ctypes.c_char_p, number],
        "fluid_synth_sfload": [pointer, ctypes.c_char_p, number],
        "fluid_synth_system_reset": [pointer],
        "fluid_synth_program_select": [pointer, number, number, number, number],
        "fluid_synth_noteon": [pointer, number, number, number],
        "fluid_synth_noteoff": [pointer, number, number],
        "fluid_synth_process": [pointer, number, number, pointer, number, pointer],
    }
    for function, types in arguments.items():
        getattr(library, function).argtypes = types
    return library
