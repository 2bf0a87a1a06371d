"""Devices of DAWproject: the format's own equaliser, compressor, gate and limiter, in the order of the signal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mixassist.suggest.advice import Suggestion
from mixassist.suggest.export.elements import Element, add, add_real
from mixassist.suggest.export.reaper_chunks import linear
from mixassist.suggest.export.session import gain_db, of, why
from mixassist.suggest.mix_chain import HIGH_PASS_Q

BAND_TYPES = {"bell": "bell", "low_shelf": "lowShelf", "high_shelf": "highShelf"}
MOST_VOLUME = 2.0
"""The end of a fader's way; what is to be louder gets the rest from an equaliser's output."""


def chain_devices(suggestions: Sequence[Suggestion], owner: str) -> Element:
    """Devices in the order of the signal."""
    devices = Element("Devices")
    for gate in of(suggestions, "gate"):
        _add_gate(devices, gate, owner)
    bands = of(suggestions, "high_pass") + of(suggestions, "eq")
    if bands:
        _add_equaliser(devices, bands, owner)
    for compressor in of(suggestions, "compressor"):
        _add_compressor(devices, compressor, owner)
    for limiter in of(suggestions, "limiter"):
        _add_limiter(devices, limiter, limiter.number("gain") + gain_db(suggestions), owner)
    return devices


def add_trim(devices: Element, level_db: float, owner: str) -> None:
    """Before the fader, what it cannot give."""
    if linear(level_db) > MOST_VOLUME:
        add_gain(devices, level_db - 20 * math.log10(MOST_VOLUME), owner)


def add_gain(devices: Element, level_db: float, owner: str) -> None:
    """An equaliser without bands, for there is no device for gain."""
    add_real(_device(devices, "Equalizer", (), owner), "OutputGain", "decibel", level_db)


def _device(devices: Element, kind: str, suggestions: Sequence[Suggestion], owner: str) -> Element:
    device = add(
        devices,
        kind,
        deviceName=kind,
        deviceRole="audioFX",
        loaded="true",
        id=f"{owner}{kind}{len(devices)}",
        name=kind,
        comment=why(suggestions),
    )
    add(device, "Enabled", value="true")
    return device


def _add_equaliser(devices: Element, bands: Sequence[Suggestion], owner: str) -> None:
    device = _device(devices, "Equalizer", bands, owner)
    for order, each in enumerate(bands):
        if each.processor == "high_pass":
            kind, band_db, q = "highPass", 0.0, HIGH_PASS_Q
        else:
            kind, band_db, q = BAND_TYPES[str(each["type"])], each.number("gain"), each.number("q")
        band = add(device, "Band", type=kind, order=str(order))
        add_real(band, "Freq", "hertz", each.number("frequency"))
        add_real(band, "Gain", "decibel", band_db)
        add_real(band, "Q", "linear", q)
        add(band, "Enabled", value="true")


def _add_compressor(devices: Element, each: Suggestion, owner: str) -> None:
    device = _device(devices, "Compressor", [each], owner)
    add_real(device, "Attack", "seconds", each.number("attack") / 1000)
    add(device, "AutoMakeup", value="false")
    add_real(device, "OutputGain", "decibel", each.number("make_up"))
    add_real(device, "Ratio", "percent", 100 * (1 - 1 / each.number("ratio")))
    add_real(device, "Release", "seconds", each.number("release") / 1000)
    add_real(device, "Threshold", "decibel", each.number("threshold"))


def _add_gate(devices: Element, each: Suggestion, owner: str) -> None:
    device = _device(devices, "NoiseGate", [each], owner)
    add_real(device, "Attack", "seconds", each.number("attack") / 1000)
    add_real(device, "Range", "decibel", -abs(each.number("range")))
    add_real(device, "Ratio", "percent", 100.0)
    add_real(device, "Release", "seconds", each.number("release") / 1000)
    add_real(device, "Threshold", "decibel", each.number("threshold"))


def _add_limiter(devices: Element, each: Suggestion, input_db: float, owner: str) -> None:
    device = _device(devices, "Limiter", [each], owner)
    add_real(device, "InputGain", "decibel", input_db)
    add_real(device, "Release", "seconds", each.number("release") / 1000)
    add_real(device, "Threshold", "decibel", each.number("ceiling"))
