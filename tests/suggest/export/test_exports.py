from __future__ import annotations

import base64
import json
import math
import struct
import zipfile

import pytest

from mixassist import AudioBuffer, write_audio
from mixassist.errors import Finding, OptionError
from mixassist.suggest.advice import (
    GenreUsed,
    MaskedBand,
    MasterAdvice,
    MixAdvice,
    Parameter,
    Reason,
    Suggestion,
    TrackAdvice,
)
from mixassist.suggest.balance import Fader
from mixassist.suggest.export import FORMATS, plan_exports, write_master_exports, write_mix_exports
from mixassist.suggest.export.reaper_chunks import RT60_S, rea_comp, rea_eq, rea_limit, rea_verbate, room_of
from mixassist.suggest.export.reaper_templates import file_name, write_reaper_templates
from mixassist.suggest.export.session import ExportSession
from mixassist.suggest.sections import Section
from tests.daw_readers import plugins, read_dawproject, read_rpp
from tests.signals import sine

REASON = Reason("rule", "-3 dB", "0 dB", "1 dB", "a source & <its> title")


def suggestion(track, processor, **values):
    parameters = tuple(Parameter(name, value) for name, value in values.items())
    return Suggestion(track, processor, parameters, REASON, 0.8, "does this & that")


EQ = suggestion("master", "eq", type="bell", frequency=300.0, gain=-3.0, q=1.2)
HIGH_PASS = suggestion("kick", "high_pass", frequency=30.0, slope=12.0)
COMPRESSOR = suggestion(
    "master", "compressor", threshold=-18.0, ratio=2.5, attack=30.0, release=250.0, knee=6.0, make_up=1.5
)
GATE = suggestion("kick", "gate", threshold=-40.0, range=20.0, attack=1.0, hold=50.0, release=100.0)
LIMITER = suggestion("master", "limiter", gain=4.0, ceiling=-1.0, release=100.0)
WIDTH = Suggestion("master", "width", (Parameter("side", -2.0, "dB"),), REASON, 0.8, "narrower")
REVERB = suggestion("reverb", "reverb", rt60=1.15, predelay=35.0, high_pass=200.0, low_pass=5000.0)
TRACK_SUGGESTIONS = (
    suggestion("kick", "gain", gain=-4.0),
    suggestion("kick", "pan", pan=0.25),
    HIGH_PASS,
    EQ,
    COMPRESSOR,
    GATE,
    suggestion("kick", "reverb_send", send=-18.0),
)
NAME = 'Kick "in" & <out> $\\oops{$.wav'


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    path = tmp_path_factory.mktemp("song") / NAME
    write_audio(path, AudioBuffer(sine(220, 22050, 44100, n_channels=2), 44100))
    return path


@pytest.fixture(scope="module")
def mix(song):
    advice = MixAdvice(
        GenreUsed("pop", {"pop": 1.0}),
        (
            TrackAdvice(NAME, "kick", "", TRACK_SUGGESTIONS, Fader(2.25, 3.0)),
            TrackAdvice("empty.wav", "other", "lead", ()),
        ),
        masking=(MaskedBand(NAME, "empty.wav", 250.0, 4.0),),
        reverb=(REVERB,),
        master=(LIMITER,),
    )
    files = plan_exports("", song.parent / "out", song.stem)
    write_mix_exports(advice, {NAME: song, "empty.wav": song}, "a song", files)
    return files


@pytest.fixture(scope="module")
def master(song):
    advice = MasterAdvice(
        NAME,
        GenreUsed("pop", {"pop": 1.0}),
        None,
        "spotify",
        -14.0,
        (EQ, COMPRESSOR, WIDTH, LIMITER),
        (Finding("code", "warning", "a <message>"),),
        (Section(0.0, 0.3, -18.2), Section(0.3, 0.5, None, is_best=True)),
    )
    files = plan_exports("", song.parent / "master", song.stem)
    write_master_exports(advice, song, files)
    return files


def test_every_format_is_written_for_mix_and_master(mix, master):
    assert set(mix) == set(master) == set(FORMATS)
    for path in (*mix.values(), *master.values()):
        assert path.stat().st_size > 100


@pytest.mark.parametrize("which", ["mix", "master"])
def test_dawprojects_are_valid(which, request, shared_data):
    etree = pytest.importorskip("lxml.etree", reason="lxml validates what the standard library cannot")
    schema = shared_data / "mixing" / "dawproject" / "Project.xsd"
    if not schema.is_file():
        pytest.skip(f"no schema at {schema}")
    with zipfile.ZipFile(request.getfixturevalue(which)["dawproject"]) as archive:
        document = etree.fromstring(archive.read("project.xml"))
    checker = etree.XMLSchema(etree.parse(str(schema)))
    assert checker.validate(document), checker.error_log


def test_a_dawproject_holds_its_audio_and_sends_to_its_reverb(mix):
    root, names = read_dawproject(mix["dawproject"])
    send = root.find("Structure/Track/Channel/Sends/Send")
    assert root.find("Structure/Track/[@name='reverb']/Channel").get("id") == send.get("destination")
    audio = [file.get("path") for file in root.iter("File")]
    assert set(audio) <= set(names)
    assert len(set(audio)) == 2


