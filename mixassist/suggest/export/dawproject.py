"""DAWproject 1.0: a zip of `project.xml`, `metadata.xml` and the audio, which several workstations open.

Devices are the format's own equaliser, compressor, gate and limiter. It has none for width and reverb: those are told
in comments, and sends go to an effect channel on which a reverb is to be put. Reasons are comments too.
Units as in the reference implementation: https://github.com/bitwig/dawproject, Project.xsd.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from xml.etree import ElementTree

from mixassist.suggest.advice import Suggestion
from mixassist.suggest.export.reaper_chunks import linear
from mixassist.suggest.export.session import ExportSession, ExportTrack, of, why

Element = ElementTree.Element
BAND_TYPES = {"bell": "bell", "low_shelf": "lowShelf", "high_shelf": "highShelf"}
TEMPO_BPM = 120.0
"""What a session needs and advice does not know; nothing in it hangs on the tempo."""


def write_dawproject(session: ExportSession, path: Path) -> None:
    """Writes the session with its audio."""
    names = _audio_names(session.tracks)
    metadata = Element("MetaData")
    ElementTree.SubElement(metadata, "Title").text = _legal(session.title)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("project.xml", _xml(project_element(session, names)))
        archive.writestr("metadata.xml", _xml(metadata))
        for track, name in zip(session.tracks, names, strict=True):
            archive.write(track.file, name)


def project_element(session: ExportSession, audio_names: Sequence[str]) -> Element:
    """The root of `project.xml`."""
    project = Element("Project", version="1.0")
    _add(project, "Application", name="mixassist", version=_version())
    transport = _add(project, "Transport")
    _add(transport, "Tempo", unit="bpm", value=_number(TEMPO_BPM))
    _add(transport, "TimeSignature", numerator="4", denominator="4")
    structure = _add(project, "Structure")
    for index, track in enumerate(session.tracks):
        _add_track(structure, track, index, bool(session.reverb))
    if session.reverb:
        _add_reverb(structure, session.reverb)
    _add_master(structure, session.master)
    _add_arrangement(project, session.tracks, audio_names)
    _add(project, "Scenes")
    return project


def _add_track(structure: Element, track: ExportTrack, index: int, has_reverb: bool) -> None:
    comment = "\n".join(filter(None, (track.comment, why(track.suggestions))))
    element = _add(
        structure, "Track", contentType="audio", loaded="true", id=f"track{index}", name=track.name, comment=comment
    )
    channel = _channel(element, f"channel{index}", "regular", track.n_channels, "masterchannel")
    _add_devices(channel, track.suggestions, f"t{index}")
    _add_fader(channel, f"t{index}", track.number("pan", "pan", 0.0) or 0.0, has_level=False)
    send_db = track.number("reverb_send", "send", None)
    if has_reverb and send_db is not None:
        send = _add(_add(channel, "Sends"), "Send", destination="reverbchannel", type="post", id=f"t{index}send")
        _add(send, "Volume", unit="linear", value=_number(min(linear(send_db), 2)), min="0", max="2")
    _add_volume(channel, f"t{index}", track.number("gain", "gain", 0.0) or 0.0)


def _add_reverb(structure: Element, reverb: Sequence[Suggestion]) -> None:
    settings = "\n".join(f"{name}: {value}" for each in reverb for name, value in each.settings().items())
    comment = f"put a reverb here, wet only\n{settings}\n{why(reverb)}"
    track = _add(structure, "Track", contentType="audio", loaded="true", id="reverb", name="reverb", comment=comment)
    channel = _channel(track, "reverbchannel", "effect", 2, "masterchannel")
    _add_fader(channel, "reverb", 0.0)


def _add_master(structure: Element, master: Sequence[Suggestion]) -> None:
    track = _add(
        structure, "Track", contentType="audio", loaded="true", id="master", name="Master", comment=why(master)
    )
    channel = _channel(track, "masterchannel", "master", 2, None)
    _add_devices(channel, master, "master")
    _add_fader(channel, "master", 0.0, sum(each.number("gain") for each in of(master, "gain")))


def _channel(track: Element, identity: str, role: str, n_channels: int, destination: str | None) -> Element:
    attributes = {"audioChannels": str(n_channels), "role": role, "solo": "false", "id": identity}
    return _add(track, "Channel", **attributes, **({"destination": destination} if destination else {}))


def _add_fader(channel: Element, owner: str, pan: float, gain_db: float = 0.0, has_level: bool = True) -> None:
    """Mute and pan, which stand before the sends, and the volume, which stands after them."""
    _add(channel, "Mute", value="false", id=f"{owner}mute", name="Mute")
    value = _number((pan + 1) / 2)
    _add(channel, "Pan", unit="normalized", value=value, min="0", max="1", id=f"{owner}pan", name="Pan")
    if has_level:
        _add_volume(channel, owner, gain_db)


def _add_volume(channel: Element, owner: str, gain_db: float) -> None:
    value = _number(min(linear(gain_db), 2.0))
    _add(channel, "Volume", unit="linear", value=value, min="0", max="2", id=f"{owner}volume", name="Volume")


def _add_devices(channel: Element, suggestions: Sequence[Suggestion], owner: str) -> None:
    """Devices in the order of the signal, and before the fader what it cannot give."""
    devices = Element("Devices")
    for gate in of(suggestions, "gate"):
        _add_gate(devices, gate, owner)
    bands = of(suggestions, "high_pass") + of(suggestions, "eq")
    if bands:
        _add_equaliser(devices, bands, owner)
    for compressor in of(suggestions, "compressor"):
        _add_compressor(devices, compressor, owner)
    for limiter in of(suggestions, "limiter"):
        _add_limiter(devices, limiter, owner)
    if len(devices):
        channel.append(devices)


def _device(devices: Element, kind: str, suggestions: Sequence[Suggestion], owner: str) -> Element:
    device = _add(
        devices,
        kind,
        deviceName=kind,
        deviceRole="audioFX",
        loaded="true",
        id=f"{owner}{kind}{len(devices)}",
        name=kind,
        comment=why(suggestions),
    )
    _add(device, "Enabled", value="true")
    return device


def _add_equaliser(devices: Element, bands: Sequence[Suggestion], owner: str) -> None:
    device = _device(devices, "Equalizer", bands, owner)
    for order, each in enumerate(bands):
        if each.processor == "high_pass":
            kind, gain_db, q = "highPass", 0.0, 0.707
        else:
            kind, gain_db, q = BAND_TYPES[str(each["type"])], each.number("gain"), each.number("q")
        band = _add(device, "Band", type=kind, order=str(order))
        _real(band, "Freq", "hertz", each.number("frequency"))
        _real(band, "Gain", "decibel", gain_db)
        _real(band, "Q", "linear", q)
        _add(band, "Enabled", value="true")


def _add_compressor(devices: Element, each: Suggestion, owner: str) -> None:
    device = _device(devices, "Compressor", [each], owner)
    _real(device, "Attack", "seconds", each.number("attack") / 1000)
    _add(device, "AutoMakeup", value="false")
    _real(device, "OutputGain", "decibel", each.number("make_up"))
    _real(device, "Ratio", "percent", 100 * (1 - 1 / each.number("ratio")))
    _real(device, "Release", "seconds", each.number("release") / 1000)
    _real(device, "Threshold", "decibel", each.number("threshold"))


def _add_gate(devices: Element, each: Suggestion, owner: str) -> None:
    device = _device(devices, "NoiseGate", [each], owner)
    _real(device, "Attack", "seconds", each.number("attack") / 1000)
    _real(device, "Range", "decibel", -abs(each.number("range")))
    _real(device, "Ratio", "percent", 100.0)
    _real(device, "Release", "seconds", each.number("release") / 1000)
    _real(device, "Threshold", "decibel", each.number("threshold"))


def _add_limiter(devices: Element, each: Suggestion, owner: str) -> None:
    device = _device(devices, "Limiter", [each], owner)
    _real(device, "InputGain", "decibel", each.number("gain"))
    _real(device, "Release", "seconds", each.number("release") / 1000)
    _real(device, "Threshold", "decibel", each.number("ceiling"))


def _add_arrangement(project: Element, tracks: Sequence[ExportTrack], audio_names: Sequence[str]) -> None:
    lanes = _add(_add(project, "Arrangement", id="arrangement"), "Lanes", timeUnit="seconds", id="lanes")
    for index, (track, name) in enumerate(zip(tracks, audio_names, strict=True)):
        lane = _add(lanes, "Lanes", track=f"track{index}", id=f"lanes{index}")
        clips = _add(lane, "Clips", id=f"clips{index}")
        clip = _add(
            clips, "Clip", time="0", duration=_number(track.seconds), contentTimeUnit="seconds", name=track.name
        )
        audio = _add(
            clip,
            "Audio",
            channels=str(track.n_channels),
            duration=_number(track.seconds),
            sampleRate=str(track.rate),
            id=f"audio{index}",
        )
        _add(audio, "File", path=name, external="false")


def _audio_names(tracks: Sequence[ExportTrack]) -> list[str]:
    """A place in the archive for each file, numbered, for two may have one name."""
    return [f"audio/{index:02d}-{track.file.name}" for index, track in enumerate(tracks)]


def _real(parent: Element, name: str, unit: str, value: float) -> None:
    _add(parent, name, unit=unit, value=_number(value))


def _add(parent: Element, tag: str, /, **attributes: str) -> Element:
    return ElementTree.SubElement(parent, tag, {key: _legal(value) for key, value in attributes.items()})


def _legal(text: str) -> str:
    """The text without what XML does not hold: control characters and halves of pairs, which file names may have."""
    return "".join(sign for sign in text if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff"))


def _number(value: float) -> str:
    return f"{value:.9g}"


def _xml(element: Element) -> bytes:
    return bytes(ElementTree.tostring(element, encoding="UTF-8", xml_declaration=True))


def _version() -> str:
    try:
        return version("mixassist")
    except PackageNotFoundError:
        return "0"
