"""`FileTags`: what a file says about itself, beside its sound.

In WAV these are the texts of a LIST/INFO chunk (RIFF MCI, Microsoft and IBM 1991), here in UTF-8; other containers keep
them in their own way.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass

_INFO_NAMES = (b"INAM", b"IART", b"ICOP", b"ICMT", b"ISFT")


@dataclass(frozen=True)
class FileTags:
    """Texts; empty ones are not written."""

    title: str = ""
    artist: str = ""
    copyright: str = ""
    comment: str = ""
    software: str = ""


UNTAGGED = FileTags()
"""Says nothing."""


def info_chunk(tags: FileTags) -> bytes:
    """The LIST/INFO chunk of a WAV file; nothing where there is no text."""
    entries = b"".join(
        _entry(name, text) for name, text in zip(_INFO_NAMES, astuple(tags), strict=True) if text.strip("\0")
    )
    return struct.pack("<4sI4s", b"LIST", 4 + len(entries), b"INFO") + entries if entries else b""


def _entry(name: bytes, text: str) -> bytes:
    """A text that ends in zero, and lies on an even number of bytes."""
    data = text.replace("\0", "").encode("utf-8", errors="replace") + b"\0"
    return struct.pack("<4sI", name, len(data)) + data + b"\0" * (len(data) % 2)
