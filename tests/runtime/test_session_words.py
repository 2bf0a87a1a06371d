"""What a process of its own is told is what was meant."""

from __future__ import annotations

import json

import pytest

from mixassist.errors import EngineError
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.session_words import options_of, session_parser, tell, words_of

FULL = SessionOptions(
    "bf16", 3, "package.module:build", use_cache=False, device="cuda", n_frames=65, n_batch=2, use_graphs=False
)


@pytest.mark.parametrize("options", [SessionOptions(use_cache=False), FULL])
def test_options_come_back_from_their_words(two_paths, options):
    asked = session_parser("a.module", None).parse_args(words_of(two_paths, "torch", options))
    assert options_of(asked) == options
    assert (asked.folder, asked.engine) == (two_paths.path, "torch")


def test_what_fails_is_told_in_one_line(capsys):
    def fails():
        raise EngineError("the engine is absent: install it")

    tell(fails)
    assert json.loads(capsys.readouterr().out) == {"error": "the engine is absent: install it"}
