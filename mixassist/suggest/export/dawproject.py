"""DAWproject 1.0: a zip of `project.xml`, `metadata.xml` and the audio, which several workstations open.

Devices are the format's own equaliser, compressor, gate and limiter. It has none for width and reverb: those are told
in comments, and sends go to an effect channel on which a reverb is to be put. Reasons are comments too. It names no
law of pans: they are taken for balances without gain, and the fader holds what they take from a track.
Units as in the reference implementation: https://github.com/bitwig/dawproject, Project.xsd.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mixassist.suggest.advice import Suggestion
from mixassist.suggest.export.dawproject_devices import MOST_VOLUME, add_gain, add_trim, chain_devices
from mixassist.suggest.export.elements import Element, add, legal, number, xml_bytes
from mixassist.suggest.export.reaper_chunks import linear
from mixassist.suggest.export.session import ExportSession, ExportTrack, gain_db, of, why

UNHEARD_TEMPO_BPM = 120.0
"""A session needs one also where none was heard; clips lie in seconds, so nothing hangs on it."""


def write_dawproject(session: ExportSession, path: Path) -> None:
    """Writes the session with its audio."""
    names = _audio_names(session.tracks)
    metadata = Element("MetaData")
    add(metadata, "Title").text = legal(session.title)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("project.xml", xml_bytes(project_element(session, names)))
        archive.writestr("metadata.xml", xml_bytes(metadata))
        for track, name in zip(session.tracks, names, strict=True):
            archive.write(track.file, name)


def project_element(session: ExportSession, audio_names: Sequence[str]) -> Element:
    """The root of `project.xml`."""
    project = Element("Project", version="1.0")
    add(project, "Application", name="mixassist", version=_version())
    transport = add(project, "Transport")
    add(transport, "Tempo", unit="bpm", value=number(session.tempo_bpm or UNHEARD_TEMPO_BPM))
    add(transport, "TimeSignature", numerator="4", denominator="4")
    structure = add(project, "Structure")
    for index, (track, send_db) in enumerate(zip(session.tracks, session.sends_db(), strict=True)):
        _add_track(structure, track, index, send_db)
    if session.reverb:
        _add_reverb(structure, session.reverb)
    _add_master(structure, session)
    _add_arrangement(project, session.tracks, audio_names)
    add(project, "Scenes")
    return project


def _add_track(structure: Element, track: ExportTrack, index: int, send_db: float | None) -> None:
    comment = "\n".join(filter(None, (track.comment, why(track.suggestions))))
    element = add(
        structure, "Track", contentType="audio", loaded="true", id=f"track{index}", name=track.name, comment=comment
    )
    channel = _channel(element, f"channel{index}", "regular", track.n_channels, "masterchannel")
    devices = chain_devices(track.suggestions, f"t{index}")
    add_trim(devices, track.fader_db, f"t{index}")
    _add_devices(channel, devices)
    _add_fader(channel, f"t{index}", track.pan, has_level=False)
    if send_db is not None:
        send = add(add(channel, "Sends"), "Send", destination="reverbchannel", type="post", id=f"t{index}send")
        add(send, "Volume", unit="linear", value=number(min(linear(send_db), MOST_VOLUME)), min="0", max="2")
    _add_volume(channel, f"t{index}", track.fader_db)


def _add_reverb(structure: Element, reverb: Sequence[Suggestion]) -> None:
    comment = f"put a reverb here, wet only\n{why(reverb)}"
    track = add(structure, "Track", contentType="audio", loaded="true", id="reverb", name="reverb", comment=comment)
    channel = _channel(track, "reverbchannel", "effect", 2, "masterchannel")
    _add_fader(channel, "reverb", 0.0)


def _add_master(structure: Element, session: ExportSession) -> None:
    """The master, before whose devices stand those of the sum: what follows was set for what they give."""
    comment = why((*session.bus, *session.master))
    track = add(structure, "Track", contentType="audio", loaded="true", id="master", name="Master", comment=comment)
    channel = _channel(track, "masterchannel", "master", 2, None)
    devices = chain_devices(session.bus, "bus")
    if gain_db(session.bus):
        add_gain(devices, gain_db(session.bus), "bus")
    devices.extend(chain_devices(session.master, "master"))
    fader_db = 0.0 if of(session.master, "limiter") else gain_db(session.master)
    add_trim(devices, fader_db, "master")
    _add_devices(channel, devices)
    _add_fader(channel, "master", 0.0, fader_db)


def _channel(track: Element, identity: str, role: str, n_channels: int, destination: str | None) -> Element:
    attributes = {"audioChannels": str(n_channels), "role": role, "solo": "false", "id": identity}
    return add(track, "Channel", **attributes, **({"destination": destination} if destination else {}))


def _add_fader(channel: Element, owner: str, pan: float, level_db: float = 0.0, has_level: bool = True) -> None:
    """Mute and pan, which stand before the sends, and the volume, which stands after them."""
    add(channel, "Mute", value="false", id=f"{owner}mute", name="Mute")
    value = number((pan + 1) / 2)
    add(channel, "Pan", unit="normalized", value=value, min="0", max="1", id=f"{owner}pan", name="Pan")
    if has_level:
        _add_volume(channel, owner, level_db)


def _add_volume(channel: Element, owner: str, level_db: float) -> None:
    value = number(min(linear(level_db), MOST_VOLUME))
    add(channel, "Volume", unit="linear", value=value, min="0", max="2", id=f"{owner}volume", name="Volume")


def _add_devices(channel: Element, devices: Element) -> None:
    if len(devices):
        channel.append(devices)


def _add_arrangement(project: Element, tracks: Sequence[ExportTrack], audio_names: Sequence[str]) -> None:
    lanes = add(add(project, "Arrangement", id="arrangement"), "Lanes", timeUnit="seconds", id="lanes")
    for index, (track, name) in enumerate(zip(tracks, audio_names, strict=True)):
        lane = add(lanes, "Lanes", track=f"track{index}", id=f"lanes{index}")
        clips = add(lane, "Clips", id=f"clips{index}")
        clip = add(clips, "Clip", time="0", duration=number(track.seconds), contentTimeUnit="seconds", name=track.name)
        audio = add(
            clip,
            "Audio",
            channels=str(track.n_channels),
            duration=number(track.seconds),
            sampleRate=str(track.rate),
            id=f"audio{index}",
        )
        add(audio, "File", path=name, external="false")


def _audio_names(tracks: Sequence[ExportTrack]) -> list[str]:
    """A place in the archive for each file, numbered, for two may have one name."""
    return [f"audio/{index:02d}-{track.file.name}" for index, track in enumerate(tracks)]


def _version() -> str:
    try:
        return version("mixassist")
    except PackageNotFoundError:
        return "0"
