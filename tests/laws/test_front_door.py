"""Law 10: the front door opens fast, shows what is inside and nothing else, and README tells the truth about it."""

from __future__ import annotations

import importlib
import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer

from mixassist import AudioBuffer, write_audio
from separation.catalogue import embedded_names
from tests.conftest import ROOT
from tests.laws.front_doors import HEAVY, PACKAGES
from tests.signals import noise

README = (ROOT / "README.md").read_text(encoding="utf-8")
FEATURES = ("separation", "transfer", "amp_models", "mixassist.suggest")
HOUSES = ("mixassist", "mixassist.audio", "mixassist.demo", "mixassist.runtime", *FEATURES)

NOT_OURS = {"annotations", "TYPE_CHECKING"}
"""What the language itself leaves in a module."""


def modules_after(code: str) -> set[str]:
    """All that is in memory after a fresh interpreter has run the code."""
    report = f"import sys\ntry:\n    {code}\nfinally:\n    print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def loaded_after(code: str) -> set[str]:
    """The heavy libraries among them."""
    return HEAVY & modules_after(code)


def code_blocks(*languages: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    return [block for language, block in fenced if language in languages]


def shell_lines(program: str) -> list[str]:
    """The lines of README that call the program, without prompt and comment."""
    lines = [line.removeprefix("$ ").split("  #")[0] for block in code_blocks("", "sh") for line in block.splitlines()]
    return [line.strip() for line in lines if line.startswith(program + " ")]


@pytest.mark.parametrize("arguments", [["--help"], ["separate", "--help"], ["model", "--help"], ["demo", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_after(f"import sys; sys.argv[1:] = {arguments}; import cli.app; cli.app.main()") == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    assert loaded_after(f"import {package}") == set()


@pytest.mark.parametrize("feature", FEATURES)
def test_taking_all_that_a_feature_offers_loads_nothing_heavy(feature: str) -> None:
    assert loaded_after(f"from {feature} import *") == set()


def test_who_separates_holds_nothing_of_the_other_rooms_in_memory() -> None:
    """They and what they calculate with take 50 MB."""
    loaded = modules_after("from separation import Separator")
    assert "separation.separator" in loaded
    assert not loaded & {"scipy.signal", "separation.denoising", "separation.dereverb", "separation.rooms"}


@pytest.mark.parametrize("house", HOUSES)
def test_all_names_what_is_offered_and_nothing_else(house: str) -> None:
    module = importlib.import_module(house)
    names = [name for name in dir(module) if not name.startswith("_")]
    offered = {name for name in names if not isinstance(getattr(module, name), ModuleType)} - NOT_OURS
    declared = [name for name in getattr(module, "__all__", []) if not name.startswith("__")]
    assert offered == set(declared)


@pytest.mark.parametrize("feature", FEATURES)
def test_a_feature_has_a_small_face(feature: str) -> None:
    assert len(getattr(importlib.import_module(feature), "__all__", [])) <= 6


def test_offered_names_explain_themselves() -> None:
    for house in HOUSES:
        module = importlib.import_module(house)
        for name in getattr(module, "__all__", []):
            if callable(getattr(module, name)):
                assert inspect.getdoc(getattr(module, name)), f"{house}.{name} has no docstring"


@pytest.mark.parametrize("line", shell_lines("make"))
def test_readme_make_targets_exist(line: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in line.split()[1:]:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"make {target} is in README only"


@pytest.mark.parametrize("line", shell_lines("mixassist"))
def test_readme_commands_exist(line: str) -> None:
    """Walks to the command and looks each of its options up; nothing is run."""
    from cli.app import app

    words = shlex.split(line)[1:]
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        assert words[0] in command.commands, f"mixassist has no command {words[0]!r}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = {word.split("=")[0] for word in words if word.startswith("-")} - known - {"--help", "--version"}
    assert not unknown


@pytest.mark.parametrize("code", code_blocks("python"))
def test_readme_python_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "lite" not in embedded_names():
        pytest.skip("the example needs the embedded model, which is not here yet")
    monkeypatch.chdir(tmp_path)
    write_audio("song.wav", AudioBuffer(noise(n_frames=44100), 44100))
    exec(compile(code, "README.md", "exec"), {})
    assert sorted(path.name for path in tmp_path.rglob("stems/*.wav")) == [
        "bass.wav",
        "drums.wav",
        "other.wav",
        "vocals.wav",
    ]


@pytest.mark.parametrize("path", sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]))
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", path.read_text(encoding="utf-8"))
    broken = [link for link in links if not (path.parent / link).exists()]
    assert not broken
