#!/bin/sh
# Puts the Jetson into its fastest power mode and holds its clocks there; --restore gives the clocks back.
# NVPMODEL names another mode: `nvpmodel -p --verbose` and /etc/nvpmodel.conf list those of this board.
set -eu

stored=/run/mixassist-clocks

# The number of the mode called MAXN or MAXN_SUPER, the latter first; 0 where neither is named.
fastest_mode() {
    modes=$(sed -n 's/^< *POWER_MODEL *ID=\([0-9]*\) *NAME=\(MAXN[A-Z_]*\).*/\2 \1/p' /etc/nvpmodel.conf 2> /dev/null | sort -r)
    printf '%s\n' "$modes" | awk 'NR == 1 { print ($2 == "" ? 0 : $2) }'
}

if [ "${1:-}" = --restore ]; then
    if [ -f "$stored" ]; then jetson_clocks --restore "$stored" && rm -f "$stored"; fi
    exit 0
fi
# Some boards ask whether they may restart to change the mode: the answer is no.
echo no | nvpmodel -m "${NVPMODEL:-$(fastest_mode)}" || echo "the power mode stays as it is: nvpmodel refuses" >&2
[ -f "$stored" ] || jetson_clocks --store "$stored"
jetson_clocks
