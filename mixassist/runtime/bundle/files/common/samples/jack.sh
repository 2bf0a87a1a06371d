#!/bin/sh
# Starts a JACK server on the USB interface; PortAudio, and so live.py, then offers it as the device "jack".
# Three periods, for USB; 128 frames at 48 kHz are 2.7 ms. Take the same --block and rate for the rig.
exec jackd --realtime --realtime-priority 95 --driver alsa --device "hw:${1:-USB}" --rate 48000 --period 128 --nperiods 3
