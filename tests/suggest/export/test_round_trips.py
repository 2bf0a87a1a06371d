"""What workstations read is what was suggested, and what was rendered: to 0.1 dB, and to 1 % of times and corners."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import freqz

from mixassist import AudioBuffer, write_audio
from mixassist.dsp.parametric import EqBand, biquad
from mixassist.suggest.advice import GenreUsed, MixAdvice, Parameter, Reason, Suggestion, TrackAdvice
from mixassist.suggest.export import write_mix_exports
from mixassist.suggest.mix_chain import HIGH_PASS_Q, track_chain_of
from mixassist.suggest.render import render_track
from tests.daw_readers import (
    children,
    dawproject_devices,
    decibels,
    plugins,
    read_dawproject,
    read_rpp,
    value,
    words,
)
from tests.signals import impulses, noise, sine
from tests.tolerances import CARRIED_DB, CARRIED_PART

RATE = 44100
NAMES = ("kick.wav", 'gtr "left".wav', "vox.wav")
REASON = Reason("rule", 1.0, 2.0, 0.5, "source")
IN_DB = {"gain", "send", "threshold", "range", "make_up", "ceiling", "knee"}


def suggestion(track, processor, **values):
    return Suggestion(track, processor, tuple(Parameter(name, each) for name, each in values.items()), REASON, 0.5, "")


def track_suggestions(name, rng):
    """One of everything, anywhere in its range; gains beyond what a fader gives included."""
    u = rng.uniform
    return (
        suggestion(name, "gain", gain=u(-18, 18)),
        suggestion(name, "pan", pan=u(-0.8, 0.8)),
        suggestion(name, "high_pass", frequency=u(25, 250), slope=12.0),
        suggestion(name, "eq", type="bell", frequency=u(60, 9000), gain=u(-6, 6), q=u(0.5, 8)),
        suggestion(name, "eq", type="low_shelf", frequency=u(60, 400), gain=u(-6, 6), q=u(0.4, 1)),
        suggestion(name, "eq", type="high_shelf", frequency=u(2000, 9000), gain=u(-6, 6), q=u(0.4, 1)),
        suggestion(
            name, "compressor", threshold=u(-40, -5), ratio=u(1.2, 8), attack=u(1, 80), release=u(40, 1000),
            knee=u(0, 12), make_up=u(0, 9),
        ),
        suggestion(name, "gate", threshold=u(-50, -15), range=u(-20, -3), attack=u(0.5, 10), hold=u(0, 200),
                   release=u(20, 500)),
        suggestion(name, "reverb_send", send=u(-30, 0)),
    )  # fmt: skip


def mix_advice(seed):
    rng = np.random.default_rng(seed)
    u = rng.uniform
    room = {"rt60": u(0.3, 3), "predelay": u(25, 50), "high_pass": u(80, 400), "low_pass": u(3000, 12000)}
    hum = suggestion("bus", "eq", type="bell", frequency=100.0, gain=-2.0, q=1.0)
    return MixAdvice(
        GenreUsed("pop", {"pop": 1.0}),
        tuple(TrackAdvice(name, "other", "", track_suggestions(name, rng)) for name in NAMES),
        reverb=(suggestion("reverb", "reverb", **room),),
        bus=(suggestion("bus", "gain", gain=u(-12, 0)), hum),
        master=(
            suggestion("master", "eq", type="bell", frequency=u(60, 9000), gain=u(-4, 4), q=u(0.5, 2)),
            suggestion("master", "limiter", gain=u(0, 9), ceiling=u(-2, -0.5), release=100.0),
        ),
        tempo_bpm=u(60, 180),
    )


@pytest.fixture(scope="module", params=[1, 2])
def carried(request, tmp_path_factory):
    """Advice, and the files that carry it."""
    folder = tmp_path_factory.mktemp("carried")
    write_audio(folder / "a.wav", AudioBuffer(noise(RATE // 10), RATE))
    advice = mix_advice(request.param)
    files = {name: folder / f"mix.{name}" for name in ("reaper", "templates", "dawproject")}
    write_mix_exports(advice, dict.fromkeys(NAMES, folder / "a.wav"), "a mix", files)
    return advice, files


def wanted(suggestions, processor):
    return [
        {each.name: each.value for each in found.parameters} for found in suggestions if found.processor == processor
    ]


def fader_db(suggestions):
    """The gain, and what keeps the power of both sides where a balance lowers the far one."""
    ((gain,), (pan,)) = (wanted(suggestions, name) for name in ("gain", "pan"))
    return gain["gain"] - 10 * np.log10((1 + (1 - abs(pan["pan"])) ** 2) / 2)


def assert_same(read, said):
    """Every number that was read is the one that was said."""
    assert set(read) <= set(said)
    for name, number in read.items():
        if isinstance(number, str):
            assert number == said[name]
        elif name in IN_DB:
            assert number == pytest.approx(said[name], abs=CARRIED_DB), name
        else:
            assert number == pytest.approx(said[name], rel=CARRIED_PART), name


def assert_bands(read, suggestions):
    """High-passes and bands, in order."""
    high_passes = [each["frequency"] for each in wanted(suggestions, "high_pass")]
    said = [{"type": "high_pass", "frequency": hz, "gain": 0.0, "q": HIGH_PASS_Q} for hz in high_passes]
    said += wanted(suggestions, "eq")
    assert len(read["bands"]) == len(said)
    for one, other in zip(read["bands"], said, strict=True):
        assert_same(one, other)


def assert_strip(found, suggestions):
    """Devices or plug-ins of a track against what was suggested for it."""
    for name, processor in (("Gate", "gate"), ("Comp", "compressor")):
        assert_same(next(state for title, state in found if name in title), wanted(suggestions, processor)[0])
    assert_bands(next(state for _, state in found if "bands" in state), suggestions)


def tracks_of(files, track):
    """The track's block in the project, in the template of all, and in its own, and its chain in a file of its own."""
    number = NAMES.index(track.track)
    folder = files["templates"]
    yield children(read_rpp(files["reaper"].read_text()), "TRACK")[number]
    yield children(read_rpp((folder / "all tracks.RTrackTemplate").read_text()), "TRACK")[number]
    (own,) = folder.glob(f"{number + 1:02d} *.RTrackTemplate")
    yield children(read_rpp(own.read_text()), "TRACK")[0]


