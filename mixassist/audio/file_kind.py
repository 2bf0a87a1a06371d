"""`choose_decoder`: who reads a file, decided by its bytes and never by its name.

WAV (with RF64), AIFF, FLAC, CAF, AU, W64 and OGG go to libsndfile, everything else to FFmpeg. Two formats that both
know are where they are because of what the other one does with them (libsndfile 1.2.2, FFmpeg 8):

- MP3 at FFmpeg: libsndfile guesses the length where the Info tag is missing, gives up at a damaged frame, and its
  decoder talks to stderr;
- OGG at libsndfile: FFmpeg loses or invents up to a thousand frames in files under half a second. Chained streams,
  of which libsndfile reads the first only, go to FFmpeg.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mixassist.errors import AudioError

Decoder = Literal["libsndfile", "ffmpeg"]

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".au", ".caf", ".flac"}
    | {".mp3", ".m4a", ".mp4", ".aac", ".ogg", ".oga", ".opus", ".wma", ".ac3"}
)
"""What files with sound are called, for those who walk folders; who reads one is decided by its bytes all the same."""

N_SNIFFED_BYTES = 512
LIBSNDFILE_MAGIC = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"caff", b"riff", b".snd")
OGG_MAGIC = b"OggS"
N_OGG_PAGE_BYTES = 65307
"""The longest page (RFC 3533, section 6), in which the last header must begin."""
OGG_SERIAL = slice(14, 18)
"""Where a page's header holds the number of its stream."""


def choose_decoder(path: Path) -> Decoder:
    """The decoder for a file that may be audio.

    Raises:
        AudioError: for a missing file, a folder, a pipe, an empty file, a text, and what the system does not let open.
    """
    first_bytes = _first_bytes(path)
    if not first_bytes:
        raise AudioError(f"{path.name} is empty (0 bytes): export it again")
    if _is_text(first_bytes):
        # FFmpeg would follow a playlist, even into the network, and never come back.
        raise AudioError(f"{path.name} holds text, not audio: name the audio file itself")
    magic = first_bytes[:4]
    if magic == OGG_MAGIC:
        return "ffmpeg" if _is_chained_ogg(path, first_bytes) else "libsndfile"
    return "libsndfile" if magic in LIBSNDFILE_MAGIC else "ffmpeg"


def _first_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise AudioError(f"{path} is a folder: name an audio file in it")
        if path.exists() and not path.is_file():
            raise AudioError(f"{path} is a pipe or a device: save the audio to a file first")
        with path.open("rb") as file:
            return file.read(N_SNIFFED_BYTES)
    except FileNotFoundError as error:
        raise AudioError(f"{path} does not exist: check the name") from error
    except OSError as error:
        raise AudioError(f"{path} cannot be opened ({error.strerror}): check its permissions") from error


def _is_text(first_bytes: bytes) -> bool:
    """True without control bytes: in 512 bytes of audio there are some, if only in the header's numbers."""
    return not any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in first_bytes)


def _is_chained_ogg(path: Path, first_bytes: bytes) -> bool:
    """True where the last page belongs to another stream than the first."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - N_OGG_PAGE_BYTES, 0))
        end = file.read()
    serial = end[end.rfind(OGG_MAGIC) :][OGG_SERIAL]
    return len(serial) == 4 and serial != first_bytes[OGG_SERIAL]
