#!/bin/sh
# Runs a Windows program under Wine in a private prefix: wine-run.sh PROGRAM [ARGUMENT...]
# The prefix is $WINEPREFIX, else build/wine; its server stays warm for a minute.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
: "${WINEPREFIX:=$top/build/wine}"
export WINEPREFIX WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="winemenubuilder.exe=d;mscoree=d;mshtml=d"
unset DISPLAY WAYLAND_DISPLAY
mkdir -p "$WINEPREFIX"
if [ ! -f "$WINEPREFIX/.ready" ]; then
    (
        flock 9
        [ -f "$WINEPREFIX/.ready" ] || { wineboot -i >/dev/null 2>&1 && touch "$WINEPREFIX/.ready"; }
    ) 9>"$WINEPREFIX/.lock"
fi
exec 9>&-
wineserver -p60 2>/dev/null || true
exec wine "$@"
