import numpy as np
import pytest

from mixassist.errors import OptionError
from separation.lanes import LaneOptions, plan_lanes, run_lanes, total_frames
from separation.model import Member
from tests.fakes import ShareNetwork, SmoothingNetwork, fake_model

SHARES = (0.1, 0.2, 0.3, 0.4)
EQUAL = (1.0, 1.0, 1.0, 1.0)


def separate(model, song, stems=("drums", "bass", "other", "vocals"), block=777, options=None):
    lanes = plan_lanes(model, stems, song.shape[1], options or LaneOptions())
    blocks = (song[:, start : start + block] for start in range(0, song.shape[1], block))
    return np.concatenate(list(run_lanes(blocks, lanes)), axis=-1)


@pytest.fixture
def song(rng):
    return rng.standard_normal((2, 5321)).astype(np.float32)


@pytest.mark.parametrize("block", [1, 64, 65, 512, 8193])
def test_blocks_may_be_cut_anywhere(song, block):
    model = fake_model(Member(SmoothingNetwork(SHARES), EQUAL))
    whole = separate(model, song, block=song.shape[1])
    np.testing.assert_array_equal(separate(model, song, block=block), whole)


def test_a_linear_network_leaves_no_seam(song):
    stems = separate(fake_model(Member(ShareNetwork(SHARES), EQUAL)), song)
    np.testing.assert_allclose(stems, song * np.array(SHARES)[:, None, None], atol=1e-6)


@pytest.mark.parametrize("batch", [1, 2, 3, 16])
def test_batches_change_nothing(song, batch):
    model = fake_model(Member(SmoothingNetwork(SHARES), EQUAL))
    np.testing.assert_array_equal(separate(model, song, options=LaneOptions(batch=batch)), separate(model, song))


def test_an_unpadded_network_gets_the_short_last_chunk_as_it_is(song):
    network = ShareNetwork(SHARES, is_padded=False)
    stems = separate(fake_model(Member(network, EQUAL)), song, options=LaneOptions(batch=4))
    np.testing.assert_allclose(stems.sum(axis=0), song, atol=1e-5)


def test_only_networks_with_a_say_are_run(song):
    specialists = [ShareNetwork([float(i == j) for j in range(4)]) for i in range(4)]
    weights = [tuple(float(i == j) for j in range(4)) for i in range(4)]
    model = fake_model(*(Member(network, row) for network, row in zip(specialists, weights, strict=True)))
    separate(model, song, stems=("vocals",))
    assert [network.n_runs > 0 for network in specialists] == [False, False, False, True]


def test_networks_are_averaged_by_their_weights(song):
    model = fake_model(Member(ShareNetwork((1.0,)), (3.0,)), Member(ShareNetwork((0.0,), 900), (1.0,)), stems=("all",))
    np.testing.assert_allclose(separate(model, song, ("all",))[0], 0.75 * song, atol=1e-6)


def test_shifts_keep_the_time_position(song):
    stems = separate(fake_model(Member(ShareNetwork(SHARES), EQUAL)), song, options=LaneOptions(shifts=3))
    np.testing.assert_allclose(stems, song * np.array(SHARES)[:, None, None], atol=1e-6)


def test_shifts_repeat_with_their_seed(song):
    model = fake_model(Member(SmoothingNetwork(SHARES), EQUAL))
    first, again, other = (separate(model, song, options=LaneOptions(shifts=2, seed=seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0


def test_progress_ends_at_the_total(song):
    lanes = plan_lanes(
        fake_model(Member(ShareNetwork(SHARES), EQUAL)), ("drums",), song.shape[1], LaneOptions(shifts=2)
    )
    heard = []
    list(run_lanes([song], lanes, heard.append))
    assert sum(heard) == total_frames(lanes)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"shifts": -1}, "--shifts -1"), ({"seed": -1}, "--seed -1"), ({"overlap": 0.95}, r"--overlap is 0\.95")],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        LaneOptions(**options)
