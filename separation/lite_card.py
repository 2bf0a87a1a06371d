"""The card of the embedded model: what it is, whose recordings it learned from, how well it does and where it fails."""

from __future__ import annotations

from typing import Any

from separation.run_folder import RunFacts
from separation.songs import STEMS

LICENCE = "MIT (weights); the recordings it learned from are CC0-1.0 and CC BY 4.0, see credits"

CREDITS = (
    {
        "work": '"Everything is Free", songs with stems',
        "author": "Software-Entwicklungskit",
        "source": "github.com/ichbinsoftware/everythingisremixed",
        "licence": "CC0-1.0",
    },
    {
        "work": "Producer Space vocal packs, 797 clips",
        "author": "Producer Space",
        "source": "github.com/neshanjo/strudel-producer-space-samples",
        "licence": "CC0-1.0 by the licence text in the packs "
        "(re-uploaded by a third party; no performer release on file)",
    },
    {
        "work": "ErithacusVB, 101 sung syllables",
        "author": "Erithacus Project",
        "source": "github.com/ErithacusProject/ErithacusVB",
        "licence": "CC BY 4.0",
    },
    {
        "work": "sms-tools sounds: singing-female, soprano, a male phrase, two of speech",
        "author": "Music Technology Group, Universitat Pompeu Fabra",
        "source": "github.com/MTG/sms-tools",
        "licence": "CC BY 4.0",
    },
)

_CARD = """# lite

The separator that comes with mixassist: drums, bass, other and vocals of a finished song, offline, on any CPU. It is a
small band-split network ({n_parameters:,} weights) that gives every bin of the mixture's spectrogram to the stems by a
softmax, so the stems always sum to the mixture. It is a first version: good for practice and sketches, well below
HTDemucs.

## How it was trained
{minutes:.0f} minutes ({n_steps:,} steps) on {machine}, from random weights, by `python -m separation.training`: random
remixes of six songs with stems and of loose voices (gain, equaliser, speed, polarity, stereo image, soft clipping). The
seventh song, *{held_out}*, was held out.

| learned from | by | source | licence |
|---|---|---|---|
{credits}

## How well it does
Median SDR in dB over the 1-s frames in which a stem is audible (above -60 dB), then over songs. `mixture` is what doing
nothing scores; `oracle` is the ratio mask of the true stems, about the best a mask of this kind can do.

{held_out_table}

{eval_table}

The test set (MusicDelta songs of MedleyDB, CC BY-NC-SA 4.0) was used for this table only. Its songs are mixed from mono
tracks as they are, the drums quiet. Song by song: scores.json.

## Where it fails
- It learned from electronic songs by one author, in the main: guitars, acoustic drums, strings and brass are new to it.
- Only three of the songs have a bass stem, and low synthesisers often count as other there: bass is uncertain.
- Held notes with vibrato, of synthesisers or saxophones, can be taken for a voice, heavily processed voices for other.
- It masks magnitudes and keeps the mixture's phase: where stems overlap, they sound hollow or pump.
- Frames of 93 ms smear attacks; above 15.2 kHz all bins share one mask.
"""


def write_card(facts: RunFacts, scores: dict[str, Any]) -> str:
    """The text of CARD.md."""
    rows = [
        "| " + " | ".join(credit[key] for key in ("work", "author", "source", "licence")) + " |" for credit in CREDITS
    ]
    return _CARD.format(
        **facts.to_dict(),
        credits="\n".join(rows),
        held_out_table=_table(f"{facts.held_out}, held out", scores["held_out"]["median"]),
        eval_table=_table(f"test set, {len(scores['eval']['songs'])} songs", scores["eval"]["median"]),
    )


def _table(title: str, rows: dict[str, dict[str, float]]) -> str:
    columns = (*STEMS, "mean")
    lines = [f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for method, figures in rows.items():
        cells = [f"{figures[column]:.2f}" if column in figures else "" for column in columns]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)
