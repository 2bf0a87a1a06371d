"""Sources of made songs: ours are whole, and nothing comes in without licence and credit."""

from __future__ import annotations

import pytest

from mixassist.errors import OptionError
from separation.training_set.drumming import PITCHES
from separation.training_set.sources import OURS, read_sources

GOOD = {"name": "kit", "kind": "drumkit", "path": "kit", "licence": "CC0-1.0", "credit": "A Drummer"}


def written(folder, **changes):
    facts = GOOD | changes
    file = folder / "sources.toml"
    lines = [f'{key} = "{value}"' for key, value in facts.items() if value is not None]
    file.write_text("[[source]]\n" + "\n".join(lines), encoding="utf-8")
    return file


def test_a_source_that_is_there_is_read_with_its_digest(tmp_path):
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "kick.wav").write_bytes(b"1")
    (source,) = read_sources(tmp_path, written(tmp_path))
    facts = source.to_dict()
    assert (facts["licence"], facts["credit"], len(facts["sha256"])) == ("CC0-1.0", "A Drummer", 64)
    (tmp_path / "kit" / "kick.wav").write_bytes(b"2")
    assert source.to_dict()["sha256"] != facts["sha256"]


def test_a_source_that_is_not_installed_is_left_out(tmp_path):
    assert read_sources(tmp_path, written(tmp_path)) == []


@pytest.mark.parametrize("key", ["licence", "credit", "kind", "path"])
@pytest.mark.parametrize("value", [None, " "])
def test_a_source_without_licence_or_credit_is_refused(tmp_path, key, value):
    with pytest.raises(OptionError, match=f"kit has no {key}"):
        read_sources(tmp_path, written(tmp_path, **{key: value}))


@pytest.mark.parametrize("licence", ["CC BY-NC-SA 4.0", "CC BY-SA 3.0", "GPL-2.0-only", "all rights reserved"])
def test_a_licence_that_forbids_shipping_is_refused(tmp_path, licence):
    with pytest.raises(OptionError, match="does not allow"):
        read_sources(tmp_path, written(tmp_path, licence=licence))


@pytest.mark.parametrize("folder", ["train", "voices"])
def test_recordings_that_nobody_vouches_for_are_refused(tmp_path, folder):
    (tmp_path / folder / "stranger").mkdir(parents=True)
    with pytest.raises(OptionError, match="stranger has no licence and no credit"):
        read_sources(tmp_path, written(tmp_path))


def test_ours_are_all_free_and_hit_drums_we_write_for(tmp_path):
    for source in read_sources(tmp_path, OURS):
        assert source.licence
        assert source.credit
        assert source.url
        assert set(source.hits) <= set(PITCHES)
        assert all(
            (source.path / name).is_file() for groups in source.hits.values() for group in groups for name in group
        )