def test_tracks_come_back_from_projects_and_templates(carried):
    advice, files = carried
    for track in advice.tracks:
        for block in tracks_of(files, track):
            (volume, pan, *_), said = words(block, "VOLPAN")[0], track.suggestions
            assert decibels(float(volume)) == pytest.approx(fader_db(said), abs=CARRIED_DB)
            assert float(pan) == pytest.approx(wanted(said, "pan")[0]["pan"], rel=CARRIED_PART)
            assert_strip(list(plugins(children(block, "FXCHAIN")[0])), said)


def test_chains_come_back_from_their_own_files(carried):
    advice, files = carried
    for number, track in enumerate(advice.tracks, start=1):
        (path,) = files["templates"].glob(f"{number:02d} *.RfxChain")
        assert_strip(list(plugins(read_rpp(path.read_text()))), track.suggestions)


def test_templates_have_no_audio_and_the_sends_of_the_project(carried):
    advice, files = carried
    template = read_rpp((files["templates"] / "all tracks.RTrackTemplate").read_text())
    assert not any(children(block, "ITEM") for block in children(template, "TRACK"))
    project = read_rpp(files["reaper"].read_text())
    for root in (template, project):
        reverb = children(root, "TRACK")[-1]
        sends = {int(line[0]): decibels(float(line[2])) for line in words(reverb, "AUXRECV")}
        said = [wanted(track.suggestions, "reverb_send")[0]["send"] for track in advice.tracks]
        assert [sends[place] for place in range(len(said))] == pytest.approx(said, abs=CARRIED_DB)
        ((name, room),) = plugins(children(reverb, "FXCHAIN")[0])
        assert name == "ReaVerbate"
        assert_same(room, wanted(advice.reverb, "reverb")[0])


def test_the_master_comes_back_with_the_bus_before_it(carried):
    advice, files = carried
    project = read_rpp(files["reaper"].read_text())
    alone = read_rpp((files["templates"] / "master.RfxChain").read_text())
    for chain in (children(project, "MASTERFXLIST")[0], alone):
        (_, bus), (_, tone), (_, drive), (name, limiter) = plugins(chain)
        assert_bands(bus, advice.bus)
        assert bus["gain"] == pytest.approx(wanted(advice.bus, "gain")[0]["gain"], abs=CARRIED_DB)
        assert_bands(tone, advice.master)
        assert name == "ReaLimit"
        assert_same({"gain": drive["gain"], **limiter}, wanted(advice.master, "limiter")[0])
    assert float(words(project, "MASTER_VOLUME")[0][0]) == 1


