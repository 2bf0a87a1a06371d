import numpy as np
import pytest

from tests.tolerances import ANALYSED_NOISE_DB, ANALYSED_PARTIALS_DB
from transfer.instrument.analysis import analyse, window_length
from transfer.instrument.design import InstrumentDesign
from transfer.instrument.synth import Synth

DESIGN = InstrumentDesign(n_partials=10, n_bands=8)
N_HOPS = 500


@pytest.mark.parametrize("f0_hz", [110.0, 233.7, 750.0])
def test_it_finds_what_was_synthesised(f0_hz):
    amplitudes = np.array([*0.3 / np.arange(1, 11), *[0.003] * 8])
    synth = Synth(DESIGN)
    sound = np.concatenate([synth.process(f0_hz, amplitudes) for _ in range(N_HOPS)]).astype(np.float32)
    centres = np.arange(150, 350) * DESIGN.hop
    found = analyse(sound, np.full(200, f0_hz), centres, DESIGN)
    partials_db = 20 * np.log10(found.partials / amplitudes[:10])
    bands_db = 20 * np.log10(np.sqrt(np.mean(found.bands[:, 1:-1] ** 2, axis=0)) / 0.003)
    assert np.abs(partials_db.mean(axis=0)).max() < ANALYSED_PARTIALS_DB
    assert np.abs(bands_db).max() < ANALYSED_NOISE_DB


def test_silence_has_nothing():
    found = analyse(np.zeros(20000, np.float32), np.full(5, 200.0), np.arange(5) * 1000, DESIGN)
    assert found.partials.max() == 0
    assert found.bands.max() < 1e-5


def test_windows_hold_four_periods():
    assert window_length(100.0) == 2048
    assert window_length(93.0) == 4096
