"""Whose work a bundle carries: a line per model for the pedal's log, and the page CREDITS.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mixassist.runtime.artifact import ModelCard

LICENCE_TEXTS = {
    "CC0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC BY 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY 3.0": "https://creativecommons.org/licenses/by/3.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC BY-SA 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC BY-NC 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "CC-BY-NC-4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "GPL-3.0": "https://www.gnu.org/licenses/gpl-3.0.html",
    "GPL-2.0": "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html",
    "MIT": "LICENSES/mixassist-MIT.txt, and with each source",
}
"""Where the text of a licence is, by words that name it."""

_NAMES = ("credit", "name", "modeled_by")
_PLACES = ("url", "source")


def credit_line(name: str, card: ModelCard) -> str:
    """A model's licence and whose recordings it learned from, in one line."""
    makers = "; ".join(_first(credit, _NAMES) for credit in card.credits)
    return f"{name}: {card.licence}" + (f"; sound of {makers}" if makers else "")


def credits_page(cards: Mapping[str, ModelCard]) -> str:
    """CREDITS.md: each model with its licence and every source, and where the licences' texts are."""
    lines = [
        "# Credits and licences",
        "",
        "The programs and `lib/` are mixassist: MIT, see LICENSES/mixassist-MIT.txt.",
    ]
    for name, card in cards.items():
        lines += ["", f"## {name}", "", f"Licence: {card.licence}."]
        lines += ["", *map(_row, card.credits)] if card.credits else ["", "Its maker names no sources."]
    named = " ".join(card.licence for card in cards.values())
    named += " ".join(str(credit.get("licence", "")) for card in cards.values() for credit in card.credits)
    texts = [f"- {licence}: {place}" for licence, place in LICENCE_TEXTS.items() if licence in named]
    texts.append("- any other: ask the one who is named with it")
    return "\n".join([*lines, "", "## Texts of the licences", "", *texts, ""])


def _row(credit: Mapping[str, Any]) -> str:
    told = [
        _first(credit, _NAMES),
        str(credit.get("role", "")),
        str(credit.get("licence", "")),
        _first(credit, _PLACES),
    ]
    if credit.get("consent"):
        told.append(f"consents to {', '.join(credit['consent'])}")
    if "share" in credit:
        told.append(f"{100 * credit['share']:.0f} % of the sound")
    return f"- {', '.join(part for part in told if part)}"


def _first(credit: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((str(credit[key]) for key in keys if credit.get(key)), "")
