import numpy as np
import torch

from mixassist.dsp.scores import null_db
from tests.tolerances import STREAM_FLOAT64_DB
from tests.transfer.instrument.tiny_instrument import TINY, tiny_net
from transfer.instrument.design import InstrumentDesign, told_controls
from transfer.instrument.net import InstrumentNet


def played(n_frames, rng):
    pitches = 440 * 2 ** rng.uniform(-1, 1, n_frames)
    return torch.from_numpy(told_controls(pitches, rng.uniform(-60, -10, n_frames), TINY.note_reach))[None]


def test_cut_anywhere_it_gives_the_same(rng):
    net = tiny_net().double()
    told = played(60, rng).double()
    with torch.inference_mode():
        whole = net.run_whole(told).numpy()[0]
        cut = net.run_blocks(told, [1, 7, 1, 20, 31]).numpy()[0]
    assert null_db(cut, whole) < STREAM_FLOAT64_DB


def test_it_is_at_rest_in_silence():
    net = tiny_net()
    told = torch.from_numpy(told_controls(np.full(20, 440.0), np.full(20, -120.0), TINY.note_reach))[None]
    with torch.inference_mode():
        shapes = net.run_whole(told)
    np.testing.assert_allclose(shapes[..., 0], shapes[..., -1], atol=1e-5)


def test_the_usual_one_is_small():
    n_parameters = sum(parameter.numel() for parameter in InstrumentNet(InstrumentDesign()).parameters())
    assert 100_000 < n_parameters < 300_000


def test_a_pitch_is_told_by_the_notes_within_reach():
    told = told_controls(np.array([440.0, 440 * 2 ** (0.25 / 12)]), np.array([-40.0, -20.0]), 2.0)
    np.testing.assert_allclose(
        told[2 + 67 - 36 : 2 + 72 - 36].T, [[0, 0.5, 1, 0.5, 0], [0, 0.375, 0.875, 0.625, 0.125]]
    )
    assert np.count_nonzero(told[2:, 0]) == 3
    np.testing.assert_allclose(told[1], [0, 1])


def test_the_first_designs_told_the_nearest_notes_alone():
    told = {key: value for key, value in TINY.to_dict().items() if key != "note_reach"}
    assert InstrumentDesign.from_dict(told).note_reach == 1.0
    assert InstrumentDesign.from_dict(TINY.to_dict()) == TINY
