import dataclasses

import numpy as np
import pytest

from mixassist.errors import ModelError
from mixassist.runtime.run_state import read_state
from tests.transfer.instrument.tiny_instrument import TINY
from transfer.instrument.design import RATE
from transfer.instrument.material import prepare, write_material
from transfer.instrument.training import Trainer, TrainingOptions, design_of_run, load_best


class Ticks:
    """A clock that goes on by a second each time it is read."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        self.seconds += 1.0
        return self.seconds


def options(n_steps):
    """As many steps, a third of them by amplitudes; each takes two readings of the clock, one second of it."""
    return TrainingOptions(
        minutes=n_steps / 60,
        first_share=0.34,
        n_frames=24,
        n_before=8,
        n_first_batch=2,
        n_second_batch=1,
        n_warmup_steps=2,
        judge_every_minutes=4 / 60,
        n_judged=1,
        clock=Ticks(),
    )


@pytest.fixture(scope="module")
def takes():
    time_s = np.arange(RATE // 2) / RATE
    notes = [sum(np.sin(2 * np.pi * k * pitch * time_s) / k for k in (1, 2, 3)) for pitch in (220, 330)]
    return [prepare((0.2 * note)[None].astype(np.float32), TINY) for note in notes]


@pytest.fixture(scope="module")
def material(takes, tmp_path_factory):
    return write_material(tmp_path_factory.mktemp("material") / "train.takes", takes)


def test_both_stages_come_nearer(material, tmp_path):
    looks = []
    trainer = Trainer(tmp_path, material, material, TINY, options(24))
    trainer.run(looks.append)
    assert {look.stage for look in looks} == {1, 2}
    assert trainer.best.held_out < looks[0].held_out
    first = [look.loss for look in looks if look.stage == 1]
    assert first[-1] < first[0]


def test_it_goes_on_where_it_was(material, tmp_path):
    whole = Trainer(tmp_path / "whole", material, material, TINY, options(12))
    whole.run()
    half = Trainer(tmp_path / "half", material, material, TINY, options(12))
    with pytest.raises(KeyboardInterrupt):
        half.run(_interrupt_after(8))
    again = Trainer(tmp_path / "half", material, material, TINY, options(12))
    assert again.n_steps == 8
    again.run()
    assert (again.n_steps, again.minutes) == (whole.n_steps, pytest.approx(whole.minutes))
    mine, theirs = (trainer.best_net.state_dict() for trainer in (again, whole))
    assert all(np.allclose(mine[name], theirs[name], atol=1e-2) for name in mine)


def test_more_minutes_go_on_in_the_second_stage(material, tmp_path):
    Trainer(tmp_path, material, material, TINY, options(6)).run()
    looks = []
    Trainer(tmp_path, material, material, TINY, options(60)).run(looks.append)
    assert {look.stage for look in looks} == {2}
    assert looks[-1].n_steps == 60


def test_the_best_is_kept(material, tmp_path):
    with pytest.raises(ModelError, match="train into it first"):
        load_best(tmp_path)
    trainer = Trainer(tmp_path, material, material, TINY, options(8))
    trainer.run()
    net, facts = load_best(tmp_path)
    assert facts["best"] == dataclasses.asdict(trainer.best)
    assert net.design == TINY


def test_a_room_is_learned_from_spectra_alone_and_goes_on_with_its_run(material, tmp_path):
    design = dataclasses.replace(TINY, n_room=200)
    assert design_of_run(tmp_path, design) == design
    with pytest.raises(KeyboardInterrupt):
        Trainer(tmp_path, material, material, design, options(12)).run(_interrupt_after(4))
    assert not read_state(tmp_path)[0]["net.room.weights"].any()
    assert design_of_run(tmp_path, TINY) == design
    Trainer(tmp_path, material, material, design, options(12)).run()
    assert read_state(tmp_path)[0]["net.room.weights"].all()


def test_material_is_kept_as_it_is(takes, material):
    for mine, theirs in zip(takes, material.takes(), strict=True):
        for name in ("sound", "f0_hz", "loudness_db", "shapes", "weights"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


def test_a_crop_is_a_part_of_its_take(takes, material):
    crop = material.draw(np.random.default_rng(1), 24, 8)
    hop = TINY.hop
    assert any(
        np.array_equal(crop.sound, take.sound[first * hop : (first + 24) * hop])
        and np.array_equal(crop.shapes[:, 8:], take.shapes[:, first : first + 24])
        for take in takes
        for first in range(take.n_frames - 23)
    )


def test_a_crop_may_begin_before_its_take(material):
    rng = np.random.default_rng(0)
    crops = [material.draw(rng, 24, 8) for _ in range(200)]
    assert all(crop.sound.shape == (24 * TINY.hop,) and crop.shapes.shape == (14, 32) for crop in crops)
    assert all(not crop.weights[:8].any() for crop in crops)
    assert any((crop.loudness_db[:8] < -100).all() for crop in crops)


def test_a_pitch_told_astray_is_that_of_a_neighbour(material):
    crop = material.draw(np.random.default_rng(2), 24, 8)
    right, astray = crop.told(TINY), crop.told(TINY, 2.0)
    np.testing.assert_allclose(astray[0] - right[0], 2 / 12, atol=1e-6)
    np.testing.assert_allclose(astray[4:], right[2:-2], atol=1e-5)
    np.testing.assert_array_equal(astray[1], right[1])


def _interrupt_after(n_steps):
    def watch(look):
        if look.n_steps >= n_steps:
            raise KeyboardInterrupt

    return watch
