#!/bin/bash
# Runs the benchmarks under Wine in a prefix of its own, against an nginx on loopback, and rewrites
# the tables and plots of docs/performance.md with what they found.
#
# usage: bench/run.sh [--runs N] [--keep-docs] [ROW...]
#
# Rows: http https sha256 grow limited many roundtrip memory cpu getters notify call callback activate
# queue commits.
# Rows that are not named keep their figures. Wants a quiet machine: everything is compared with
# what ran beside it, but a busy machine is not what anybody asks about.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. bench/server.sh

all=(http https sha256 grow limited many roundtrip memory cpu getters notify call callback activate
    queue commits)
rows=()
runs=
docs=1
while [ $# != 0 ]; do
    case $1 in
    --runs) runs=$2; shift ;;
    --keep-docs) docs= ;;
    -*) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2 ;;
    *)
        [[ " ${all[*]} " == *" $1 "* ]] || { echo "no such row: $1" >&2; exit 2; }
        rows+=("$1") ;;
    esac
    shift
done
[ ${#rows[@]} != 0 ] || rows=("${all[@]}")

work=
delay=
cleanup() {
    local code=$?
    trap - EXIT
    [ -z "$delay" ] || kill "$delay" 2>/dev/null || true
    if [ -n "$work" ]; then
        server_stop "$work"
        timeout 30 wineserver -k >/dev/null 2>&1 || true
        timeout 30 wineserver -w >/dev/null 2>&1 || true
        rm -rf "$work"
    fi
    exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

tools/setup.sh
mkdir -p build/bench
{ cmake --preset release && cmake --build --preset release -j "$(nproc)"; } >build/bench/build.log 2>&1 ||
    { tail -n 40 build/bench/build.log >&2; exit 1; }
for helper in cpu delay; do
    gcc -std=gnu11 -O2 -Wall -o "build/bench/$helper" "bench/native/$helper.c" bench/lib/report.c
done
bin=$top/build/release/bin
curl_exe=${DOSVC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dosvc}/x86_64-w64-mingw32/bin/curl.exe

work=$(mktemp -d "$top/build/bench/work.XXXXXX")
export WINEPREFIX=$work/wine
export BENCH_JSON=$work/new.jsonl
export BENCH_CURL="Z:${curl_exe//\//\\}"
: >"$BENCH_JSON"
server_start "$work"
cd "$bin"
timeout 300 "$top/tools/wine-run.sh" regsvr32 /s '.\dosvc.dll'
timeout 60 wineserver -p900 </dev/null >/dev/null 2>&1 || true

program() { timeout 3600 "$top/tools/wine-run.sh" "$@"; }
run_row() {
    local r=${runs:+--runs $runs}
    case $1 in
    http) program bench-single.exe http --url "$http/large.bin" $r ;;
    https) program bench-single.exe https --url "$https/large.bin" --plain "$http/large.bin" $r ;;
    sha256)
        program bench-single.exe sha256 --url "$http/large.bin" $r \
            --digest "$(sha256sum <"$work/www/large.bin" | cut -c -64)" ;;
    grow) program bench-single.exe grow --url "$http/large.bin" $r ;;
    limited) program bench-single.exe limited --url "$limited/large.bin" $r ;;
    many) program bench-many.exe many --url "$http" $r ;;
    roundtrip)
        local port=${http##*:}
        "$top/build/bench/delay" $((port + 4)) "$port" 80 &
        delay=$!
        program bench-many.exe roundtrip --url "http://127.0.0.1:$((port + 4))" $r
        kill "$delay"
        delay= ;;
    memory) program bench-memory.exe "$http/huge.bin" $runs ;;
    cpu)
        export LC_ALL=C.UTF-8 WINEARCH=win64 WINEDEBUG=-all
        timeout 3600 "$top/build/bench/cpu" cpu $((512 << 20)) "${runs:-5}" \
            dosvc wine ./bench-fetch.exe dosvc "$http/large.bin" -- \
            curl.exe wine "$curl_exe" -s -o "$work/curl.bin" "$http/large.bin" -- \
            loop wine ./bench-fetch.exe loop "$http/large.bin" ;;
    getters) program bench-getters.exe "$slow/large.bin" ;;
    notify) program bench-notify.exe ;;
    call | activate) program bench-clients.exe "$1" $runs ;;
    callback) program bench-callback.exe $runs ;;
    queue) program bench-queue.exe 10000 $runs ;;
    commits) program bench-commits.exe $runs ;;
    esac
}

failed=()
for row in "${rows[@]}"; do
    run_row "$row" || failed+=("$row")
done
cd "$top"

# The figures of this run, and of the other rows what was there.
results=docs/performance.jsonl
touch "$results"
if [ -n "$docs" ]; then
    measured=$(sed -n 's/^{"row":"\([a-z0-9]*\)".*/\1/p' "$BENCH_JSON" | sort -u)
    {
        for row in "${all[@]}"; do
            case " ${measured//$'\n'/ } " in
            *" $row "*) grep "^{\"row\":\"$row\"," "$BENCH_JSON" ;;
            *) grep "^{\"row\":\"$row\"," "$results" || true ;;
            esac
        done
    } >"$work/merged.jsonl"
    cp "$work/merged.jsonl" "$results"
    bench/report.sh "$results" docs/performance.md
fi
if [ ${#failed[@]} != 0 ]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
