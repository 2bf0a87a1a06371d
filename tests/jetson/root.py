"""A 64-bit ARM system in a folder, and how to run its Python on another processor: qemu-user, no rights needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mixassist.runtime.artifact import staged

MIRROR = "http://deb.debian.org/debian"
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCES = {"trixie": "amd64", "bookworm": "arm64"}
"""Debian's releases by what they are asked for: qemu 7.2 of bookworm cannot import ONNX Runtime 1.31, 10.0 can."""

PYTHON = "3.11"
"""The one Python between the 3.10 of JetPack 6 and the 3.12 of JetPack 7 that Debian has for ARM."""

PACKAGES = (
    *("libc6", "libgcc-s1", "libstdc++6", "zlib1g", "libssl3", "libffi8", "libbz2-1.0", "liblzma5", "libexpat1"),
    *("libuuid1", "libsqlite3-0", "libcrypt1", "libreadline8", "libtinfo6", "libncursesw6"),
    *(f"python{PYTHON}-minimal", f"libpython{PYTHON}-minimal", f"libpython{PYTHON}-stdlib"),
)


@dataclass(frozen=True)
class Arm64:
    """An unpacked ARM system below `folder`; `site` holds the packages its Python sees."""

    folder: Path

    @property
    def qemu(self) -> Path:
        return self.folder / "qemu" / "usr" / "bin" / "qemu-aarch64"

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def command(self, site: Path, words: Sequence[str]) -> list[str]:
        """What to run so that the ARM system's Python gets `words`, seeing the packages in `site`.

        What it prints about its own packages is its own business: the variables of this machine's Python stay here.
        """
        variables = {"PYTHONPATH": str(site), "PYTHONNOUSERSITE": "1", "OMP_NUM_THREADS": "1"}
        settings = [word for name, value in variables.items() for word in ("-E", f"{name}={value}")]
        python = self.root / "usr" / "bin" / f"python{PYTHON}"
        return [str(self.qemu), "-L", str(self.root), *settings, str(python), *words]

    def build(self) -> None:
        """Fetches and unpacks what is not there yet: 90 MB from Debian's mirror.

        Raises:
            subprocess.CalledProcessError: when something cannot be fetched.
        """
        if not self.qemu.is_file():
            archives = self._fetch("qemu-user:amd64")
            _unpack(archives, self.folder / "qemu", "./usr/bin/qemu-aarch64")
        if not self.root.is_dir():
            _unpack(self._fetch(*(f"{name}:arm64" for name in PACKAGES)), self.root)

    def install(self, requirements: Sequence[str], site: Path) -> None:
        """Unpacks the ARM wheels of `requirements` and what they need into `site`."""
        if site.is_dir():
            return
        wheels = self.folder / "wheels" / site.name
        fetch = [sys.executable, "-m", "pip", "download", "-q", "-d", str(wheels), *wheel_tags(PYTHON)]
        subprocess.run([*fetch, *requirements], check=True)
        with staged(site) as staging:
            for wheel in sorted(wheels.glob("*.whl")):
                with zipfile.ZipFile(wheel) as archive:
                    archive.extractall(staging)
        shutil.rmtree(wheels)

    def _fetch(self, *packages: str) -> list[Path]:
        """Archives of Debian's packages, by an apt that knows nothing of this machine's own."""
        apt = self.folder / "apt"
        place = apt / "archives"
        for folder in (apt / "lists" / "partial", apt / "cache" / "archives" / "partial", place):
            folder.mkdir(parents=True, exist_ok=True)
        lines = [f"deb [arch={arch} signed-by={KEYS}] {MIRROR} {name} main" for name, arch in SOURCES.items()]
        (apt / "sources.list").write_text("\n".join(lines) + "\n")
        settings = {
            "APT::Architecture": "amd64",
            "APT::Architectures::": "arm64",
            "Acquire::Languages": "none",
            "Dir::Etc::sourcelist": apt / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State::Lists": apt / "lists",
            "Dir::State::status": "/dev/null",
            "Dir::Cache": apt / "cache",
        }
        words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        for left in place.glob("*.deb"):  # of a run that was interrupted
            left.unlink()
        if not any((apt / "lists").glob("*Packages*")):
            subprocess.run(["apt-get", "-qq", *words, "update"], check=True)
        subprocess.run(["apt-get", "-qq", *words, "download", *packages], check=True, cwd=place)
        return sorted(place.glob("*.deb"))


def wheel_tags(python: str) -> list[str]:
    """pip's options for wheels of 64-bit ARM under Linux: glibc as old as JetPack 6 has it (2.35)."""
    glibc = (35, 34, 31, 28, 27, 26, 24, 17)
    platforms = [f"manylinux_2_{minor}_aarch64" for minor in glibc] + ["manylinux2014_aarch64"]
    tags = [word for platform in platforms for word in ("--platform", platform)]
    return ["--only-binary=:all:", "--implementation", "cp", "--python-version", python, *tags]


def _unpack(archives: Sequence[Path], folder: Path, *members: str) -> None:
    """Unpacks archives, or some of what is in them, and takes them away; the folder appears whole or not at all."""
    with staged(folder) as staging:
        for archive in archives:
            read = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(archive)], stdout=subprocess.PIPE)
            subprocess.run(["tar", "-x", "-C", str(staging), *members], stdin=read.stdout, check=True, env=os.environ)
            if read.wait():
                raise subprocess.CalledProcessError(read.returncode, "dpkg-deb")
    for archive in archives:
        archive.unlink()
