#!/bin/bash
# Downloads files through CoCreateInstance before your eyes: builds dosvc.dll and doctl.exe,
# registers the DLL in a Wine prefix of its own, serves a large and some small files with nginx on
# a free port of the loopback interface, fetches them with doctl, compares checksums, and shows
# what a failure looks like. Leaves nothing behind but build/release.
#
# usage: tools/demo.sh
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
. tools/serve.sh
say() { echo; echo "== $*"; }

work=
cleanup() {
    local code=$?
    trap - EXIT
    if [ -n "$work" ]; then
        serve_stop "$work"
        WINEPREFIX=$work/wine timeout 30 wineserver -k >/dev/null 2>&1 || true
        WINEPREFIX=$work/wine timeout 30 wineserver -w >/dev/null 2>&1 || true
        rm -rf "$work"
    fi
    exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

tools/setup.sh

say "building"
mkdir -p build
{ cmake --preset release && cmake --build --preset release -j "$(nproc)" --target dosvc doctl; } \
    >build/demo.log 2>&1 || { tail -n 40 build/demo.log >&2; exit 1; }
bin=$top/build/release/bin
ls -sh "$bin/dosvc.dll" "$bin/doctl.exe"

work=$(mktemp -d)
export WINEPREFIX=$work/wine

say "registering in a fresh Wine prefix: regsvr32 .\\dosvc.dll"
(cd "$bin" && timeout 240 "$top/tools/wine-run.sh" regsvr32 /s '.\dosvc.dll')

say "serving files"
mkdir -p "$work/www" "$work/got"
head -c 256M /dev/urandom >"$work/www/large.bin"
for name in one two three; do
    head -c $((RANDOM * 20 + 1)) /dev/urandom >"$work/www/$name.bin"
done
serve "$work"
(cd "$work/www" && ls -sh *.bin)

cd "$work/got"
say "doctl get --show-events $url/large.bin: each line is a notification as it comes"
time timeout 120 "$top/tools/wine-run.sh" "$bin/doctl.exe" get --show-events "$url/large.bin"

say "doctl get, three files at once"
timeout 120 "$top/tools/wine-run.sh" "$bin/doctl.exe" get --show-events "$url/one.bin" "$url/two.bin" "$url/three.bin"

say "comparing checksums"
(cd "$work/www" && sha256sum -- *.bin) >"$work/sums"
sha256sum -c "$work/sums"

say "doctl get $url/missing.bin: a failure says what it is"
code=0
timeout 120 "$top/tools/wine-run.sh" "$bin/doctl.exe" get "$url/missing.bin" || code=$?
echo "exit code $code"
if [ "$code" = 0 ] || [ "$code" = 124 ] || [ -e missing.bin ]; then
    echo "demo: a missing file must be a failure" >&2
    exit 1
fi

say "done: every file arrived"
