"""README.md of a bundle: what to do with it, on its machine."""

from __future__ import annotations

from collections.abc import Sequence

from mixassist.runtime.bundle.targets import FILES, Target

TEXT = FILES / "README.md.in"


def readme(models: Sequence[str], target: Target, made_by: str) -> str:
    """The page for a bundle of these models."""
    platforms = " ".join(f"--platform {platform}" for platform in target.platforms)
    downloads = "\n".join(
        f"python3 -m pip download -d wheels --only-binary=:all: {platforms} \\\n"
        f"    --python-version {python} -r {_requirements(target, python)}"
        for python in target.pythons
    )
    words = {
        "@MODELS@": "\n".join(f"{index}. {name}" for index, name in enumerate(models)),
        "@TARGET@": target.title,
        "@MADE_BY@": made_by,
        "@DOWNLOADS@": downloads,
    }
    text = TEXT.read_text(encoding="utf-8")
    for word, meaning in words.items():
        text = text.replace(word, meaning)
    return text


def _requirements(target: Target, python: str) -> str:
    jetpacks = {"3.10": "requirements-jp6.txt", "3.12": "requirements-jp7.txt"}
    return jetpacks[python] if target.name == "jetson" else "requirements.txt"
