"""What the cards of models and data sets begin with on a model hub, and the table of credits that all of them have.

References:
    Hugging Face, "Model Cards" and "Dataset Cards": YAML between two lines of `---`, then Markdown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from mixassist.runtime.artifact import ModelCard
from transfer.credits import Credit, are_weights_free, licences

HUB_LICENCES = {
    "CC0-1.0": "cc0-1.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-3.0": "cc-by-3.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC-BY-NC-4.0": "cc-by-nc-4.0",
    "CC-BY-NC-SA-4.0": "cc-by-nc-sa-4.0",
    "MIT": "mit",
}
"""SPDX identifiers as the hub writes them; anything else is `other`, with its name beside it."""


def front_matter(facts: Mapping[str, Any]) -> str:
    """The YAML block of a card, with its two lines; what is empty is left out."""
    told = {key: value for key, value in facts.items() if value not in ("", (), [], None)}
    return f"---\n{yaml.safe_dump(told, sort_keys=False, allow_unicode=True)}---\n"


def licence_facts(named: Sequence[Credit]) -> dict[str, str]:
    """`license`, and `license_name` where the hub knows no such licence or there are several."""
    found = licences(named)
    if len(found) == 1 and found[0] in HUB_LICENCES:
        return {"license": HUB_LICENCES[found[0]]}
    return {"license": "other", "license_name": " and ".join(found)}


def model_front_matter(card: ModelCard, dataset: str) -> str:
    """What the card of a timbre begins with: the licence of its weights, and what it was made from."""
    is_free = are_weights_free([Credit.from_dict(told) for told in card.credits])
    return front_matter(
        {
            **({"license": "mit"} if is_free else {"license": "other", "license_name": "no licence"}),
            "library_name": "mixassist",
            "pipeline_tag": "audio-to-audio",
            "tags": ["audio", "music", "timbre-transfer", "onnx"],
            "datasets": [dataset],
            "model_name": card.name,
        }
    )


def credits_table(named: Sequence[Credit]) -> str:
    """Who is heard, as a Markdown table."""
    columns = ("who", "what they did", "source", "licence", "consent", "minutes", "part", "split")
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n" + "".join(_row(credit) for credit in named)


def _row(credit: Credit) -> str:
    who = credit.contributor
    cells = (
        who.name,
        who.role,
        who.source,
        who.licence,
        ", ".join(who.consent),
        f"{credit.seconds / 60:.1f}",
        f"{credit.share:.0%}",
        f"{who.split_percent:g} %",
    )
    return f"{table_row(cells)}\n"


def table_row(cells: Sequence[str]) -> str:
    """A line of a Markdown table; what would end a cell is written otherwise."""
    return f"| {' | '.join(cell.replace('|', '/').replace(chr(10), ' ') for cell in cells)} |"
