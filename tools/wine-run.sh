#!/bin/sh
# Runs a Windows program under Wine in a private prefix: wine-run.sh PROGRAM [ARGUMENT...]
# The prefix is $WINEPREFIX, else build/wine; its server stays warm for a minute.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
: "${WINEPREFIX:=$top/build/wine}"
# In the C locale Wine cannot name files beyond ASCII.
export WINEPREFIX LC_ALL=C.UTF-8 WINEARCH=win64 WINEDEBUG="${WINEDEBUG:--all}"
export WINEDLLOVERRIDES="winemenubuilder.exe=d;mscoree=d;mshtml=d"
unset DISPLAY WAYLAND_DISPLAY
mkdir -p "$WINEPREFIX"
# Any program makes the prefix first. wineboot itself would then start a second service manager beside
# the one that this has started; each waits for what the other is told, until it gives up: no RPC
# service, so no local servers, for most of a minute.
# Whatever stays behind (the server, Wine's services) must hold neither the lock nor our output:
# ctest waits for the output's end.
if [ ! -f "$WINEPREFIX/.ready" ]; then
    (
        flock 9
        [ -f "$WINEPREFIX/.ready" ] ||
            { timeout 180 wine cmd /c exit && touch "$WINEPREFIX/.ready"; } </dev/null >/dev/null 2>&1 9>&-
    ) 9>"$WINEPREFIX/.lock"
fi
wineserver -p60 </dev/null >/dev/null 2>&1 || true

# The services that the first program of an idle prefix starts inherit its output and keep it for as
# long as the server lives; so it goes to a file, and is shown from there.
output=$(mktemp)
trap 'rm -f "$output"' EXIT
wine "$@" >"$output" 2>&1 &
program=$!
trap 'kill "$program" 2>/dev/null' INT TERM
tail -n +1 -s 0.05 -f --pid="$program" "$output"
wait "$program"
