"""The simulated circuits against a fine solution of their equations, and what must hold for any circuit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from benchmarks import circuits

Signal = NDArray[np.float64]

RATE = 48000
WIDE = RATE * circuits.OVERSAMPLING
SECONDS = np.arange(round(0.02 * WIDE)) / WIDE
TRAPEZOIDS_DB = {0.5: -100.0, 5.0: -75.0, 30.0: -60.0}
"""The error of trapezoids of 2.6 µs: larger where the input drives through the diodes' knee within a few of them."""


def voltage(seconds: float) -> float:
    """Two tones that begin softly."""
    tones = np.sin(2 * np.pi * 220 * seconds) + 0.5 * np.sin(2 * np.pi * 1330 * seconds)
    return float((1 - np.exp(-seconds / 0.002)) * tones)


def input_of(volts: float) -> Signal:
    return np.array([volts * voltage(second) for second in SECONDS])


def error_db(found: Signal, true: Signal) -> float:
    return float(10 * np.log10(np.mean((found - true) ** 2) / np.mean(true**2)))


@pytest.mark.parametrize("volts", sorted(TRAPEZOIDS_DB))
def test_the_clipper_is_the_solution_of_its_equation(volts: float) -> None:
    def slope(second: float, v: Signal) -> Signal:
        through = (volts * voltage(second) - v) / 2.2e3
        return np.asarray((through - 2 * 2.52e-9 * np.sinh(v / 45.3e-3)) / 10e-9)

    true = solve_ivp(slope, (0, SECONDS[-1]), [0.0], "Radau", SECONDS, rtol=1e-8, atol=1e-10).y[0]
    sound = input_of(volts)
    circuits.solve_clipper(sound, 1 / WIDE)
    assert error_db(sound, true) < TRAPEZOIDS_DB[volts]


def plate_current(grid_v: float, plate_v: float) -> float:
    """Koren's equation as he prints it."""
    drive = plate_v / 600 * np.logaddexp(0, 600 * (1 / 100 + grid_v / np.sqrt(300 + plate_v**2)))
    return float(2 * max(drive, 0.0) ** 1.4 / 1060)


def plate_voltage(g: float, k: float, q: float) -> float:
    return float(brentq(lambda p: (250 - p) / 100e3 - plate_current(g - k, p - k) - (p - q) / 1e6, k, 2000, xtol=1e-10))


@pytest.mark.parametrize("volts", sorted(TRAPEZOIDS_DB))
def test_the_tube_is_the_solution_of_its_equations(volts: float) -> None:
    def slope(second: float, state: Signal) -> list[float]:
        c, g, k, q = (float(v) for v in state)
        p = plate_voltage(g, k, q)
        a = volts * voltage(second) - c
        into_grid = 6.177e-4 * (np.logaddexp(0, 9.901 * (g - k)) / 9.901) ** 1.314
        through_stopper = (a - g) / 68e3
        from_cathode = plate_current(g - k, p - k) + into_grid - k / 1.5e3
        return [
            (a / 1e6 + through_stopper) / 22e-9,
            (through_stopper - into_grid) / circuits.MILLER_C,
            from_cathode / 22e-6,
            (p - q) / 1e6 / 22e-9,
        ]

    k, p = circuits.resting_tube()
    found = solve_ivp(slope, (0, SECONDS[-1]), [0.0, 0.0, k, p], "Radau", SECONDS[::8], rtol=1e-6, atol=1e-8)
    true = np.array([plate_voltage(g, k, q) - q for _, g, k, q in found.y.T])
    sound = input_of(volts)
    circuits.solve_tube(sound, 1 / WIDE, *circuits.resting_tube())
    assert error_db(sound[::8], true) < TRAPEZOIDS_DB[volts]


def test_a_resting_tube_has_the_voltages_of_a_data_sheet() -> None:
    cathode_v, plate_v = circuits.resting_tube()
    assert 1.0 < cathode_v < 1.6, "1.5 kΩ bias a 12AX7 at about 0.8 mA"
    assert 150 < plate_v < 190


@pytest.mark.parametrize("circuit", [circuits.diode_clipper, circuits.tube_stage])
def test_circuits_keep_silence_length_and_place(circuit) -> None:
    assert np.abs(circuit(np.zeros(4800), RATE, 40.0)).max() < 2e-6, "as near as Newton's method stops"
    tone = np.sin(2 * np.pi * 500 * np.arange(9600) / RATE) * np.hanning(9600)
    sound = circuit(tone, RATE, -40.0)
    assert sound.size == tone.size
    spectrum, reference = (np.fft.rfft(x)[100] for x in (sound, tone))
    turn = np.angle(spectrum / reference * (-1 if circuit is circuits.tube_stage else 1))
    assert abs(turn) < 0.08, "500 Hz: 0.07 of the clipper's low-pass, the tube's filters less; a sample would be 0.065"


def test_the_practice_take_is_the_same_each_time_and_reaches_soft_and_loud() -> None:
    take = circuits.practice_di(RATE, 10.0, 3)
    assert take.size == 10 * RATE
    assert np.array_equal(take, circuits.practice_di(RATE, 10.0, 3))
    frames_db = 10 * np.log10(np.mean(take.reshape(-1, 4800) ** 2, axis=1))
    assert frames_db.max() - np.percentile(frames_db, 20) > 20
