from __future__ import annotations

import json

import pytest
import soundfile
import yaml

from mixassist import AudioBuffer, write_audio
from mixassist.audio.writer import Encoding
from mixassist.errors import ModelError, OptionError
from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import ModelCard
from tests.signals import noise
from tests.transfer.dataset.made_recordings import LEDGER
from transfer.credit_ledger import read_ledger, write_template
from transfer.credits import Credit, credits_of, weigh, weights_licence
from transfer.hub_card import front_matter, licence_facts, model_front_matter, table_row
from transfer.rendered import Rendering


@pytest.fixture
def ledger(tmp_path):
    (tmp_path / "credits.toml").write_text(LEDGER)
    return read_ledger(tmp_path / "credits.toml")


@pytest.fixture
def model(ledger, tmp_path):
    ada, bo = ledger.contributors
    named = [credit.to_dict() for credit in weigh({ada: 90.0, bo: 270.0})]
    manifest = {"name": "horn", "credits": named, "files": {}, "licence": "MIT (weights)"}
    return Artifact(tmp_path, ModelSpec.__new__(ModelSpec), manifest)


def test_patterns_say_who_made_what(ledger):
    assert ledger.maker("a/one.wav").name == "Ada"
    assert ledger.maker("b/one.wav").name == "Bo"


def test_a_recording_that_nobody_made_is_refused(tmp_path):
    (tmp_path / "l").write_text(LEDGER + 'files = ["b/*"]\n')
    with pytest.raises(OptionError, match=r"c.wav has no contributor \(1 of 2 recordings\)"):
        read_ledger(tmp_path / "l").require_makers(["a/x.wav", "c.wav"])


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ('name = "Ada"', 'name = " "', "contributor 1 has no name"),
        ('licence = "CC-BY-4.0"', "", "contributor 2 has no licence"),
        ("split_percent = 40", "split_percent = 30", "sum to 90: make them 100"),
        ("split_percent = 40", 'split_percent = "half"', "split_percent is 'half'"),
        ('consent = ["train"]', 'consent = ["release"]', r"contributor 2 \(Bo\) does not consent to train"),
        ('consent = ["train"]', 'consent = ["trian"]', "consents to 'trian'"),
        ("[[contributor]]", "[[person]]", "has no \\[\\[contributor\\]\\]"),
        ("[[contributor]]", "[[contributor]", "is no TOML"),
    ],
)
def test_a_ledger_that_leaves_something_open_is_refused(tmp_path, right, wrong, message):
    (tmp_path / "credits.toml").write_text(LEDGER.replace(right, wrong))
    with pytest.raises(OptionError, match=message):
        read_ledger(tmp_path / "credits.toml")


def test_the_template_asks_for_everything(tmp_path):
    write_template(tmp_path / "credits.toml")
    text = (tmp_path / "credits.toml").read_text()
    for key in ("name", "role", "source", "licence"):
        text = text.replace(f'{key} = ""', f'{key} = "told"')
    (tmp_path / "credits.toml").write_text(text)
    assert read_ledger(tmp_path / "credits.toml").contributors[0].split_percent == 100


def test_a_model_names_whom_it_learned_from(model):
    bo, ada = credits_of(model)
    assert (bo.contributor.name, bo.share, ada.share) == ("Bo", 0.75, 0.25)
    assert Credit.from_dict(bo.to_dict()) == bo
    assert weights_licence([bo, ada]).endswith("recordings under CC-BY-4.0, CC0-1.0, see credits")
    assert licence_facts([ada]) == {"license": "cc0-1.0"}
    assert front_matter({"a": "b", "c": ""}) == "---\na: b\n---\n"


def test_the_card_of_a_model_begins_as_hubs_want_it():
    told = model_front_matter(ModelCard("horn-model", "MIT"), "horn")
    assert yaml.safe_load(told.removeprefix("---\n").removesuffix("---\n"))["datasets"] == ["horn"]


def test_weights_are_free_where_everybody_agrees(model):
    told = model.manifest["credits"]
    assert "license: other" in model_front_matter(ModelCard("horn-model", "", credits=told), "horn")
    agreed = [credit | {"consent": ["train", "release", "commercial"]} for credit in told]
    assert "license: mit" in model_front_matter(ModelCard("horn-model", "", credits=agreed), "horn")
    assert weights_licence([Credit.from_dict(each) for each in agreed]).startswith("MIT (weights)")
    assert weights_licence([Credit.from_dict(each) for each in told]).startswith("none (weights)")


def test_a_name_cannot_end_a_cell_of_a_table():
    assert table_row(["a|b", "c\nd"]) == "| a/b | c d |"


def test_a_model_without_credits_is_refused(model):
    with pytest.raises(ModelError, match="does not say whom it learned from"):
        credits_of(Artifact(model.path, model.spec, {"name": "horn", "files": {}}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"role": None}, "role is None, not a text"),
        ({"seconds": None}, "seconds is None, not a number"),
        ({"share": float("nan")}, "share is nan, not a number"),
        ({"consent": "train"}, "consent is 'train', not a list of texts"),
    ],
)
def test_a_damaged_credit_is_one_line(model, changes, message):
    manifest = {"name": "horn", "files": {}, "credits": [model.manifest["credits"][0] | changes]}
    with pytest.raises(ModelError, match=rf"the credits of horn cannot be read \({message}\): train it again"):
        credits_of(Artifact(model.path, model.spec, manifest))


@pytest.mark.parametrize("told", [{"Ada": 1}, ["Ada"], 7])
def test_credits_that_are_no_list_are_one_line(model, told):
    with pytest.raises(ModelError, match="they are no list of contributors"):
        credits_of(Artifact(model.path, model.spec, {"name": "horn", "files": {}, "credits": told}))


def test_every_render_names_them(model, tmp_path):
    rendering = Rendering(model, "phrase.wav")
    path = tmp_path / "out.wav"
    write_audio(path, AudioBuffer(noise(100, 1), 48000), Encoding(tags=rendering.tags))
    with soundfile.SoundFile(path) as file:
        assert file.artist == "Bo, Ada"
        assert "rendered by the model horn from phrase.wav" in file.comment
    sidecar = json.loads(rendering.write_sidecar(path).read_text())
    assert sidecar["file"] == "out.wav"
    assert [credit["name"] for credit in sidecar["credits"]] == ["Bo", "Ada"]
    assert sidecar["model_sha256"] == model.sha256
