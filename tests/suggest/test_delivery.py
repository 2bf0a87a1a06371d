"""Where masters are sent, and how loud they are wanted there."""

from __future__ import annotations

import pytest

from mixassist.errors import OptionError
from mixassist.suggest.delivery import DELIVERIES, find_delivery


def test_every_delivery_is_known_by_its_name():
    for name, delivery in DELIVERIES.items():
        assert find_delivery(name.upper()) is delivery
        assert delivery.ceiling_dbtp <= -1


def test_targets_that_there_are_not_are_refused():
    with pytest.raises(OptionError, match="did you mean spotify"):
        find_delivery("spotfy")
    with pytest.raises(OptionError, match="out of range"):
        find_delivery("-2")
