"""What nara_wpe makes of spectra; run by the Python of a venv that holds nara_wpe and nothing of ours.

`PEER/bin/python nara_spectra.py SPECTRUM.npy OUT.npy TAPS DELAY ITERATIONS`: complex [F, C, K] both.
"""

import sys

import numpy as np
from nara_wpe.wpe import wpe_v8

if __name__ == "__main__":
    source, target, *numbers = sys.argv[1:]
    taps, delay, iterations = (int(each) for each in numbers)
    dry = wpe_v8(np.load(source), taps=taps, delay=delay, iterations=iterations, statistics_mode="full")
    np.save(target, dry)
