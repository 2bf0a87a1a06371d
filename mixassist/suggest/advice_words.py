"""What a suggestion sets and why, in words: for the terminal and the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mixassist.suggest.advice import MasterAdvice, Parameter, Reason, Suggestion

if TYPE_CHECKING:
    from mixassist.suggest.sections import Section


def setting_words(suggestion: Suggestion) -> str:
    """Every parameter with its value and unit; words such as a band's type stand alone."""
    return ", ".join(_setting(parameter) for parameter in suggestion.parameters)


def reason_words(reason: Reason) -> str:
    """The rule, what it measured, what it wanted and how exactly."""
    tolerance = f" ± {short(reason.tolerance)}" if reason.tolerance else ""
    return f"{reason.rule}: {short(reason.measured)}; wanted {short(reason.target)}{tolerance}"


def toward_words(advice: MasterAdvice) -> str:
    """What the song is brought nearer to."""
    likeliest = ", ".join(f"{name} {chance:.0%}" for name, chance in list(advice.genre.probabilities.items())[:3])
    return advice.reference or f"{advice.genre.name} ({likeliest})"


def section_words(sections: Sequence[Section]) -> str:
    """Where each section begins and how loud it is; the one that stands for the song has a star."""
    return ", ".join(
        f"{section.start_s // 60:.0f}:{section.start_s % 60:04.1f}{'*' if section.is_best else ''} "
        + ("silent" if section.lufs is None else f"{section.lufs:.1f} LUFS")
        for section in sections
    )


def short(value: float | str) -> str:
    """A number as people read it; text as it is."""
    return value if isinstance(value, str) else f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _setting(parameter: Parameter) -> str:
    if isinstance(parameter.value, str):
        return parameter.value.replace("_", " ")
    name = parameter.name.replace("_", " ")
    return f"{name} {short(parameter.value)} {parameter.unit}".rstrip()
