"""Two amplifier circuits whose truth is known: their equations solved at eight times the rate, and playing for them.

Conventions:
    A signal [T] of ±1 stands for ±1 V at 0 dB of drive; what comes out is in volts (the clipper) or hundreds of volts
    (the tube), with no delay but the circuit's own.

References:
    D. Yeh, J. Abel, J. Smith, "Simplified, physically-informed models of distortion and overdrive guitar effects
    pedals", DAFx 2007; D. Yeh, J. Abel, A. Vladimirescu, J. Smith, "Numerical methods for simulation of guitar
    distortion circuits", Computer Music Journal 32(2), 2008.
    N. Koren, "Improved vacuum tube models for SPICE simulations", Glass Audio 8(5), 1996.
    K. Dempwolf, U. Zölzer, "A physically-motivated triode model for circuit simulations", DAFx 2011 (grid current).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import optimize, signal

from amp_models.pairs.phrases import guitar_phrases

Signal = NDArray[np.float64]

OVERSAMPLING = 8
HALF_FILTER = 20 * OVERSAMPLING
"""Half the taps of the filters around the circuit: flat to 20 kHz, -100 dB from 28 kHz on, at 48 kHz."""
STOPBAND_DB = 100.0
N_NEWTON = 60
TOLERANCE_V = 1e-9

# The clipper of Yeh et al. 2007: 2.2 kΩ into 10 nF with two 1N914 against each other across it.
CLIPPER_R, CLIPPER_C = 2.2e3, 10e-9
DIODE_IS, DIODE_NVT = 2.52e-9, 45.3e-3
DIODE_STEP_V = 0.1
"""As far as Newton's method may go at once: beyond a few nVt the exponential runs away."""

# A common-cathode stage as in the first amplifiers of Fender and Marshall: 250 V, 100 kΩ, 1.5 kΩ with 22 µF.
SUPPLY_V, PLATE_R, CATHODE_R, CATHODE_C = 250.0, 100e3, 1.5e3, 22e-6
INPUT_C, LEAK_R, STOPPER_R = 22e-9, 1e6, 68e3
OUTPUT_C, LOAD_R = 22e-9, 1e6
MILLER_C = 1.65e-12 + 1.6e-12 * 61
"""At the grid: grid to cathode, and grid to plate times one more than the gain of about 60 (RCA's 12AX7 sheet)."""
KOREN_MU, KOREN_EX, KOREN_KG1, KOREN_KP, KOREN_KVB = 100.0, 1.4, 1060.0, 600.0, 300.0
GRID_G, GRID_XI, GRID_C = 6.177e-4, 1.314, 9.901
TUBE_STEP_V = 20.0
TUBE_SCALE = 0.01

PEAK = 0.7
NOISE_DB = -95.0
PICKUP_HZ, PICKUP_Q = 4000.0, 1.6
POT_DB = (0.0, 0.0, 0.0, -3.0, -6.0, -12.0)
POT_S = 6.0


def practice_di(rate: int, seconds: float, seed: int) -> Signal:
    """A dry guitar take [T]: chords, lines and mutes through a pickup's resonance, the volume pot turned meanwhile.

    Peaks at ±0.7; noise at -95 dBFS. From the softest picking to full chords: what a model has not heard, it cannot
    know.
    """
    rng = np.random.default_rng([seed, *b"practice"])
    take = guitar_phrases(seconds, rate, seed)
    knots_s = np.arange(0, seconds + POT_S, POT_S)
    pot_db = np.interp(np.arange(take.size) / rate, knots_s, rng.choice(POT_DB, knots_s.size))
    angle = math.tan(math.pi * PICKUP_HZ / rate)
    norm = 1 + angle / PICKUP_Q + angle**2
    pickup = ([angle**2, 2 * angle**2, angle**2], [norm, 2 * (angle**2 - 1), 1 - angle / PICKUP_Q + angle**2])
    take = np.asarray(signal.lfilter(*pickup, take * 10 ** (pot_db / 20)))
    take *= PEAK / max(float(np.abs(take).max()), 1e-12)
    return take + 10 ** (NOISE_DB / 20) * rng.standard_normal(take.size)


