#!/bin/bash
# Runs the parsers of what servers and clients send against hostile bytes with libFuzzer, AddressSanitizer and UBSan.
# Needs clang with its runtime libraries, which tools/setup.sh does not install. Inputs that reached
# something new stay in build/fuzz/corpus/TARGET and are where the next run begins.
#
# usage: tools/fuzz.sh [RUNS [TARGET...]]       default: 10 million runs of every target
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
runs=${1:-10000000}
shift || true
command -v clang >/dev/null || { echo "fuzz: clang is missing" >&2; exit 1; }

CC=clang CXX=clang++ cmake -S "$top" -B "$top/build/fuzz" -G Ninja -DDOSVC_NATIVE=ON -DCMAKE_BUILD_TYPE=Debug \
    -DCMAKE_C_FLAGS=-O1 >/dev/null
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    for source in "$top"/tests/fuzz/fuzz_*.c; do
        targets+=("$(basename "$source" .c)")
    done
fi
log=$top/build/fuzz/build.log
cmake --build "$top/build/fuzz" --target "${targets[@]}" >"$log" 2>&1 || { tail -n 40 "$log" >&2; exit 1; }
failed=0
for target in "${targets[@]}"; do
    mkdir -p "$top/build/fuzz/corpus/$target"
    started=$SECONDS
    program=$(find "$top/build/fuzz" -name "$target" -type f -perm -u+x | head -n 1)
    if "$program" -runs="$runs" -max_len=4096 -artifact_prefix="$top/build/fuzz/$target-" \
        "$top/build/fuzz/corpus/$target" >"$top/build/fuzz/$target.log" 2>&1; then
        echo "$target: $runs runs in $((SECONDS - started)) s, nothing found," \
            "$(find "$top/build/fuzz/corpus/$target" -type f | wc -l) inputs kept"
    else
        echo "$target: FOUND something, see build/fuzz/$target.log" >&2
        failed=1
    fi
done
exit $failed
