"""Measures mixassist against its peers on this machine and writes what it found into RESULTS.md."""
