"""`README.md`: a data set described for people, and for the hub that it may be put on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transfer.credits import Credit
from transfer.dataset.folder import CARD, PICTURE
from transfer.dataset.manifest import SPLITS
from transfer.hub_card import credits_table, front_matter, licence_facts

FEW, MANY = 1000, 10000

_CARD = """
# {name}

{minutes:.1f} minutes of one timbre: {n_segments} segments of {n_recordings} recordings, mono at 48 kHz. Made by
`mixassist transfer dataset`; everything in numbers is in `manifest.json`, and whose sound it is in `credits.toml`.

## Whose sound it is

{credits}
## What is in it

| split | minutes | segments |
|---|---|---|
{splits}
{apart}{left_out}.{likeness}

{coverage}
## What was found

{findings}
"""

_APART = "No recording lies in two splits"


def write_card(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Writes the card of the data set in `folder`."""
    named = [Credit.from_dict(told) for told in manifest["credits"]]
    segments, left_out = manifest["segments"], manifest["left_out"]
    facts = {
        **licence_facts(named),
        "pretty_name": manifest["name"],
        "tags": ["audio", "music", "timbre-transfer"],
        "size_categories": [_size(len(segments))],
        "source_datasets": ["original"],
    }
    text = _CARD.format(
        name=manifest["name"],
        minutes=sum(manifest["seconds"].values()) / 60,
        n_segments=len(segments),
        n_recordings=sum(1 for row in manifest["recordings"] if row["kept_seconds"]),
        credits=credits_table(named),
        apart="Parts of one recording lie in several splits" if is_split_in_time(manifest) else _APART,
        splits="".join(_split_row(split, manifest) for split in SPLITS),
        left_out=f"; {len(left_out)} segments were left out, see `audition/reasons.txt`" if left_out else "",
        likeness=_likeness(manifest["nearest_recording_db"]),
        coverage=_coverage(manifest["coverage"]),
        findings="".join(f"- {told}\n" for told in findings_told(manifest)) or "Nothing that stands in the way.\n",
    )
    (folder / CARD).write_text(front_matter(facts) + text.rstrip() + "\n", encoding="utf-8", errors="backslashreplace")


def findings_told(manifest: Mapping[str, Any]) -> list[str]:
    """The findings about the whole, then those about recordings: one line for each kind, with the first of its kind."""
    told = [finding["message"] for finding in manifest["findings"]]
    first: dict[str, str] = {}
    number: Counter[str] = Counter()
    for row in manifest["recordings"]:
        for finding in row["findings"]:
            first.setdefault(finding["code"], f"{row['name']}: {finding['message']}")
            number[finding["code"]] += 1
    return told + [
        line + (f" ({number[code]} recordings like this)" if number[code] > 1 else "") for code, line in first.items()
    ]


def is_split_in_time(manifest: Mapping[str, Any]) -> bool:
    """Whether a recording lies in several splits."""
    return len({(row["recording"], row["split"]) for row in manifest["segments"]}) > len(
        {row["recording"] for row in manifest["segments"]}
    )


def _split_row(split: str, manifest: Mapping[str, Any]) -> str:
    n_segments = sum(1 for row in manifest["segments"] if row["split"] == split)
    return f"| {split} | {manifest['seconds'][split] / 60:.1f} | {n_segments} |\n"


def _likeness(nearest_db: float | None) -> str:
    if nearest_db is None:
        return ""
    return f" Half of the segments have one of another recording within {nearest_db:.1f} dB of their mean spectrum."


def _coverage(coverage: Mapping[str, Any] | None) -> str:
    if coverage is None:
        return "Nothing in it has a clear pitch.\n"
    missing = coverage["missing_notes"]
    told = f"\nHardly there: {', '.join(missing)}.\n" if missing else ""
    return f"![pitch against loudness]({PICTURE})\n{told}"


def _size(n_segments: int) -> str:
    """The hub's words for numbers of rows."""
    if n_segments < FEW:
        return "n<1K"
    return "1K<n<10K" if n_segments < MANY else "10K<n<100K"
