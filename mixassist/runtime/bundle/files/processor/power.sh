#!/bin/sh
# Keeps the processors at their clocks while the pedal plays; --restore gives them back to the governor of before.
set -eu

stored=/run/mixassist-governor
action=${1:-}
set -- /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor
if [ ! -w "$1" ]; then
    echo "this kernel shows no governor that can be set: nothing to do"
    exit 0
fi

if [ "$action" = --restore ]; then
    [ -f "$stored" ] || exit 0
    governor=$(cat "$stored")
    rm -f "$stored"
else
    [ -f "$stored" ] || cat "$1" > "$stored"
    governor=performance
fi
for place in "$@"; do
    echo "$governor" > "$place"
done