def diode_clipper(di: Signal, rate: int, drive_db: float) -> Signal:
    """The DI [T] through a resistor, a capacitor and two diodes: a hard, even-handed clipper [T] in volts."""
    wide = _widened(di) * 10 ** (drive_db / 20)
    solve_clipper(wide, 1 / (rate * OVERSAMPLING))
    return _narrowed(wide)


def tube_stage(di: Signal, rate: int, drive_db: float) -> Signal:
    """The DI [T] through a 12AX7 stage [T]: bends softly, sags at the cathode, and blocks when its grid conducts."""
    wide = _widened(di) * 10 ** (drive_db / 20)
    solve_tube(wide, 1 / (rate * OVERSAMPLING), *resting_tube())
    return _narrowed(wide) * TUBE_SCALE


def resting_tube() -> tuple[float, float]:
    """The voltages of cathode and plate with nothing at the grid."""

    def excess(cathode_v: float) -> float:
        current = cathode_v / CATHODE_R
        return float(_plate(-cathode_v, SUPPLY_V - PLATE_R * current - cathode_v)[0]) - current

    cathode_v = float(optimize.brentq(excess, 0.01, 3.0, xtol=1e-14))
    return cathode_v, SUPPLY_V - PLATE_R * cathode_v / CATHODE_R


def _widened(di: Signal) -> Signal:
    return np.asarray(signal.resample_poly(di, OVERSAMPLING, 1, window=_filter()))


def _narrowed(wide: Signal) -> Signal:
    return np.asarray(signal.resample_poly(wide, 1, OVERSAMPLING, window=_filter()))


def _filter() -> Signal:
    window = ("kaiser", signal.kaiser_beta(STOPBAND_DB))
    return np.asarray(signal.firwin(2 * HALF_FILTER + 1, 1 / OVERSAMPLING, window=window))


@njit(cache=True)
def solve_clipper(sound: Signal, step_s: float) -> None:
    """Puts the output [T] in the place of the input [T]: the trapezoidal rule, by Newton's method at each sample.

    dv/dt = (u - v) / RC - 2 Is / C * sinh(v / nVt)   (Yeh et al. 2007, eq. 5)
    """
    half = 0.5 * step_s
    v, slope = 0.0, 0.0
    for i in range(sound.size):
        u, known = sound[i], v + half * slope
        for _ in range(N_NEWTON):
            up, down = math.exp(v / DIODE_NVT), math.exp(-v / DIODE_NVT)
            slope = (u - v) / (CLIPPER_R * CLIPPER_C) - DIODE_IS / CLIPPER_C * (up - down)
            steepness = 1 / (CLIPPER_R * CLIPPER_C) + DIODE_IS / CLIPPER_C / DIODE_NVT * (up + down)
            move = (known + half * slope - v) / (1 + half * steepness)
            v += min(max(move, -DIODE_STEP_V), DIODE_STEP_V)
            if abs(move) < TOLERANCE_V:
                break
        slope = (v - known) / half
        sound[i] = v


@njit(cache=True)
def _plate(grid_v: float, plate_v: float) -> tuple[float, float, float]:
    """Koren's plate current and its slopes along both voltages, each against the cathode."""
    plate_v = max(plate_v, 1e-3)
    root = math.sqrt(KOREN_KVB + plate_v**2)
    bend = KOREN_KP * (1 / KOREN_MU + grid_v / root)
    soft = bend + math.log1p(math.exp(-bend)) if bend > 0 else math.log1p(math.exp(bend))
    share = 1 / (1 + math.exp(-bend)) if bend > -700 else 0.0
    drive = plate_v / KOREN_KP * soft
    if drive <= 0:
        return 0.0, 0.0, 0.0
    current = 2 / KOREN_KG1 * drive**KOREN_EX
    steepness = KOREN_EX * current / drive
    along_plate = soft / KOREN_KP - share * grid_v * plate_v**2 / root**3
    return current, steepness * plate_v * share / root, steepness * along_plate


@njit(cache=True)
def _grid(grid_v: float) -> tuple[float, float]:
    """Dempwolf's and Zölzer's grid current and its slope along the voltage against the cathode."""
    bend = GRID_C * grid_v
    if bend < -30:
        return 0.0, 0.0
    soft = (bend + math.log1p(math.exp(-bend)) if bend > 0 else math.log1p(math.exp(bend))) / GRID_C
    current = GRID_G * soft**GRID_XI
    return current, GRID_XI * current / soft / (1 + math.exp(-bend))


