"""What nara_wpe makes of recordings; run by the Python of a venv that holds nara_wpe and nothing of ours.

`PEER/bin/python nara_jobs.py FOLDER`: every `*.npy` [C, T] in the folder to `*.nara`, and seconds it took to stdout.
"""

import sys
import time
from pathlib import Path

import numpy as np
from nara_wpe.utils import istft, stft
from nara_wpe.wpe import wpe_v8

N_FFT, HOP = 2048, 512
TAPS, DELAY, ITERATIONS = 20, 3, 3


def main() -> None:
    elapsed_s = 0.0
    for path in sorted(Path(sys.argv[1]).glob("*.npy")):
        sound = np.load(path).astype(np.float64)
        begin = time.perf_counter()
        spectrum = stft(sound, size=N_FFT, shift=HOP).transpose(2, 0, 1)
        dry = wpe_v8(spectrum, taps=TAPS, delay=DELAY, iterations=ITERATIONS, statistics_mode="full")
        rendered = istft(dry.transpose(1, 2, 0), size=N_FFT, shift=HOP)[:, : sound.shape[1]]
        elapsed_s += time.perf_counter() - begin
        with path.with_suffix(".nara").open("wb") as file:
            np.save(file, rendered.astype(np.float32))
    print(elapsed_s)


if __name__ == "__main__":
    main()
