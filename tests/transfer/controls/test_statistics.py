import numpy as np
import pytest

from mixassist.errors import ModelError
from transfer.controls.statistics import ControlStatistics
from transfer.instrument.design import InstrumentDesign

WHOLE = {"quantiles": [0, 1], "notes": [50, 60], "loudness_db": [-40, -10]}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (None, "the model lacks statistics"),
        (WHOLE | {"notes": ["C", "D"]}, "cannot be read"),
        (WHOLE | {"notes": [50, np.nan]}, "no quantiles"),
        (WHOLE | {"notes": [60, 50]}, "no quantiles"),
        ({key: [] for key in WHOLE}, "no quantiles"),
        (dict.fromkeys(WHOLE, 5), "several lengths"),
    ],
)
def test_damaged_statistics_are_one_line(told, message):
    with pytest.raises(ModelError, match=rf"{message}.*: train it again"):
        ControlStatistics.from_dict(told)


@pytest.mark.parametrize("told", [None, {}, InstrumentDesign().to_dict() | {"colour": "red"}])
def test_a_damaged_design_is_one_line(told):
    with pytest.raises(ModelError, match="the design of the instrument cannot be read"):
        InstrumentDesign.from_dict(told)
