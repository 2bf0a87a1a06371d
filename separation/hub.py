"""Demucs' models on the Hugging Face hub, downloaded once into the hub's own cache (door: huggingface_hub).

The cache is the one demucs itself uses, so a model downloaded by either is there for both. Interrupted downloads go
on where they stopped and lost connections are retried by the hub's client; the sha256 is checked here.
"""

from __future__ import annotations

import re
from pathlib import Path

from mixassist.errors import ModelError
from mixassist.runtime.artifact import file_sha256
from separation.bags import Bag, read_bag

DEFAULT_NAMESPACE = "adefossez"
REACH_TIMEOUT_S = 3.0
"""How long the hub may take to answer at all: being offline should be noticed at once."""


def repository(name: str) -> tuple[str, str]:
    """The hub's repository and the bag's name for a model name such as `htdemucs_ft` or `someone/htdemucs`.

    Raises:
        ModelError: when the name has another form.
    """
    if not re.fullmatch(r"([\w.-]+/)?[\w.-]+", name):
        raise ModelError(f"hf://{name} is not the name of a model on the hub: expected hf://owner/name")
    namespace, _, bag = name.rpartition("/")
    if bag == "htdemucs":
        repository_name = "HTDemucs"
    elif bag.startswith("htdemucs_"):
        repository_name = "HTDemucs-" + bag.removeprefix("htdemucs_")
    else:
        repository_name = "Demucs-" + bag
    return f"{namespace or DEFAULT_NAMESPACE}/{repository_name}", bag


def cached_bag(name: str) -> Bag | None:
    """The bag called `name` when all its files are in the hub's cache, else None; never touches the network."""
    from huggingface_hub import try_to_load_from_cache

    repository_id, bag_name = repository(name)

    def find(filename: str) -> Path:
        path = try_to_load_from_cache(repository_id, filename)
        if not isinstance(path, str):
            raise FileNotFoundError(filename)
        return Path(path)

    try:
        return read_bag(find(f"{bag_name}.yaml"), lambda signature: find(f"{signature}.safetensors"))
    except FileNotFoundError:
        return None


def fetch_bag(name: str) -> Bag:
    """The bag called `name`, downloaded where it is not in the cache yet; progress goes to stderr.

    Raises:
        ModelError: when the hub cannot be reached, does not know the model, or a file arrives damaged.
    """
    cached = cached_bag(name)
    if cached is not None:
        for file in cached.files:
            _check_sha256(file)
        return cached
    silence = hub_silence()
    if silence is not None:
        raise ModelError(
            f"{name} is not on this machine and {silence}:"
            f" use --model lite, or run `mixassist model fetch {name}` when online"
        )
    repository_id, bag_name = repository(name)
    path = _download(repository_id, f"{bag_name}.yaml")
    return read_bag(path, lambda signature: _download(repository_id, f"{signature}.safetensors"))


def hub_silence() -> str | None:
    """Why the hub cannot be reached, asked before its client's patient retries begin; None when it answers."""
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=REACH_TIMEOUT_S)
    except _line_errors() as error:
        return f"{constants.ENDPOINT} cannot be reached ({error})"
    return None


def _download(repository_id: str, filename: str) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        path = Path(hf_hub_download(repository_id, filename))
    except _line_errors() as error:
        reason = str(error).strip().splitlines()[0]
        raise ModelError(
            f"{repository_id}/{filename} was not downloaded ({reason}): try again, or use --model lite"
        ) from error
    _check_sha256(path)
    return path


def _line_errors() -> tuple[type[Exception], ...]:
    """What the hub's client raises when the line is down: the root of whichever HTTP library it stands on."""
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # imported there, not announced

    return (HTTPError, OSError)


def _check_sha256(path: Path) -> None:
    """The hub names large files in its cache by their sha256; a file that differs is removed.

    Raises:
        ModelError: when the content is not what the hub announced.
    """
    blob = path.resolve()
    if not re.fullmatch(r"[0-9a-f]{64}", blob.name):
        return
    found = file_sha256(blob)
    if found != blob.name:
        path.unlink()
        blob.unlink()
        raise ModelError(f"{path.name} is damaged: sha256 {found[:12]}, the hub says {blob.name[:12]}: fetch it again")
