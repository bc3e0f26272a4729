#!/bin/bash
# Builds the package once more, from a copy of the sources in another folder, in another time zone
# and without the compiler cache, and holds it against that of the release build: byte for byte.
#
# usage: tools/check-reproducible.sh [ZIP]     default: the release build's, made first
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
if [ $# = 0 ]; then
    mkdir -p build
    rm -f build/release/dosvc-*-win64.zip # of another version
    { cmake --preset release && cmake --build --preset release -j "$(nproc)" --target dist; } \
        >build/package.log 2>&1 || { tail -n 40 build/package.log >&2; exit 1; }
    set -- build/release/dosvc-*-win64.zip
fi
zip=$1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy="$work/some other folder" # with spaces
mkdir "$copy"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file" # but for those deleted
done | tar --null -T - -c | tar -x -C "$copy"
# The copy knows no commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH CCACHE_DISABLE=1 TZ=Pacific/Chatham
umask 027
{ cd "$copy" && cmake --preset release -DDOSVC_BENCHES=OFF &&
    cmake --build --preset release -j "$(nproc)" --target dist; } >"$work/log" 2>&1 ||
    { tail -n 40 "$work/log" >&2; exit 1; }
other=$copy/build/release/$(basename "$zip")
cd "$top"
if cmp "$zip" "$other"; then
    sha256sum "$zip"
    exit 0
fi
mkdir "$work/a" "$work/b"
unzip -q "$zip" -d "$work/a"
unzip -q "$other" -d "$work/b"
echo "check-reproducible: not the same:" >&2
diff -rq "$work/a" "$work/b" >&2 || true
exit 1
