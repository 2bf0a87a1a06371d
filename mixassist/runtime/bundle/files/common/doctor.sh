#!/bin/bash
# Shows what decides whether this machine can play live, with the cure for what is not as it should be.
# Exit code 0 when nothing stands in the way, 1 when something does.
set -u

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
[ -x "$here/venv/bin/python" ] && python=$here/venv/bin/python
n_wrong=0

# shellcheck source-path=SCRIPTDIR source=platform.sh
. "$here/platform.sh"

good() { printf '  ok     %s\n' "$*"; }
wrong() {
    printf '  WRONG  %s\n' "$*"
    n_wrong=$((n_wrong + 1))
}
note() { printf '  note   %s\n' "$*"; }

version_of() {
    "$python" -c "import $1; print($1.__version__)" 2> /dev/null
}

machine() {
    echo "machine"
    good "$(uname -srm), $(nproc) processors"
    if message=$(require_machine 2>&1); then good "the bundle is for it ($(told target))"; else wrong "$message"; fi
    jetpack=$(jetpack)
    [ -z "$jetpack" ] || good "JetPack $jetpack (L4T R$(l4t_release | tr ' ' .))"
    if message=$(require_python 2>&1); then good "$("$python" --version 2>&1)"; else wrong "$message"; fi
    good "$(df -Ph "$here" | awk 'NR == 2 { print $4 " free on " $6 }')"
}

engines() {
    echo "engines"
    n_engines=0
    for library in numpy onnxruntime tensorrt; do
        version=$(version_of $library)
        if [ -n "$version" ]; then
            good "$library $version"
            [ $library = numpy ] || n_engines=$((n_engines + 1))
        elif [ $library = numpy ]; then
            wrong "numpy is missing: install it from wheels/, see README.md"
        else
            note "$library is missing"
        fi
    done
    [ $n_engines -gt 0 ] || wrong "no engine: install onnxruntime from wheels/, or apt install python3-libnvinfer on a Jetson"
    if command -v nvcc > /dev/null 2>&1; then
        good "CUDA $(nvcc --version | sed -n 's/.*release \([0-9.]*\).*/\1/p')"
    elif [ -n "$(jetpack)" ]; then
        note "nvcc is not on the PATH: add /usr/local/cuda/bin"
    fi
}

sound() {
    echo "sound"
    cards="$root/proc/asound/cards"
    if [ -r "$cards" ] && grep -q '^ *[0-9]' "$cards"; then
        sed -n 's/^ *\([0-9]*\) \[\(.*\)\]: \(.*\)/\1 \2 \3/p' "$cards" | while read -r card; do good "card $card"; done
    else
        wrong "no sound card: plug in a class-compliant USB interface"
    fi
    for device in "$root"/dev/snd/midiC*; do
        [ -e "$device" ] && good "MIDI $device"
    done
    if [ -n "$(version_of sounddevice)" ]; then
        good "sounddevice $(version_of sounddevice)"
    else
        wrong "sounddevice or PortAudio is missing: install it from wheels/, and apt install libportaudio2"
    fi
    if [ "$(id -u)" -ne 0 ] && ! id -nG | grep -qw audio; then
        wrong "$(id -un) is not in the group audio: sudo usermod -aG audio $(id -un), and log in again"
    fi
}

time_and_power() {
    echo "time and power"
    priority=$(ulimit -r 2> /dev/null || echo 0)
    if [ "$priority" = unlimited ] || [ "$priority" -ge 70 ] || [ "$(id -u)" -eq 0 ]; then
        good "real-time priority up to $priority"
    else
        note "real-time priority up to $priority in this shell: the systemd unit allows more"
    fi
    memory=$(ulimit -l 2> /dev/null || echo 0)
    good "memory that may be locked: $memory kB"
    governor=$(cat "$root/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor" 2> /dev/null)
    case $governor in
        "") note "this kernel shows no governor" ;;
        performance) good "governor performance" ;;
        *) note "governor $governor: power.sh sets performance" ;;
    esac
    if command -v nvpmodel > /dev/null 2>&1; then good "$(nvpmodel -q 2> /dev/null | tr '\n' ' ')"; fi
    for zone in "$root"/sys/class/thermal/thermal_zone*; do
        [ -r "$zone/temp" ] || continue
        degrees=$(cat "$zone/temp" 2> /dev/null) || continue
        good "$(cat "$zone/type") $((degrees / 1000)) °C"
    done
}

machine
engines
sound
time_and_power
if [ $n_wrong -gt 0 ]; then
    echo "$n_wrong thing(s) stand in the way"
    exit 1
fi
echo "nothing stands in the way"
