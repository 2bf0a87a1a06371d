#!/bin/sh
# Installs this bundle, without network: checks every file, plays the golden vectors in a folder beside the slots, and only
# then puts it into the slot that is not in use and points `current` there. The other stays: --rollback goes back to it.
#
#   sudo ./install.sh                  installs or updates, and starts the service
#   sudo ./install.sh --rollback       plays what was installed before
#   ./install.sh --prefix DIR --no-systemd   into a folder of one's own, nothing of the system touched
set -eu

here=$(cd "$(dirname "$0")" && pwd -P)
prefix=/opt/mixassist
settings=/etc/mixassist
python=python3
uses_systemd=yes
does_rollback=no
has_settings=no

# shellcheck source-path=SCRIPTDIR source=platform.sh
. "$here/platform.sh"

usage() {
    sed -n '2,8s/^# \{0,1\}//p' "$0"
}

while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --settings | --python)
            [ $# -ge 2 ] || fail "$1 wants a value"
            case $1 in
                --prefix) prefix=$2 ;;
                --settings) settings=$2 has_settings=yes ;;
                --python) python=$2 ;;
            esac
            shift
            ;;
        --no-systemd) uses_systemd=no ;;
        --rollback) does_rollback=yes ;;
        -h | --help) usage && exit 0 ;;
        *) fail "$1 is no option: see --help" ;;
    esac
    shift
done
if [ "$uses_systemd" = no ] && [ "$has_settings" = no ]; then
    settings=$prefix/settings
fi

# The slot that `current` points at, a or b; nothing when nothing is installed.
slot_in_use() {
    [ -L "$prefix/current" ] && basename "$(readlink "$prefix/current")"
}

other_slot() {
    if [ "$(slot_in_use)" = a ]; then echo b; else echo a; fi
}

# Points `current` at a slot; there is no moment without it, for the link is renamed over the old one.
switch_to() {
    ln -sfn "slots/$1" "$prefix/current.new"
    mv -T "$prefix/current.new" "$prefix/current"
}

start_service() {
    [ "$uses_systemd" = yes ] || return 0
    systemctl daemon-reload
    systemctl enable --quiet mixassist-power.service mixassist.service
    systemctl restart mixassist.service
}

roll_back() {
    slot=$(other_slot)
    [ -f "$prefix/slots/$slot/manifest.json" ] || fail "$prefix holds nothing to go back to: only one bundle was installed"
    switch_to "$slot"
    start_service
    echo "playing the bundle in $prefix/slots/$slot again"
}

check_files() {
    cd "$here"
    sha256sum --check --quiet --strict SHA256SUMS || fail "files are missing or damaged (see above): copy the bundle again"
    cd "$OLDPWD"
    # What SHA256SUMS does not know must not slip in either, wheels of one's own apart.
    find "$here" -type f ! -path '*/__pycache__/*' ! -path "$here/wheels/*" ! -path "$here/cache/*" ! -path "$here/venv/*" \
        ! -name SHA256SUMS | while read -r file; do
        cut -c 67- "$here/SHA256SUMS" | grep -q -F -x -e "${file#"$here"/}" || fail "${file#"$here"/} does not belong to the bundle: remove it"
    done
}

check_room() {
    needed=$(du -sk "$here" | cut -f1)
    needed=$((3 * needed + 51200))
    free=$(df -Pk "$prefix" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$needed" ] || fail "$prefix has $((free / 1024)) MB left, $((needed / 1024)) MB are needed: free some, or choose another --prefix"
}

# numpy and an engine: from wheels/ where there are some, else what the system has.
install_libraries() {
    venv=$1/venv
    if ls "$here"/wheels/*.whl > /dev/null 2>&1; then
        "$python" -m venv --system-site-packages "$venv"
        "$venv/bin/python" -m pip install --quiet --no-index --find-links "$here/wheels" -r "$here/$(requirements)"
    else
        "$python" -m venv --system-site-packages --without-pip "$venv"
    fi
    "$venv/bin/python" -c 'import numpy' 2> /dev/null || fail "$python has no numpy: $(cure)"
    "$venv/bin/python" -c 'import onnxruntime' 2> /dev/null \
        || "$venv/bin/python" -c 'import tensorrt' 2> /dev/null \
        || fail "$python has neither onnxruntime nor tensorrt: $(cure)"
    "$venv/bin/python" -c 'import sounddevice' 2> /dev/null \
        || echo "note: sounddevice or PortAudio is missing, so live.py will find no card: $(cure), apt install libportaudio2" >&2
}

cure() {
    echo "put wheels into wheels/ (README.md says how) and install again"
}

install_units() {
    [ "$uses_systemd" = yes ] || return 0
    id mixassist > /dev/null 2>&1 || useradd --system --no-create-home mixassist
    # Cards and MIDI, switches that act as keyboards, and a Jetson's GPU; not every system has all of these.
    for group in audio input video render; do
        if getent group $group > /dev/null; then usermod --append --groups $group mixassist; fi
    done
    for unit in "$here"/systemd/*.service; do
        sed "s|/opt/mixassist|$prefix|g; s|/etc/mixassist|$settings|g" "$unit" > "/etc/systemd/system/$(basename "$unit")"
    done
}

install_bundle() {
    require_python
    check_files
    require_machine
    mkdir -p "$prefix/slots" "$settings"
    check_room
    slot=$(other_slot)
    new=$prefix/slots/new
    trap 'rm -rf "$new"' EXIT
    rm -rf "$new"
    mkdir "$new"
    cp -R "$here/." "$new/"
    rm -rf "$new/wheels" "$new/cache" "$new/venv"
    [ -f "$settings/rig.json" ] || cp "$here/rig.json" "$settings/rig.json"
    install_libraries "$new"
    "$new/venv/bin/python" "$new/check.py" --rig "$settings/rig.json" \
        || fail "the golden vectors are not reproduced here, or $settings/rig.json asks for what is not (see above): nothing was changed"
    install_units
    rm -rf "$prefix/slots/$slot"
    mv "$new" "$prefix/slots/$slot"
    switch_to "$slot"
    start_service
    echo "installed in $prefix/slots/$slot; $prefix/current points there, and $settings/rig.json sets the pedal"
}

if [ "$does_rollback" = yes ]; then
    roll_back
else
    install_bundle
fi
