"""Processors on blocks: what they do does not depend on how a track is cut, and nothing jumps."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.gate import N_HOPS_PER_S, GateSettings
from mixassist.suggest.processors import CompressorProcess, GateProcess
from tests.signals import noise
from tests.tolerances import RENDER_CUT

RATE = 48000
N_HOP = RATE // N_HOPS_PER_S
GATE = GateSettings(-30.0, -24.0, 1.0, 10.0, 60.0)


def bursts(seconds=3.0):
    """Noise that begins and ends everywhere, also at whole seconds."""
    n_frames = round(seconds * RATE)
    loud = np.isin(np.arange(n_frames) // (RATE // 10) % 10, (0, 4, 7))
    return (noise(n_frames, 1, 0.2) * np.where(loud, 1.0, 0.02)).astype(np.float32)


def cut(process, samples, n_frames):
    blocks = [samples[:, start : start + n_frames] for start in range(0, samples.shape[1], n_frames)]
    return np.concatenate([process(block) for block in blocks], axis=1)


@pytest.mark.parametrize("n_frames", [N_HOP, 10 * N_HOP, 137 * N_HOP, RATE])
def test_a_gate_does_the_same_however_a_track_is_cut(n_frames):
    samples = bursts()
    halves = cut(GateProcess(GATE, RATE), samples, RATE // 2)
    assert np.abs(cut(GateProcess(GATE, RATE), samples, n_frames) - halves).max() < RENDER_CUT


@pytest.mark.parametrize("process", [GateProcess(GATE, RATE), CompressorProcess(CompressorSettings(-30, 8, 5), RATE)])
def test_gains_run_on_from_block_to_block(process):
    samples = bursts()
    gain_db = 20 * np.log10(np.abs(cut(process, samples, RATE) / samples)[0])
    steps_db = np.abs(np.diff(gain_db))
    assert np.ptp(gain_db) > 10
    assert steps_db.max() < np.ptp(gain_db) / N_HOP  # all the way in the shortest hop


def test_a_hit_opens_the_gate_within_its_first_millisecond():
    samples = np.concatenate([np.zeros((1, RATE // 2)), np.full((1, RATE // 2), 0.5)], axis=1).astype(np.float32)
    gain_db = 20 * np.log10(GateProcess(GATE, RATE)(samples)[0, RATE // 2 :] / 0.5)
    assert gain_db[N_HOP] == pytest.approx(GATE.range_db * np.exp(-1), abs=0.01)
    assert gain_db[10 * N_HOP] == pytest.approx(0, abs=0.01)