@njit(cache=True)
def solve_tube(sound: Signal, step_s: float, cathode_v: float, plate_v: float) -> None:
    """Puts the output [T] in volts in the place of the input [T]: trapezoids, and Newton's method at each sample.

    With c and q over the capacitors of input and output, g k p at grid, cathode and plate, and a = u - c:
    Ci dc/dt = a / Rl + (a - g) / Rs,   Cm dg/dt = (a - g) / Rs - Ig,   Ck dk/dt = Ip + Ig - k / Rk,
    Co dq/dt = (p - q) / Ro,   (B - p) / Rp = Ip + (p - q) / Ro;   the output is p - q.
    c and q follow from g and p in closed form; Newton's method finds g, k and p.
    """
    half = 0.5 * step_s
    both = 1 / LEAK_R + 1 / STOPPER_R
    c_whole = 1 + half * both / INPUT_C
    c_per_g = half / INPUT_C / STOPPER_R / c_whole
    q_share = half / (LOAD_R * OUTPUT_C)
    c, g, k, p, q = 0.0, 0.0, cathode_v, plate_v, plate_v
    slope_c, slope_g, slope_k, slope_q = 0.0, 0.0, 0.0, 0.0
    g_before, p_before = g, p
    for i in range(sound.size):
        u = sound[i]
        known_c, known_g = c + half * slope_c, g + half * slope_g
        known_k, known_q = k + half * slope_k, q + half * slope_q
        c_free = (known_c + half / INPUT_C * both * u) / c_whole
        g, g_before, p, p_before = 2 * g - g_before, g, 2 * p - p_before, p
        for _ in range(N_NEWTON):
            i_p, i_p_g, i_p_p = _plate(g - k, p - k)
            i_g, i_g_g = _grid(g - k)
            a = u - c_free + c_per_g * g
            q = (known_q + q_share * p) / (1 + q_share)
            miss_g = known_g + half / MILLER_C * ((a - g) / STOPPER_R - i_g) - g
            miss_k = known_k + half / CATHODE_C * (i_p + i_g - k / CATHODE_R) - k
            miss_p = (SUPPLY_V - p) / PLATE_R - i_p - (p - q) / LOAD_R
            # The Jacobian of what must vanish, with its sign turned: rows g, k, p; grid and plate are not coupled in g.
            g_g = 1 + half / MILLER_C * ((1 - c_per_g) / STOPPER_R + i_g_g)
            g_k = -half / MILLER_C * i_g_g
            k_g = -half / CATHODE_C * (i_p_g + i_g_g)
            k_k = 1 + half / CATHODE_C * (i_p_g + i_p_p + i_g_g + 1 / CATHODE_R)
            k_p = -half / CATHODE_C * i_p_p
            p_g, p_k = i_p_g, -i_p_g - i_p_p
            p_p = 1 / PLATE_R + i_p_p + 1 / (1 + q_share) / LOAD_R
            # dp from its row, dg from its row, and dk from what is left.
            k_k2 = k_k - k_p * p_k / p_p - (k_g - k_p * p_g / p_p) * g_k / g_g
            move_k = (miss_k - k_p * miss_p / p_p - (k_g - k_p * p_g / p_p) * miss_g / g_g) / k_k2
            move_g = (miss_g - g_k * move_k) / g_g
            move_p = (miss_p - p_g * move_g - p_k * move_k) / p_p
            g += min(max(move_g, -TUBE_STEP_V), TUBE_STEP_V)
            k += move_k
            p += min(max(move_p, -5 * TUBE_STEP_V), 5 * TUBE_STEP_V)
            if abs(move_g) + abs(move_k) + abs(move_p) < 100 * TOLERANCE_V:
                break
        c = c_free - c_per_g * g
        q = (known_q + q_share * p) / (1 + q_share)
        slope_c, slope_g = (c - known_c) / half, (g - known_g) / half
        slope_k, slope_q = (k - known_k) / half, (q - known_q) / half
        sound[i] = p - q
