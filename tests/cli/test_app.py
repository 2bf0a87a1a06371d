"""How a command ends that somebody ends from outside."""

import subprocess
import sys

import pytest

PROGRAM = (
    "import signal, cli.app as it; signal.signal({number}, signal.{before});"
    "it.app = lambda: signal.raise_signal({number}); it.main(); print('went on')"
)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_kill_and_a_closed_terminal_end_work_as_ctrl_c_does(name: str) -> None:
    done = _run(f"signal.{name}", "SIG_DFL")
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
    assert not done.stdout


def test_what_nohup_ignores_stays_ignored() -> None:
    done = _run("signal.SIGHUP", "SIG_IGN")
    assert (done.stdout, done.returncode) == ("went on\n", 0)


def _run(number: str, before: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", PROGRAM.format(number=number, before=before)]
    return subprocess.run(words, capture_output=True, text=True, check=False)
