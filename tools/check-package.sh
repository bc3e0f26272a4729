#!/bin/bash
# Uses the package as somebody would who has nothing else: unpacks the zip in an empty folder, checks
# what is in it, builds each example with it alone (CMake, pkg-config, and MSVC's linker in LLVM's
# shape), and runs everything in a fresh Wine prefix against a loopback server.
#
# usage: tools/check-package.sh [ZIP]     default: the package of the release build, made first
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/tools/serve.sh"
triplet=x86_64-w64-mingw32

work=
cleanup() {
    local code=$?
    trap - EXIT
    if [ -n "$work" ]; then
        serve_stop "$work"
        WINEPREFIX=$work/wine timeout 30 wineserver -k >/dev/null 2>&1 || true
        WINEPREFIX=$work/wine timeout 30 wineserver -w >/dev/null 2>&1 || true
        cd / && rm -rf "$work"
    fi
    exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
fail() { echo "check-package: $*" >&2; exit 1; }
say() { echo "-- $*"; }
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; fail "$1 failed"; }; }

if [ $# = 0 ]; then
    cd "$top"
    mkdir -p build
    rm -f build/release/dosvc-*-win64.zip # of another version
    { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target dist; } \
        >build/package.log 2>&1 || { tail -n 40 build/package.log >&2; exit 1; }
    set -- build/release/dosvc-*-win64.zip
fi
zip=$(realpath "$1")
work=$(mktemp -d)
cd "$work"
mkdir unpacked build got

say "$(basename "$zip"): contents"
unzip -q "$zip" -d unpacked
package=$(echo "$work"/unpacked/*)
[ -d "$package" ] || fail "not one folder"
(cd "$package" && sha256sum --quiet -c SHA256SUMS) || fail "checksums"
(cd "$package" && find . -type f ! -name SHA256SUMS | sed 's|^\./||' | LC_ALL=C sort) >listed
sed 's/^[^ ]*  //' "$package/SHA256SUMS" | LC_ALL=C sort | diff - listed || fail "not all have a checksum"
for file in bin/dosvc.dll bin/dosvc.exe bin/doctl.exe bin/dosvc.manifest include/dosvc.h include/dosvc_codes.h \
    include/dosvc_fake.h include/deliveryoptimization.h idl/DeliveryOptimization.idl \
    idl/deliveryoptimization.tlb lib/libdosvc.dll.a lib/libdosvc_guids.a lib/libdosvc_fake.a \
    lib/dosvc.lib lib/dosvc.def symbols/dosvc.dll.debug symbols/dosvc.exe.debug symbols/doctl.exe.debug \
    LICENSE LICENSES/curl.txt LICENSES/libgcc.txt LICENSES/sqlite.txt LICENSES/mingw-w64.txt; do
    [ -s "$package/$file" ] || fail "no $file"
done
for place in "$top" "${DOSVC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dosvc}"; do
    ! grep -rlaF "$place/" "$package" || fail "$place is named in these"
done
$triplet-objdump -h "$package/bin/dosvc.dll" | grep gnu_debuglink >/dev/null || fail "no link to the symbols"
! $triplet-objdump -h "$package/bin/dosvc.dll" | grep debug_info >/dev/null || fail "symbols are not apart"
$triplet-nm "$package/symbols/dosvc.dll.debug" | grep DosvcCreateInstance >/dev/null || fail "no symbols"

say "building the examples with CMake"
for file in "$package"/examples/*.c "$package"/examples/*.cpp; do
    [ "$(wc -l <"$file")" -lt 100 ] || fail "$(basename "$file") has 100 lines or more"
done
quietly cmake -S "$package/examples" -B build -G Ninja -DCMAKE_PREFIX_PATH="$package" \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=$triplet-gcc \
    -DCMAKE_CXX_COMPILER=$triplet-g++ -DCMAKE_RC_COMPILER=$triplet-windres
quietly cmake --build build

say "building by hand with pkg-config"
export PKG_CONFIG_PATH=$package/lib/pkgconfig
quietly $triplet-gcc -municode "$package/examples/callback.c" -o build/by_hand.exe \
    $(pkg-config --cflags --libs dosvc)
quietly $triplet-gcc "$package/examples/callback_test.c" -o build/by_hand_test.exe \
    $(pkg-config --cflags --libs dosvc-fake)

cat >fake.cpp <<'END'
#include "dosvc_fake.h"

int main()
{
    IDOManager *manager;

    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    if (FAILED(DosvcFakeCreateInstance(__uuidof(DosvcManager), __uuidof(manager),
                                       reinterpret_cast<void **>(&manager))))
        return 1;
    manager->Release();
    return DosvcFakeReset() != S_OK;
}
END
quietly $triplet-g++ -Wall -Wextra -Werror -static fake.cpp -o build/fake_cpp.exe \
    $(pkg-config --cflags --libs dosvc-fake)

say "linking with dosvc.lib as MSVC does"
cat >msvc.c <<'END'
struct live { long objects, blocks, threads, handles, locks; };
__declspec(dllimport) void __stdcall DosvcGetLiveCounts(struct live *live);
int start(void)
{
    struct live live = {-1, -1, -1, -1, -1};
    DosvcGetLiveCounts(&live);
    return live.objects == 0 && live.locks == 0 ? 42 : 1;
}
END
quietly $triplet-gcc -c -ffreestanding -fno-stack-protector msvc.c -o msvc.obj
quietly "$(command -v lld-link || command -v lld-link-14)" /entry:start /subsystem:console \
    /nodefaultlib /out:build/msvc.exe msvc.obj "$package/lib/dosvc.lib"

say "serving, and a fresh Wine prefix"
export WINEPREFIX=$work/wine
serve "$work"
head -c 3000000 /dev/urandom >www/large.bin
echo "a small file" >www/small.txt
head -c 300000 /dev/urandom >www/good.bin
# A pieces hash file as docs/integrity.md says.
piece=65536
size=$(stat -c %s www/good.bin)
little() { printf "$(printf '%0*x\n' $(($2 * 2)) "$1" | fold -w 2 | tac | sed 's/^/\\x/' | tr -d '\n')"; }
for ((i = 0; i * piece < size; i++)); do
    dd if=www/good.bin of=piece bs=$piece skip=$i count=1 2>/dev/null
    openssl dgst -sha256 -binary piece
done >digests
{ little 1 2; little 0 2; little "$size" 8; little $piece 4; cat digests; } >hashed
hash=$(openssl dgst -sha256 -binary hashed | base64)
pieces=$(for ((i = 0; i * piece < size; i++)); do
    printf '"%s",' "$(dd if=digests bs=32 skip=$i count=1 2>/dev/null | base64)"; done)
cat >www/good.pieces <<END
{"MajorVersion": 1, "MinorVersion": 0, "HashOfHashes": "$hash", "ContentLength": $size,
 "PieceSize": $piece, "Pieces": [${pieces%,}]}
END
{ head -c 100000 www/good.bin; printf 'x'; tail -c +100002 www/good.bin; } >www/bad.bin

windows() { local path=Z:$1; echo "${path//\//\\}"; }
run() { timeout 120 "$top/tools/wine-run.sh" "$@"; }
runs() { # exit code, program, arguments...
    local wanted=$1 code=0
    shift
    say "$(basename "$1") ${*:2}"
    (cd got && run "$@") >output 2>&1 || code=$?
    [ $code = "$wanted" ] || { cat output >&2; fail "exit code $code instead of $wanted"; }
}
same() { cmp "www/$1" "got/$2" || fail "$2 is not what was served"; }

runs 42 "$work/build/msvc.exe"
runs 0 "$work/build/callback_test.exe"
runs 0 "$work/build/by_hand_test.exe"
runs 0 "$work/build/fake_cpp.exe"
runs 0 "$work/build/callback.exe" "$url/large.bin" "$(windows "$work/got/callback.bin")"
same large.bin callback.bin
runs 1 "$work/build/callback.exe" "$url/none.bin" "$(windows "$work/got/none.bin")"
grep -q 0x80190194 output || fail "a missing file has another code"
cp "$package/bin/dosvc.dll" build/
runs 0 "$work/build/by_hand.exe" "$url/large.bin" "$(windows "$work/got/by_hand.bin")"
same large.bin by_hand.bin
runs 0 "$work/build/wait.exe" "$url/large.bin" "$url/small.txt"
same large.bin large.bin
same small.txt small.txt
runs 0 "$work/build/stream.exe" "$url/small.txt"
grep -q "a small file" output || fail "the stream has something else"
runs 0 "$work/build/integrity.exe" "$url/good.bin" "$(windows "$work/got/good.bin")" \
    "$url/good.pieces" "$hash"
same good.bin good.bin
runs 1 "$work/build/integrity.exe" "$url/bad.bin" "$(windows "$work/got/bad.bin")" \
    "$url/good.pieces" "$hash"
grep -qi 0x80d06805 output || fail "a damaged file has another code"
[ ! -e got/bad.bin ] || fail "a damaged file is kept"
runs 0 "$work/build/client.exe" "$url/large.bin" "$(windows "$work/got/client.bin")"
same large.bin client.bin
runs 0 "$work/build/adopt.exe" "$url/large.bin" "$(windows "$work/got/adopted.bin")"
runs 0 "$work/build/adopt.exe"
same large.bin adopted.bin

say "nothing is registered"
runs 0 "$work/build/regfree.exe"
runs 1 "$work/build/hello.exe" "$url/small.txt" "$(windows "$work/got/hello.txt")"
grep -q 0x80040154 output || fail "hello.exe found a class"

say "installing in a Wine prefix, and uninstalling"
timeout 120 "$package/wine-install.sh" install "$WINEPREFIX"
runs 0 "$work/build/hello.exe" "$url/small.txt" "$(windows "$work/got/hello.txt")"
same small.txt hello.txt
rm got/large.bin
runs 0 'C:\Program Files\dosvc\doctl.exe' get "$url/large.bin"
same large.bin large.bin
timeout 120 "$package/wine-install.sh" uninstall "$WINEPREFIX"
runs 1 "$work/build/hello.exe" "$url/small.txt" "$(windows "$work/got/hello.txt")"
[ ! -e "$WINEPREFIX/drive_c/Program Files/dosvc" ] || fail "uninstall left something"
say "the package works"
