"""Law 1 for timbres: cut anywhere, what is played through one is the whole recording played at once."""

from __future__ import annotations

import importlib
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mixassist.dsp.scores import null_db
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.layers.net import StreamNet
from tests.signals import noise
from tests.tolerances import CUT_FLOAT32_DB, STREAM_FLOAT64_DB
from transfer.catalogue import BUILDERS, embedded_names, find_timbre
from transfer.controls.stream import ControlStream
from transfer.instrument.design import KIND, RATE, InstrumentDesign, amplitudes, told_controls
from transfer.instrument.room import read_room
from transfer.instrument.stream import InstrumentOptions, InstrumentStream
from transfer.instrument.synth import Synth

INSTRUMENTS = [name for name in embedded_names() if find_timbre(name).spec.kind == KIND]


@cache
def network(name: str) -> StreamNet:
    artifact = find_timbre(name)
    module, function = BUILDERS[artifact.spec.kind].split(":")
    net: StreamNet = getattr(importlib.import_module(module), function)(artifact)
    return net.double()


def phrase() -> np.ndarray:
    """Half a second [1, T] of a note that rises and swells, in a little hiss."""
    time_s = np.arange(RATE // 2) / RATE
    swell = np.sin(np.pi * time_s / time_s[-1])
    note = 0.3 * swell * np.sin(2 * np.pi * 220 * time_s * (1 + 0.2 * time_s))
    return (note + noise(time_s.size, 1, amplitude=1e-3)).astype(np.float32)


@pytest.mark.parametrize("name", embedded_names())
@settings(max_examples=4)
@given(lengths=st.lists(st.integers(1, 40), min_size=2, max_size=8))
@torch.no_grad()
def test_blocks_are_the_whole_in_float64(name: str, lengths: list[int]) -> None:
    net = network(name)
    multiple, latency = net.spec.block_multiple, net.spec.latency_samples
    lengths = [n * multiple for n in (*lengths, 1 + latency // multiple)]
    given_to_it = torch.from_numpy(noise(sum(lengths), net.spec.n_channels, amplitude=0.2)[None]).double()
    blocks, whole = net.run_blocks(given_to_it, lengths)[0], net.run_whole(given_to_it)[0]
    n_whole = sum(lengths) - latency
    assert null_db(blocks[:, latency:].numpy(), whole[:, :n_whole].numpy()) < STREAM_FLOAT64_DB


@cache
@torch.no_grad()
def heard_whole(name: str) -> np.ndarray:
    """The phrase as this instrument [1, T]: all controls, then all shapes in float64, then all sound."""
    net, controls = network(name), ControlStream(RATE).process(phrase())
    design = InstrumentDesign.from_dict(net.spec.options["design"])
    told = told_controls(controls.f0_hz, controls.loudness_db, design.note_reach)
    shapes = net.run_whole(torch.from_numpy(told[None]).double())[0].numpy()
    synth, levels = Synth(design), amplitudes(shapes, controls.loudness_db)
    pieces = [synth.process(float(f0), level) for f0, level in zip(controls.f0_hz, levels.T, strict=True)]
    dry = np.concatenate(pieces)
    taps = read_room(find_timbre(name).spec.options, design.n_room) if design.n_room else np.zeros(0)
    return np.convolve(dry, np.concatenate([[1.0], taps]))[None, : dry.size]


@pytest.mark.parametrize("name", INSTRUMENTS)
@settings(max_examples=3)
@given(cuts=st.lists(st.integers(1, RATE // 2 - 1), min_size=3, max_size=12))
def test_a_stream_in_random_blocks_is_the_whole(name: str, cuts: list[int]) -> None:
    session = open_engine("onnxruntime", find_timbre(name), SessionOptions("fp32", 1, n_frames=1))
    stream = InstrumentStream(session, None, InstrumentOptions(4096, is_block_fixed=False))
    n_ahead = stream.latency_samples - ControlStream(RATE).latency_samples
    heard = np.concatenate([stream.process(piece) for piece in np.split(phrase(), sorted(cuts), axis=1)], axis=1)
    found, whole = heard[:, n_ahead:], heard_whole(name)
    n_frames = min(found.shape[1], whole.shape[1])
    assert np.abs(whole).max() > 0.01
    assert null_db(found[:, :n_frames], whole[:, :n_frames]) < CUT_FLOAT32_DB
