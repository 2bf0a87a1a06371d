"""`make test-jetson`: proves a Jetson's bundle without the board, and writes the record into docs/jetson-proof.md.

Wheels: pip resolves what the bundle asks for, for 64-bit ARM and the Pythons of JetPack 6 and 7.
Golden vectors: the bundle's own check.py runs on an emulated ARM processor, with the numpy and ONNX Runtime that pip
chose. An emulated processor is some 200 times slower: it proves numbers, never speed.
NVIDIA's compiler: every graph of the bundle, in both precisions, through TensorRT-RTX ahead of time.

It needs Debian's mirror and a package index, half a gigabyte under --work, and minutes.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mixassist.runtime.bundle.device.manifest import read_manifest
from tests.conftest import ROOT
from tests.jetson.graphs import compile_graphs
from tests.jetson.root import PYTHON, Arm64
from tests.jetson.wheels import SYSTEMS, System, resolve

RECORD = ROOT / "docs" / "jetson-proof.md"
AMP = ROOT.parent / "shared" / "data" / "amp" / "nam" / "A2.nam"
EMULATED = ("numpy", "onnxruntime")
"""What check.py needs; the sound card's library is not proven here, for there is no card."""


@dataclass(frozen=True)
class Replay:
    """What check.py said on the emulated processor, and how long it took."""

    versions: str
    code: int
    said: str
    seconds: float


def main() -> int:
    """Runs all and writes the record; 0 when everything was right."""
    parser = argparse.ArgumentParser(prog="python -m tests.jetson", description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "jetson", help="where the ARM system goes")
    parser.add_argument("--bundle", type=Path, help="a bundle that is there; one of --models is made if not given")
    parser.add_argument("--models", nargs="+", default=models_at_hand(), help="what `mixassist deploy` takes")
    asked = parser.parse_args()
    bundle = asked.bundle or make_bundle(asked.models, asked.work / "bundle")
    arm = Arm64(asked.work)
    arm.build()
    resolved = {system: resolve(system) for system in SYSTEMS}
    replays = list(replay(arm, bundle, resolved))
    graphs = compile_graphs(bundle)
    RECORD.write_text(record(bundle, resolved, replays, graphs), encoding="utf-8")
    sys.stdout.write(RECORD.read_text(encoding="utf-8"))
    is_right = all(each.code == 0 for each in replays) and all(graph.is_right for graph in graphs)
    return 0 if is_right else 1


def models_at_hand() -> list[str]:
    """The models that come with mixassist and, where the recordings lie beside the repository, an amp."""
    return ["lite-live", "alto-sax", *map(str, filter(Path.is_file, [AMP]))]


def make_bundle(models: Sequence[str], folder: Path) -> Path:
    """The bundle that `mixassist deploy` makes."""
    words = ["-m", "cli.app", "deploy", *models, "--target", "jetson", "--force", "-o", str(folder)]
    subprocess.run([sys.executable, *words], check=True, cwd=ROOT)
    return folder


def replay(arm: Arm64, bundle: Path, resolved: dict[System, dict[str, str]]) -> Iterator[Replay]:
    """What check.py says with the versions that pip chose for each JetPack."""
    for system in SYSTEMS[:2]:
        asked = [f"{name}=={resolved[system][name]}" for name in EMULATED]
        site = arm.folder / "site" / system.name.lower().replace(" ", "-")
        arm.install(asked, site)
        begin = time.perf_counter()
        command = arm.command(site, [str(bundle / "check.py"), "--engine", "onnxruntime"])
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - begin
        had = sorted(path.name.removesuffix(".dist-info").replace("-", " ") for path in site.glob("*.dist-info"))
        versions = ", ".join(name for name in had if name.startswith(EMULATED))
        yield Replay(f"{system.name}'s {versions}", done.returncode, (done.stdout + done.stderr).strip(), seconds)


def record(
    bundle: Path, resolved: dict[System, dict[str, str]], replays: Sequence[Replay], graphs: Sequence[object]
) -> str:
    """The page: what was run, on what, and what came of it."""
    manifest = read_manifest(bundle)
    models = ", ".join(model.id for model in manifest.models)
    lines = [
        "# A Jetson's bundle, proven without the board",
        "",
        f"Written by `make test-jetson` on {date.today().isoformat()}, on {platform.machine()} under Linux.",
        f"The bundle ({manifest.size_mb:.1f} MB) holds {models}.",
        "",
        "## Wheels for 64-bit ARM",
        "",
        "By pip's own resolution, wheels alone:",
        "",
        "| system | Python | packages |",
        "| --- | --- | --- |",
        *(f"| {system.name} | {system.python} | {_listed(versions)} |" for system, versions in resolved.items()),
        "",
        "## Golden vectors on an emulated 64-bit ARM processor",
        "",
        f"`check.py` of the bundle under qemu-user, Python {PYTHON}. The emulator's speed says nothing of a Jetson's.",
        "",
        *(line for each in replays for line in _told(each)),
        "## NVIDIA's compiler, ahead of time, without a GPU",
        "",
        "| model | precision | TensorRT-RTX |",
        "| --- | --- | --- |",
        *(f"| {graph} |" for graph in graphs),
        "",
        "Not proven here: speed, heat, sound cards, MIDI and TensorRT's own numbers, for which it takes the board:",
        "`./install.sh`, then `python3 check.py` and `python3 bench.py` in the bundle.",
    ]
    return "\n".join([*lines, ""])


def _told(replay: Replay) -> list[str]:
    how = "right" if replay.code == 0 else f"WRONG, exit code {replay.code}"
    head = f"With {replay.versions}: {how}, {replay.seconds:.0f} s."
    return [head, "", "```", *replay.said.splitlines(), "```", ""]


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


if __name__ == "__main__":
    sys.exit(main())
