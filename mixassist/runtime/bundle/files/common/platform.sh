# shellcheck shell=sh disable=SC2154 # whoever sources this has set here and python
# What doctor.sh and install.sh both ask: which machine this is, and whether the bundle is for it. Sourced, not run.
# MIXASSIST_ROOT is put before the system's own files, for trying things out.

root=${MIXASSIST_ROOT:-}
oldest_python=310
newest_python=312

# fail WORDS...: one line on stderr, and out.
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 2
}

# The line "release name" of the Jetson's system, such as "36 4"; nothing elsewhere.
l4t_release() {
    file="$root/etc/nv_tegra_release"
    [ -r "$file" ] || return 0
    sed -n '1s/^# R\([0-9]*\) (release), REVISION: \([0-9]*\).*/\1 \2/p' "$file"
}

# The JetPack of this machine: 6, 7, "unsupported (R35.4)", or nothing where it is no Jetson.
jetpack() {
    release=$(l4t_release)
    [ -n "$release" ] || return 0
    major=${release% *}
    case $major in
        36) echo 6 ;;
        38 | 39) echo 7 ;;
        *) echo "unsupported (R$major.${release#* })" ;;
    esac
}

# The Python's version as digits, such as 310.
python_digits() {
    "$1" -c 'import sys; print(f"{sys.version_info[0]}{sys.version_info[1]}")'
}

# One value of manifest.json's "bundle", by its key; Python reads JSON better than sh does.
told() {
    "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["bundle"][sys.argv[2]])' "$here/manifest.json" "$1"
}

# The file of requirements for this machine.
requirements() {
    case $(told target) in
        jetson) echo "requirements-jp$(jetpack).txt" ;;
        *) echo requirements.txt ;;
    esac
}

# Refuses a machine that the bundle is not for.
require_machine() {
    target=$(told target)
    machine=$(uname -m)
    jetpack=$(jetpack)
    case $target in
        jetson)
            [ -n "$jetpack" ] || fail "this is no Jetson ($root/etc/nv_tegra_release is missing): make the bundle with --target linux-x86 or raspberry-pi"
            case $jetpack in
                unsupported*) fail "this JetPack is $jetpack: flash JetPack 6 (R36) or 7 (R38, R39)" ;;
            esac
            ;;
        linux-x86)
            [ "$machine" = x86_64 ] || fail "this machine is $machine, the bundle is for x86_64: make it with --target jetson or raspberry-pi"
            ;;
        raspberry-pi)
            [ "$machine" = aarch64 ] || fail "this machine is $machine, the bundle is for aarch64: use a 64-bit system, or make it with --target linux-x86"
            ;;
        *) fail "$here/manifest.json names no machine that $python can read: copy the bundle again, or name another Python" ;;
    esac
}

require_python() {
    digits=$(python_digits "$python") || fail "$python does not run: name another with --python"
    if [ "$digits" -lt $oldest_python ] || [ "$digits" -gt $newest_python ]; then
        fail "$python is $("$python" --version 2>&1), the bundle is for Python 3.10 to 3.12: name another with --python"
    fi
}
