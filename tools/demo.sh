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
say() { echo; echo "== $*"; }

work=
cleanup() {
    local code=$?
    trap - EXIT
    if [ -n "$work" ]; then
        [ ! -s "$work/nginx.pid" ] || kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
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
mkdir -p "$work/www" "$work/got" "$work/tmp"
head -c 256M /dev/urandom >"$work/www/large.bin"
for name in one two three; do
    head -c $((RANDOM * 20 + 1)) /dev/urandom >"$work/www/$name.bin"
done
nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)
serve() { # port
    cat >"$work/nginx.conf" <<CONF
$([ "$(id -u)" != 0 ] || echo 'user root;')
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
events { }
http {
    access_log off;
    sendfile on;
    client_body_temp_path $work/tmp;
    proxy_temp_path $work/tmp;
    fastcgi_temp_path $work/tmp;
    uwsgi_temp_path $work/tmp;
    scgi_temp_path $work/tmp;
    server { listen 127.0.0.1:$1; root $work/www; }
}
CONF
    "$nginx" -p "$work" -c "$work/nginx.conf" -e "$work/error.log" 2>/dev/null
}
port=
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    port=$((20000 + RANDOM % 10000))
    serve $port && break
    [ "$attempt" != 10 ] || { cat "$work/error.log" >&2; exit 1; }
done
url=http://127.0.0.1:$port
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
