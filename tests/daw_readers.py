"""Reads back what was exported for workstations, by the formats' own rules and with a parser that is not ours.

Numbers come out in the units of advice, so that a test can lay them side by side.
"""

from __future__ import annotations

import base64
import math
import struct
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest

ROOM_RT60_S = (0.21, 0.24, 0.27, 0.32, 0.38, 0.46, 0.58, 0.78, 1.15, 2.10, 9.72)
EQ_TYPES = {0: "low_shelf", 1: "high_shelf", 4: "high_pass", 8: "bell"}


def decibels(factor):
    return 20 * math.log10(factor)


def read_rpp(text):
    """The root of a project, or of the blocks of a template or a chain, which have none of their own."""
    rpp = pytest.importorskip("rpp", reason="an independent reader of REAPER's files")
    is_project = text.lstrip().startswith("<REAPER_PROJECT")
    return rpp.loads(text if is_project else "<ROOT\n" + text + ">\n")


def children(element, tag):
    return [child for child in element if getattr(child, "tag", None) == tag]


def words(element, tag):
    """The lines of an element that begin with a word, without it."""
    return [child[1:] for child in element if isinstance(child, list) and child and child[0] == tag]


def plugins(chain):
    """Name and decoded state of each plug-in in a chain of effects."""
    decoders = {
        "ReaEQ": _equaliser,
        "ReaComp": _compressor,
        "ReaGate": _gate,
        "ReaLimit": _limiter,
        "ReaVerbate": _room,
    }
    for vst in children(chain, "VST"):
        name = vst.attrib[0].removeprefix("VST: ").removesuffix(" (Cockos)")
        yield name, decoders[name](_state(vst))


def _state(vst):
    lines = [child[0] if isinstance(child, list) else child for child in vst]
    header, state = base64.b64decode(lines[0]), b"".join(base64.b64decode(line) for line in lines[1:-1])
    n_in = struct.unpack_from("<I", header, 8)[0]
    n_out = struct.unpack_from("<I", header, 12 + 8 * n_in)[0]
    assert struct.unpack_from("<I", header, 16 + 8 * (n_in + n_out))[0] == len(state)
    return state


def _equaliser(state):
    version, n_bands = struct.unpack_from("<ii", state)
    assert version == 33
    bands = []
    for place in range(n_bands):
        kind, is_on, hz, factor, octaves, _ = struct.unpack_from("<iidddB", state, 8 + 33 * place)
        assert is_on
        q = 1 / (2 * math.sinh(math.log(2) / 2 * octaves))
        bands.append({"type": EQ_TYPES[kind], "frequency": hz, "gain": decibels(factor), "q": q})
    return {"bands": bands, "gain": decibels(struct.unpack_from("<d", state, 16 + 33 * n_bands)[0])}


def _floats(state, n):
    assert state[:8] == bytes.fromhex("efbeadde0df0adde")
    return struct.unpack_from(f"<{n}f", state, 8)


def _compressor(state):
    v = _floats(state, 21)
    return {
        "threshold": decibels(v[0]),
        "ratio": 1 + 99 * v[1],
        "attack": 500 * v[2],
        "release": 5000 * v[3],
        "knee": 24 * v[14],
        "make_up": decibels(v[11]),
    }


def _gate(state):
    v = _floats(state, 21)
    assert abs(v[9] + v[10] - 1) < 1e-6  # dry and wet, when it is open
    return {
        "threshold": decibels(v[0]),
        "attack": 500 * v[1],
        "release": 5000 * v[2],
        "hold": 1000 * v[4],
        "range": decibels(v[9]),
    }


def _limiter(state):
    _, is_true_peak, threshold_db, ceiling_db, *_ = struct.unpack("<iiddiiiid", state)
    assert is_true_peak
    assert threshold_db == ceiling_db
    return {"ceiling": ceiling_db}


def _room(state):
    wet, dry, room, _, _, predelay, low_pass, high_pass = _floats(state, 8)
    assert dry == 0
    assert 0 < wet <= 1
    return {
        "rt60": float(np.exp(np.interp(10 * room, range(11), np.log(ROOM_RT60_S)))),
        "predelay": 500 * predelay + 25,  # its own
        "low_pass": 20000 * low_pass,
        "high_pass": 20000 * high_pass,
    }


def read_dawproject(path):
    with zipfile.ZipFile(path) as archive:
        return ElementTree.fromstring(archive.read("project.xml")), archive.namelist()


def dawproject_devices(channel):
    """Name and numbers of each device of a channel."""
    for device in channel.findall("Devices/*"):
        yield device.tag, _DEVICES[device.tag](device)


def value(element, tag):
    return float(element.find(tag).get("value"))


def _daw_equaliser(device):
    kinds = {"highPass": "high_pass", "lowShelf": "low_shelf", "highShelf": "high_shelf", "bell": "bell"}
    bands = [
        {"type": kinds[band.get("type")], "frequency": value(band, "Freq"), "gain": value(band, "Gain")}
        | {"q": value(band, "Q")}
        for band in device.findall("Band")
    ]
    output = device.find("OutputGain")
    return {"bands": bands, "gain": 0.0 if output is None else float(output.get("value"))}


def _daw_compressor(device):
    return {
        "threshold": value(device, "Threshold"),
        "ratio": 1 / (1 - value(device, "Ratio") / 100),
        "attack": 1000 * value(device, "Attack"),
        "release": 1000 * value(device, "Release"),
        "make_up": value(device, "OutputGain"),
    }


def _daw_gate(device):
    return {
        "threshold": value(device, "Threshold"),
        "range": value(device, "Range"),
        "attack": 1000 * value(device, "Attack"),
        "release": 1000 * value(device, "Release"),
    }


def _daw_limiter(device):
    return {
        "gain": value(device, "InputGain"),
        "ceiling": value(device, "Threshold"),
        "release": 1000 * value(device, "Release"),
    }


_DEVICES = {
    "Equalizer": _daw_equaliser,
    "Compressor": _daw_compressor,
    "NoiseGate": _daw_gate,
    "Limiter": _daw_limiter,
}
