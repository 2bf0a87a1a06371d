#!/bin/sh
# Keeps the processors at their clocks while the pedal plays; --restore gives them back to the governor of before.
set -eu

stored=/run/mixassist-governor
governors=/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor

set_all() {
    # shellcheck disable=SC2086 # the pattern is to be spread out
    for governor in $governors; do
        if [ -w "$governor" ]; then echo "$1" > "$governor"; fi
    done
}

first=$(printf '%s\n' $governors | head -n 1)
[ -r "$first" ] || { echo "this kernel shows no governor: nothing to do" && exit 0; }
if [ "${1:-}" = --restore ]; then
    if [ -f "$stored" ]; then set_all "$(cat "$stored")"; fi
    exit 0
fi
cat "$first" > "$stored"
set_all performance
