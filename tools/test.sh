#!/bin/bash
# Everything that must hold before a change lands: format, static checks, the layers, what is written
# twice, the model natively under sanitizers, the 32-bit build under gcc's analyzer, and under Wine
# all tests of the debug build, in which undefined behaviour traps. The package of the release build
# is tried as a stranger would, and made once more elsewhere, where it has to be the same.
# Installs what is missing first. Exit code 0 only when all of it passed.
#
# usage: tools/test.sh
set -uo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
jobs=$(nproc)
export WINEPREFIX=${WINEPREFIX:-$top/build/wine}
export CTEST_OUTPUT_ON_FAILURE=1

failed=()
last="debug: all tests"
step() { # name, command...
    local name=$1 started=$SECONDS
    shift
    echo "== $name"
    if "$@"; then
        # after the last step ctest's own summary stands last
        [ "$name" = "$last" ] || echo "   passed in $((SECONDS - started)) s"
    else
        echo "   FAILED: $name" >&2
        failed+=("$name")
        return 1
    fi
}

format() {
    git ls-files '*.c' '*.h' '*.cpp' | xargs clang-format --dry-run -Werror
}
static_checks() {
    cppcheck --quiet --std=c11 --platform=win64 --enable=warning,portability --inline-suppr \
        --suppress=missingInclude --suppress=varFuncNullUB --error-exitcode=1 -j "$jobs" -I src -I include src
}
build() { # preset
    cmake --preset "$1" >"build/$1.log" 2>&1 && cmake --build --preset "$1" -j "$jobs" >>"build/$1.log" 2>&1 ||
        { tail -n 60 "build/$1.log" >&2; return 1; }
}

mkdir -p build
tools/setup.sh || exit 1
step "format" format
step "cppcheck" static_checks
step "layers" tools/check-layers.sh
step "duplicates" tools/check-duplicates.sh
step "native-asan: build" build native-asan &&
    step "native-asan: model tests" ctest --preset native-asan -j "$jobs"
step "32-bit, gcc -fanalyzer: build" build i686
step "release: build" build release && {
    step "release: the package in use" tools/check-package.sh
    step "release: the same bytes again" tools/check-reproducible.sh
}
step "debug: build" build debug &&
    step "$last" ctest --preset debug -j $((jobs + 1)) # they wait more than they work
timeout 30 wineserver -k >/dev/null 2>&1

if [ ${#failed[@]} != 0 ]; then
    printf 'failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
