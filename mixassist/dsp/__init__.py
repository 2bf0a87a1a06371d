"""Measurements and transforms on arrays, without files and without networks.

Task: what a signal is (spectrum) and how far two signals are apart (scores).
Conventions: waveforms are [C, T], full scale at ±1; levels are in dB. Each module has its own references.
"""