def test_what_no_device_takes_is_told(mix, master):
    root, _ = read_dawproject(master["dawproject"])
    assert "width: side -2 dB" in root.find("Structure/Track/[@name='Master']").get("comment")
    assert "master: width: side -2 dB" in master["reaper"].read_text(encoding="utf-8")
    root, _ = read_dawproject(mix["dawproject"])
    assert "hold 50" in root.find("Structure/Track").get("comment")
    assert "rt60 1.15" in root.find("Structure/Track/[@name='reverb']").get("comment")


def test_templates_of_a_master_are_its_chain(master):
    assert sorted(path.name for path in master["templates"].glob("*.RfxChain")) == ["master.RfxChain"]
    names = [name for name, _ in plugins(read_rpp((master["templates"] / "master.RfxChain").read_text()))]
    assert names == ["ReaEQ", "ReaComp", "ReaEQ", "ReaLimit"]


def test_templates_are_named_as_any_system_allows(mix):
    assert all(not set(path.name) & set('<>:"/\\|?*') for path in mix["templates"].iterdir())
    assert file_name("drums/..") == "drums-"
    assert file_name("..") == "track"


def test_a_reaper_project_opens_in_a_reader_of_others(mix, master):
    for files in (mix, master):
        read = read_rpp(files["reaper"].read_text(encoding="utf-8"))
        assert read.tag == "REAPER_PROJECT"
        assert [child.tag for child in read if hasattr(child, "tag")].count("TRACK") == (3 if files is mix else 1)


def test_states_are_those_that_reaper_writes():
    """Chunks of REAPER 7 with default settings, as far as they are certain."""
    limiter = list(rea_limit(suggestion("master", "limiter", gain=0.0, ceiling=-1.0, release=100.0)).lines())
    header = base64.b64decode(limiter[2])
    assert header[:8] == b"tmlr" + struct.pack("<I", 0xFEED5EEE)
    equaliser = rea_eq((EQ,))
    assert len(equaliser.state) == 8 + 33 + 16 + 16
    compressor = rea_comp(COMPRESSOR)
    assert compressor.state[:8] == bytes.fromhex("efbeadde0df0adde")
    assert len(compressor.state) == 8 + 21 * 4


def test_rooms_have_the_reverberation_that_was_measured():
    for step, seconds in enumerate(RT60_S):
        assert room_of(seconds) == pytest.approx(step / 10)
    assert room_of(0.01) == 0
    assert room_of(60) == 1


@pytest.mark.parametrize(("rt60_s", "wet_db"), [(0.3, 0.0), (0.58, 0.0), (1.15, -1.6), (1.55, -2.3), (9.72, -6.4)])
def test_rooms_of_any_size_return_as_much(rt60_s, wet_db):
    state = rea_verbate(suggestion("reverb", "reverb", rt60=rt60_s, predelay=35.0, high_pass=200.0, low_pass=5000.0))
    (wet,) = struct.unpack_from("<f", state.state, 8)
    assert 20 * math.log10(wet) == pytest.approx(wet_db, abs=0.05)


def test_templates_are_replaced_as_a_whole(tmp_path):
    """A second export leaves nothing of the first, and nothing that is somebody's own is taken away."""
    folder, plain = tmp_path / "song.templates", ExportSession("song", (), (LIMITER,))
    write_reaper_templates(ExportSession("song", (), (LIMITER,), (REVERB,)), folder)
    assert (folder / "reverb.RfxChain").exists()
    write_reaper_templates(plain, folder)
    assert [path.name for path in folder.iterdir()] == ["master.RfxChain"]
    assert [path.name for path in tmp_path.iterdir()] == ["song.templates"]
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(OptionError, match=r"notes\.txt"):
        write_reaper_templates(plain, folder)
    assert (folder / "notes.txt").exists()


def test_pages_hold_everything_and_nothing_that_breaks_them(mix, master):
    for files in (mix, master):
        text = files["html"].read_text(encoding="utf-8")
        assert "data:image/png;base64," in text
        assert "does this &amp; that" in text
        assert "<its>" not in text
        assert 'src="http' not in text
        assert "<link" not in text
    page = mix["html"].read_text(encoding="utf-8")
    assert "<td>+2.2 dB</td><td>± 3.0 dB</td>" in page
    assert json.loads(mix["json"].read_text())["tracks"][0]["usual_fader_db"] == {"value": 2.2, "spread": 3.0}
    assert "Sections: 0:00.0 -18.2 LUFS, 0:00.3* silent" in master["html"].read_text(encoding="utf-8")
    assert "a &lt;message&gt;" in master["html"].read_text(encoding="utf-8")
    assert json.loads(master["json"].read_text(encoding="utf-8"))["target"] == "spotify"


def test_exports_are_planned_by_name(tmp_path):
    assert plan_exports("", None, "song") == {}
    assert list(plan_exports("json, html", tmp_path, "song")) == ["json", "html"]
    assert plan_exports("json", tmp_path, "Song v1.2") == {"json": tmp_path / "Song v1.2.json"}
    with pytest.raises(OptionError, match="there are json"):
        plan_exports("pdf", tmp_path, "song")
    with pytest.raises(OptionError, match="pass -o DIR"):
        plan_exports("json", None, "song")
