"""Amps with knobs as artifacts of ours: written, read back, turned, and folded to one setting.

Conventions:
    The artifact's graph has a control `knobs` [B, n, T] beside the audio, which a stream turns while it plays; streams
    start at rest for the plan's default. At one setting that stays, the model is folded instead, which costs nothing,
    starts at rest for that setting, and is an amp like any other.
    What the graph was made from stands under `network` among the spec's options, as a `.nam` file's config says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from amp_models.knobs.fold import fold
from amp_models.knobs.next_setting import Predict
from amp_models.knobs.plan import KnobPlan, Setting
from amp_models.nam.conversion import convert_nam, keep_artifact
from amp_models.nam.facts import KIND, AmpFacts, facts_of_nam, facts_of_spec
from amp_models.nam.finish import finish_nam
from amp_models.nam.format import Nam, choose_model
from amp_models.nam.metadata import Gear
from amp_models.playing.amp import Amp
from mixassist.audio.buffer import Samples
from mixassist.errors import ModelError, OptionError
from mixassist.runtime.artifact import Artifact, ModelCard

if TYPE_CHECKING:
    from mixassist.runtime.layers.net import StreamNet

KNOBS = "knobs"
"""The control of the graph, one channel per knob."""


def write_knob_artifact(nam: Nam, plan: KnobPlan, folder: Path, card: ModelCard) -> Artifact:
    """The artifact at `folder` of a model whose input is the audio and, behind it, the knobs of `plan`.

    Of a container it holds the largest model. The facts are those of the model's metadata.

    Raises:
        ModelError: when the network is damaged or has other knobs.
    """
    from mixassist.runtime.layers.artifact import write_stream_artifact

    return write_stream_artifact(_net(choose_model(nam), plan, card.name), card, folder)


def read_knob_artifact(artifact: Artifact) -> Nam:
    """The model that an artifact was written from, its first states at rest for the default setting.

    Raises:
        ModelError: when the amp has no knobs, or was made by another version.
    """
    from amp_models.nam.net import lstm_nam, wavenet_nam
    from amp_models.wavenet.net import WaveNet
    from amp_models.wavenet.schema import parse_wavenet
    from mixassist.runtime.layers.artifact import load_weights
    from mixassist.runtime.layers.structure import Chain

    facts = facts_of_spec(artifact.spec, artifact.name)
    plan = plan_of_facts(facts)
    try:
        network = artifact.spec.options["network"]
        blank = Nam(network["architecture"], network["config"], np.zeros(facts.n_weights, np.float32))
    except (KeyError, TypeError) as error:
        raise ModelError(f"model {artifact.name} was made by another version ({error!r}): capture it again") from error
    layer = load_weights(_net(replace(blank, known_rate=facts.rate), plan, artifact.name), artifact).layer
    metadata = {key: value for key, value in _gear(facts).items() if value is not None}
    if isinstance(layer, WaveNet):
        return wavenet_nam(layer, parse_wavenet(blank.config), metadata, facts.rate)
    if isinstance(layer, Chain) and blank.architecture == "LSTM":
        return lstm_nam(layer, metadata, facts.rate)
    raise ModelError(f"model {artifact.name} is a {blank.architecture}, which learns no knobs here: capture it again")


def plan_of_facts(facts: AmpFacts) -> KnobPlan:
    """The knobs of an amp.

    Raises:
        ModelError: when it has none.
    """
    if not facts.knobs:
        raise ModelError(f"{facts.name} has no knobs: give an amp that was captured with --knob")
    return KnobPlan(facts.knobs, facts.settings)


def amp_at(amp: Amp, values: Mapping[str, float]) -> Amp:
    """The amp with its knobs fixed: at these values, or where it has knobs and none is given, at their defaults.

    A setting is folded when it is first asked for, which takes seconds.

    Raises:
        ModelError: when the artifact was made by another version.
        OptionError: when the amp has no knobs and some are given, or they are no whole setting of them.
    """
    if not amp.facts.knobs:
        if values:
            raise OptionError(f"{amp.facts.name} has no knobs: leave --knob out")
        return amp
    plan = plan_of_facts(amp.facts)
    setting = plan.place(values) if values else plan.default

    def convert(folder: Path) -> Artifact:
        folded = fold_amp(amp, setting)
        return convert_nam(folded, folder, str(folded.metadata["name"]))

    places = "-".join(f"{value:.6g}" for value in setting)
    artifact = keep_artifact(f"{amp.artifact.sha256[:16]}-at-{places}", convert)
    return Amp(artifact, facts_of_spec(artifact.spec, artifact.name))


def fold_amp(amp: Amp, setting: Setting) -> Nam:
    """An amp with knobs as a model for every player, at one setting; its loudness is measured there.

    Raises:
        ModelError: when the amp has no knobs, or was made by another version.
        OptionError: when it is no setting of its knobs.
    """
    plan = plan_of_facts(amp.facts)
    plan.check(setting)
    folded = fold(read_knob_artifact(amp.artifact), setting)
    gear = Gear(**_gear(amp.facts) | {"name": f"{amp.facts.name} {plan.tell(setting)}"})
    return finish_nam(folded, gear)


def predictor(nam: Nam, take: Samples) -> Predict:
    """What the model makes of a take [C, T] at any setting; of a container the largest.

    Raises:
        ModelError: when the network is damaged or has other knobs than the setting.
    """
    from amp_models.nam.net import player

    chosen = choose_model(nam)
    return lambda setting: player(fold(chosen, setting))(take)


def _net(nam: Nam, plan: KnobPlan, name: str) -> StreamNet:
    """The network with its knobs as a control, at rest for their default."""
    from amp_models.nam.net import build_layer
    from mixassist.runtime.layers.net import Face, StreamNet
    from mixassist.runtime.layers.rest import settle

    n_knobs = len(plan.names)
    layer, n_in, n_out = build_layer(_started(nam, plan.default))
    if (n_in, n_out) != (1 + n_knobs, 1):
        raise ModelError(f"{name} makes {n_out} channels of {n_in}: with {n_knobs} knobs it takes {1 + n_knobs} to 1")
    settle(layer, [0.0, *plan.default])
    facts = replace(facts_of_nam(nam, name), knobs=plan.names, settings=plan.settings)
    network = {"network": {"architecture": nam.architecture, "config": dict(nam.config)}}
    return StreamNet(layer, Face(KIND, nam.rate, options=facts.to_dict() | network, controls={KNOBS: plan.default}))


def _started(nam: Nam, setting: Setting) -> Nam:
    """An LSTM with the first states that silence leads to at this setting; another network as it is."""
    if nam.architecture != "LSTM":
        return nam
    folded = fold(nam, setting)
    n_in, n_cells = int(nam.config["input_size"]), int(nam.config["hidden_size"])
    # Behind the first layer's matrix and bias, both files are laid out alike.
    n_changed = 4 * n_cells * (n_in + n_cells + 1)
    n_same = nam.weights.size - n_changed
    return replace(nam, weights=np.concatenate([nam.weights[:n_changed], folded.weights[-n_same:]]))


def _gear(facts: AmpFacts) -> dict[str, Any]:
    return {field.name: getattr(facts, field.name) for field in fields(Gear)}