def test_everything_comes_back_from_a_dawproject(carried):
    advice, files = carried
    root, _ = read_dawproject(files["dawproject"])
    channels = {track.get("name"): track.find("Channel") for track in root.findall("Structure/Track")}
    for track in advice.tracks:
        channel, said = channels[track.track], track.suggestions
        devices = list(dawproject_devices(channel))
        trims_db = [state["gain"] for _, state in devices if "bands" in state]
        level_db = decibels(value(channel, "Volume")) + sum(trims_db)
        assert level_db == pytest.approx(fader_db(said), abs=CARRIED_DB)
        assert 2 * value(channel, "Pan") - 1 == pytest.approx(wanted(said, "pan")[0]["pan"], rel=CARRIED_PART)
        send_db = decibels(value(channel, "Sends/Send/Volume"))
        assert send_db == pytest.approx(wanted(said, "reverb_send")[0]["send"], abs=CARRIED_DB)
        assert_strip(devices, said)
    bus, trim, tone, limiter = (state for _, state in dawproject_devices(channels["Master"]))
    assert_bands(bus, advice.bus)
    assert trim["gain"] == pytest.approx(wanted(advice.bus, "gain")[0]["gain"], abs=CARRIED_DB)
    assert_bands(tone, advice.master)
    assert_same(limiter, wanted(advice.master, "limiter")[0])


def test_the_tempo_is_carried(carried):
    advice, files = carried
    root, _ = read_dawproject(files["dawproject"])
    assert float(root.find("Transport/Tempo").get("value")) == pytest.approx(advice.tempo_bpm, rel=1e-6)
    ((bpm, *_),) = words(read_rpp(files["reaper"].read_text()), "TEMPO")
    assert float(bpm) == pytest.approx(advice.tempo_bpm, rel=1e-6)


def test_a_dawproject_with_everything_in_it_is_valid(carried, shared_data):
    etree = pytest.importorskip("lxml.etree", reason="lxml validates what the standard library cannot")
    schema = shared_data / "mixing" / "dawproject" / "Project.xsd"
    if not schema.is_file():
        pytest.skip(f"no schema at {schema}")
    root, _ = read_dawproject(carried[1]["dawproject"])
    from xml.etree import ElementTree

    checker = etree.XMLSchema(etree.parse(str(schema)))
    assert checker.validate(etree.fromstring(ElementTree.tostring(root))), checker.error_log


def test_rendered_bands_are_the_exported_ones(carried):
    """The exported equaliser by its formula, against what an impulse becomes."""
    advice, files = carried
    hz = np.geomspace(30, 16000, 150)
    for track in advice.tracks:
        block = next(tracks_of(files, track))
        (state,) = (state for name, state in plugins(children(block, "FXCHAIN")[0]) if name == "ReaEQ")
        exported_db = sum(
            20 * np.log10(np.abs(freqz(section[:3], section[3:], worN=hz, fs=RATE)[1]))
            for section in (biquad(EqBand(b["type"], b["frequency"], b["gain"], b["q"]), RATE) for b in state["bands"])
        )
        bands = track_chain_of([each for each in track.suggestions if each.processor in ("eq", "high_pass")])
        (rendered,) = render_track([impulses([0], RATE, 1.0)], RATE, bands)
        spectrum = np.abs(np.fft.rfft(rendered[0].astype(np.float64)))
        rendered_db = 20 * np.log10(np.interp(hz, np.arange(len(spectrum)), spectrum))
        assert np.abs(rendered_db - exported_db).max() < CARRIED_DB


def test_rendered_levels_are_those_of_the_exported_compressor_fader_and_pan(carried):
    """Sines that last, against the exported curve: the threshold, the ratio and the knee in one formula."""
    advice, files = carried
    for track in advice.tracks:
        block = next(tracks_of(files, track))
        (c,) = (state for name, state in plugins(children(block, "FXCHAIN")[0]) if name == "ReaComp")
        volume, pan = map(float, words(block, "VOLPAN")[0][:2])
        plain = track_chain_of([each for each in track.suggestions if each.processor in ("compressor", "gain", "pan")])
        for amplitude in (0.01, 0.1, 0.3, 0.9):
            rendered = np.concatenate(list(render_track([sine(1000, 4 * RATE, RATE, amplitude)], RATE, plain)), axis=1)
            level_db = decibels(amplitude / 2**0.5)
            over = level_db - c["threshold"]
            bent = np.clip(over + c["knee"] / 2, 0, c["knee"]) ** 2 / (2 * c["knee"]) if over < c["knee"] / 2 else over
            expected = level_db + (1 / c["ratio"] - 1) * bent + c["make_up"] + decibels(volume)
            sides = np.sqrt(np.square(rendered[:, 3 * RATE :], dtype=np.float64).mean(axis=1))
            assert decibels(sides.max()) == pytest.approx(expected, abs=CARRIED_DB)
            assert sides.min() / sides.max() == pytest.approx(1 - abs(pan), rel=CARRIED_PART)
            assert np.argmax(sides) == (pan > 0)
