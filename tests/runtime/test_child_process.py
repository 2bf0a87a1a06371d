"""Programs that answer, talk too much, crash, fail and hang."""

import pytest

from mixassist.runtime.child_process import ask_module


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Runs a program in a process of its own."""
    monkeypatch.syspath_prepend(tmp_path)

    def run(program, *words, limit_s=30):
        (tmp_path / "answering.py").write_text(program)
        return ask_module("answering", words, limit_s)

    return run


def test_the_answer_is_found_among_what_libraries_print(ask):
    program = "import sys; print('loading ...'); print('{\"words\": %d}' % len(sys.argv)); print('done')"
    assert ask(program, "one", "two") == {"words": 3}


@pytest.mark.parametrize(
    ("program", "error"),
    [
        ("import os; os.abort()", "crashed (SIGABRT)"),
        ("raise ZeroDivisionError('a bug')", "failed with exit code 1: ZeroDivisionError: a bug"),
        ("import sys; sys.exit(3)", "failed with exit code 3: no message"),
        ("print('nothing of use')", "failed with exit code 0: no message"),
    ],
)
def test_what_became_of_it_is_told_in_one_line(ask, program, error):
    assert ask(program) == {"error": error}


def test_a_program_that_hangs_is_given_up(ask):
    assert ask("import time; time.sleep(60)", limit_s=0.2) == {"error": "not done after 0.2 s"}
