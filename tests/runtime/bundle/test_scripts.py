"""Installing and looking after a bundle: its shell scripts and units, on machines that are made up."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mixassist.runtime.bundle.targets import FILES

SCRIPTS = sorted(FILES.rglob("*.sh"))
PYTHON = f"""#!/bin/sh
# Stands in for Python: an environment of its own is a copy of this file, so that none has to be filled.
if [ "$1 $2" = "-m venv" ]; then
    for folder in "$@"; do :; done
    mkdir -p "$folder/bin"
    cp "$0" "$folder/bin/python"
    exit
fi
case "$*" in *"import numpy"* | *"import onnxruntime"* | *"import sounddevice"*) exit ${{N_MISSING:-0}} ;; esac
exec {sys.executable} "$@"
"""


@pytest.fixture
def pedal(tmp_path):
    """A bundle for this kind of machine that holds no models, whose check prints its version."""
    folder = tmp_path / "pedal"
    shutil.copytree(FILES / "common", folder)
    write(folder, "1", "linux-x86" if os.uname().machine == "x86_64" else "raspberry-pi")
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "python").chmod(0o755)
    return folder


def write(folder, version, target):
    (folder / "check.py").write_text(f"print('version {version}')\n")
    (folder / "rig.json").write_text("{}\n")
    (folder / "manifest.json").write_text(json.dumps({"bundle": {"target": target}}))
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in paths)
    (folder / "SHA256SUMS").write_text("".join(lines))


def run(folder, *words, script="install.sh", **environment):
    prefix = folder.parent / "prefix"
    options = (
        ["--prefix", prefix, "--no-systemd", "--python", folder.parent / "python"] if script == "install.sh" else []
    )
    return subprocess.run(
        [folder / script, *options, *words],
        env=os.environ | {"PYTHON": str(folder.parent / "python")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def current(folder):
    return (folder.parent / "prefix" / "current" / "check.py").read_text()


def test_updates_fill_the_other_slot_and_can_be_taken_back(pedal):
    target = json.loads((pedal / "manifest.json").read_text())["bundle"]["target"]
    assert run(pedal, "--rollback").returncode == 2
    done = run(pedal)
    assert (done.returncode, done.stderr) == (0, "")
    assert "version 1" in done.stdout
    (pedal.parent / "prefix" / "settings" / "rig.json").write_text('{"block": 64}')
    write(pedal, "2", target)
    assert run(pedal).returncode == 0
    assert "version 2" in current(pedal)
    assert (pedal.parent / "prefix" / "settings" / "rig.json").read_text() == '{"block": 64}'
    assert run(pedal, "--rollback").returncode == 0
    assert "version 1" in current(pedal)


def test_what_does_not_reproduce_its_golden_vectors_is_not_played(pedal):
    """Nor does it take the place of the bundle before, to which one can still go back."""
    target = json.loads((pedal / "manifest.json").read_text())["bundle"]["target"]
    assert run(pedal).returncode == 0
    write(pedal, "2", target)
    assert run(pedal).returncode == 0
    (pedal / "check.py").write_text("raise SystemExit(1)\n")
    sums = (pedal / "SHA256SUMS").read_text()
    digest = hashlib.sha256((pedal / "check.py").read_bytes()).hexdigest()
    (pedal / "SHA256SUMS").write_text(re.sub(r"\w{64}(?=  check\.py)", digest, sums))
    done = run(pedal)
    assert (done.returncode, "golden vectors are not reproduced" in done.stderr) == (2, True)
    assert "version 2" in current(pedal)
    assert run(pedal, "--rollback").returncode == 0
    assert "version 1" in current(pedal)
    assert sorted(path.name for path in (pedal.parent / "prefix" / "slots").iterdir()) == ["a", "b"]


def test_a_wrong_sum_and_a_stranger_are_refused(pedal):
    (pedal / "rig.json").write_text('{"block": 1}')
    done = run(pedal)
    assert (done.returncode, "files are missing or damaged" in done.stderr) == (2, True)
    (pedal / "rig.json").write_text("{}\n")
    (pedal / "check").touch()  # the beginning of a name that is known
    done = run(pedal)
    assert (done.returncode, "check does not belong to the bundle" in done.stderr) == (2, True)
    assert not (pedal.parent / "prefix" / "current").exists()


def test_a_full_disk_is_told_before_anything_is_copied(pedal):
    shims = pedal.parent / "shims"
    shims.mkdir()
    (shims / "df").write_text("#!/bin/sh\necho head\necho disk 9 9 1024 9% /\n")
    (shims / "df").chmod(0o755)
    done = run(pedal, PATH=f"{shims}:{os.environ['PATH']}")
    assert done.returncode == 2
    assert re.search(r"has 1 MB left, \d+ MB are needed: free some", done.stderr)
    assert not list((pedal.parent / "prefix" / "slots").iterdir())


@pytest.mark.parametrize(
    ("release", "message"),
    [
        (None, "this is no Jetson"),
        ("# R35 (release), REVISION: 4.1, GCID: 1", "this JetPack is unsupported (R35.4): flash JetPack 6"),
    ],
)
def test_a_jetpack_that_is_too_old_is_told(pedal, release, message):
    write(pedal, "1", "jetson")
    root = pedal.parent / "root"
    (root / "etc").mkdir(parents=True)
    if release is not None:
        (root / "etc" / "nv_tegra_release").write_text(f"{release}\n")
    for script in ("install.sh", "doctor.sh"):
        done = run(pedal, script=script, MIXASSIST_ROOT=str(root))
        assert done.returncode == (2 if script == "install.sh" else 1)
        assert message in done.stdout + done.stderr


def test_no_numpy_is_told_with_the_cure(pedal):
    done = run(pedal, N_MISSING="1")
    assert (done.returncode, "has no numpy: put wheels into wheels/" in done.stderr) == (2, True)


def test_the_doctor_tells_of_a_machine_without_a_card(pedal):
    done = run(pedal, script="doctor.sh", MIXASSIST_ROOT=str(pedal.parent / "bare"))
    assert done.returncode == 1
    assert "WRONG  no sound card: plug in" in done.stdout
    assert "the bundle is for it" in done.stdout


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing():
    done = subprocess.run(["shellcheck", "-x", *SCRIPTS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path):
    """Programs that the units name must exist: a tree of stand-ins takes the place of the installed ones."""
    units = []
    for unit in sorted((FILES / "common" / "systemd").glob("*.service")):
        text = unit.read_text().replace("/opt/mixassist", str(tmp_path)).replace("User=mixassist", "User=root")
        for name in re.findall(rf"{re.escape(str(tmp_path))}/\S+", text):
            program = Path(name)
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)
        units.append(tmp_path / unit.name)
        units[-1].write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "mixassist" in line]
    assert (done.returncode, said) == (0, [])
