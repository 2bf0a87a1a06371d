"""`.nam` files as artifacts, which every engine of the runtime can play; made once and kept in the cache."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from amp_models.nam.facts import facts_of_nam
from amp_models.nam.format import Nam, choose_model
from mixassist.errors import ModelError
from mixassist.runtime.artifact import Artifact, ModelCard, file_sha256, load_artifact
from mixassist.runtime.cache import open_cache_folder

CONVERSION_VERSION = 1
"""Counted up when the same file would be converted to something else, so that caches do not keep the old one."""


def convert_nam(
    nam: Nam, folder: Path, name: str, size: float | None = None, training: Mapping[str, Any] | None = None
) -> Artifact:
    """The artifact of a model at `folder`; of a container, that of its largest model or the one for `size`.

    Its card tells of the `training`, or where that is not known of the file it was converted from.

    Raises:
        ModelError: when the model is damaged or cannot be exported.
        OptionError: when it has no such size.
    """
    from amp_models.nam.net import build_net
    from mixassist.runtime.layers.artifact import write_stream_artifact

    facts = facts_of_nam(nam, name, size)
    try:
        net = build_net(choose_model(nam, size, name), facts.to_dict())
    except ModelError as error:
        raise ModelError(f"{name} cannot be played: {error}") from error
    captured_by = [{"modeled_by": facts.modeled_by}] if facts.modeled_by else []
    card = ModelCard(name, "that of the .nam file", training or {"converted_from": f".nam {nam.version}"}, captured_by)
    return write_stream_artifact(net, card, folder)


def cached_artifact(nam: Nam, path: Path, size: float | None = None) -> Artifact:
    """The artifact of the `.nam` file at `path`, from the cache if it was converted before.

    Where no cache can be written, it lies in a temporary folder that the system clears. Files are told apart by what
    they hold: a copy under another name finds the artifact under the first one's.

    Raises:
        ModelError: as `convert_nam`.
        OptionError: when the model has no such size.
    """
    chosen = "largest" if size is None else f"size-{size:g}"
    key = f"{file_sha256(path)[:16]}-{chosen}"
    return keep_artifact(key, lambda folder: convert_nam(nam, folder, path.name, size))


def keep_artifact(key: str, convert: Callable[[Path], Artifact]) -> Artifact:
    """The artifact of that key from the cache, or as `convert` makes it in the folder that it is given.

    Raises:
        ModelError: as `convert` does.
    """
    place = open_cache_folder("amps") or Path(tempfile.mkdtemp(prefix="mixassist-amp-"))
    folder = place / f"{key}-v{CONVERSION_VERSION}"
    # One that is damaged is made again.
    with contextlib.suppress(ModelError):
        return load_artifact(folder)
    return convert(folder)
