"""What is known about an amp model without running it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from amp_models.nam.format import MEASURED, Nam, choose_model, nam_from_dict, size_limits
from amp_models.wavenet.schema import parse_wavenet
from mixassist.errors import ModelError
from mixassist.runtime.spec import ModelSpec

KIND = "amp"
"""The family that artifacts of amps name."""

TEXTS = ("gear_type", "gear_make", "gear_model", "tone_type", "modeled_by")


@dataclass(frozen=True)
class AmpFacts:
    """A model's own numbers, and what its author wrote down; None where the file does not say.

    Attributes:
        n_weights: of the network that is played.
        reach_samples: how many samples back it hears; None for recurrent networks, which forget gradually.
        sizes: of a file with several networks, the end of the range of sizes for which each is chosen.
        loudness_db: RMS of its output for the trainer's test signal, in dBFS.
        compression: the trainer's `gain`, from 0 (as loud as its input) to 1 (equally loud for any input).
        input_level_dbu: level of a sine of 0 dBFS peak where the amp was fed, in dBu.
        output_level_dbu: likewise where it was recorded.
        validation_esr: error to signal ratio on held-out audio, as the trainer measured it.
        knobs: names of what can be turned about it.
        settings: where the knobs stood in the recordings it learned from.
    """

    name: str
    architecture: str
    version: str
    rate: int
    n_weights: int
    reach_samples: int | None = None
    sizes: tuple[float, ...] = ()
    loudness_db: float | None = None
    compression: float | None = None
    input_level_dbu: float | None = None
    output_level_dbu: float | None = None
    validation_esr: float | None = None
    gear_type: str | None = None
    gear_make: str | None = None
    gear_model: str | None = None
    tone_type: str | None = None
    modeled_by: str | None = None
    knobs: tuple[str, ...] = ()
    settings: tuple[tuple[float, ...], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        lists = {"sizes": list(self.sizes), "knobs": list(self.knobs), "settings": list(map(list, self.settings))}
        return asdict(self) | lists


def facts_of_nam(nam: Nam, name: str, size: float | None = None) -> AmpFacts:
    """The facts of a `.nam` model; `name` is for a file that carries none.

    Raises:
        ModelError: when the model is damaged.
        OptionError: when it has no such size.
    """
    chosen = choose_model(nam, size, name)
    try:
        reach_samples = _reach(chosen)
    except ModelError as error:
        raise ModelError(f"{name} is damaged: {error}") from error
    # A container tells what is true of all its models, and leaves the rest to them.
    told = {**dict(chosen.metadata), **{key: value for key, value in nam.metadata.items() if value is not None}}
    measured = {key: chosen.metadata.get(key) for key in MEASURED}
    told |= {key: value for key, value in measured.items() if value is not None or size is not None}
    texts: dict[str, Any] = {key: _text(told, key) for key in TEXTS}
    return AmpFacts(
        name=_text(told, "name") or name,
        architecture=chosen.architecture,
        version=nam.version,
        rate=chosen.rate,
        n_weights=int(chosen.weights.size),
        reach_samples=reach_samples,
        sizes=size_limits(nam, name),
        loudness_db=_number(told, "loudness"),
        compression=_number(told, "gain"),
        input_level_dbu=_number(told, "input_level_dbu"),
        output_level_dbu=_number(told, "output_level_dbu"),
        validation_esr=_number(told.get("training"), "validation_esr"),
        **texts,
    )


def facts_of_spec(spec: ModelSpec, name: str) -> AmpFacts:
    """The facts that an artifact keeps among its options.

    Raises:
        ModelError: when it keeps none, or those of another version.
    """
    told = {field.name: spec.options[field.name] for field in fields(AmpFacts) if field.name in spec.options}
    try:
        lists = {"sizes": tuple(told["sizes"]), "knobs": tuple(told.get("knobs", ()))}
        return AmpFacts(**{**told, **lists, "settings": tuple(map(tuple, told.get("settings", ())))})
    except (KeyError, TypeError) as error:
        raise ModelError(f"model {name} was made by another version ({error}): export it again") from error


def _reach(nam: Nam) -> int | None:
    config = nam.config
    try:
        if nam.architecture == "WaveNet":
            return _wavenet_reach(config)
        if nam.architecture == "ConvNet":
            return 1 + sum(map(int, config["dilations"]))
        return int(config["receptive_field"]) if nam.architecture == "Linear" else None
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the config of the {nam.architecture} cannot be read ({error!r}): export it again") from error


def _wavenet_reach(config: Mapping[str, Any]) -> int | None:
    """Samples that a WaveNet hears, the present one among them; None where its condition's network forgets gradually.

    Raises:
        ModelError: when the config is none, or the condition's network is damaged.
    """
    parsed = parse_wavenet(config)
    reach = 1 if parsed.condition is None else _reach(nam_from_dict(parsed.condition, "the condition's network"))
    if reach is None:
        return None
    for array in parsed.arrays:
        reach += sum((layer.kernel - 1) * layer.dilation for layer in array.layers)
        reach += (array.head.kernel - 1) * array.head.dilation
    return reach + sum(kernel - 1 for kernel in (parsed.post_head.kernels if parsed.post_head else ()))


def _number(data: Any, key: str) -> float | None:
    """A finite number of the metadata, which anybody may have written."""
    value = data.get(key) if isinstance(data, dict) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) and value else None
