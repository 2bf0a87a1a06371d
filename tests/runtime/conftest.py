"""Artifacts of tiny networks, made once per session."""

from __future__ import annotations

import pytest

from mixassist.runtime.artifact import Artifact
from tests.runtime.tiny_networks import make_artifact, make_free_length


@pytest.fixture(scope="session")
def two_paths(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return make_artifact("two-paths", tmp_path_factory.mktemp("two-paths"))


@pytest.fixture(scope="session")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return make_artifact("streaming", tmp_path_factory.mktemp("streaming"))


@pytest.fixture(scope="session")
def free_length(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """A network that takes blocks of any multiple of 4 frames."""
    return make_free_length(tmp_path_factory.mktemp("free-length"))
