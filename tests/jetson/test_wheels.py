from __future__ import annotations

import pytest

from tests.jetson.__main__ import EMULATED
from tests.jetson.wheels import SYSTEMS


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_what_a_system_asks_for_is_among_a_bundles_files(system):
    lines = system.requirements.read_text(encoding="utf-8").splitlines()
    assert set(EMULATED) <= {line.partition(">")[0] for line in lines}
