#!/bin/bash
# Runs the tests with counters in the code and prints which part of the lines and branches of src/
# ran, per folder; with -v also per file. The counters of programs that are killed are lost.
#
# usage: tools/coverage.sh [-v] [CTEST-OPTION...]        such as -R test_flow_
#        tools/coverage.sh [-v] --again                  prints the last run once more
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/coverage
verbose=
[ "${1:-}" != -v ] || { verbose=1; shift; }
cd "$top"

run_tests() {
    mkdir -p build
    { cmake --preset coverage && cmake --build --preset coverage -j "$(nproc)"; } >build/coverage.log 2>&1 ||
        { tail -n 40 build/coverage.log >&2; exit 1; }
    find "$build" -name '*.gcda' -delete
    # Programs write to the same files at their ends, so there is one at a time.
    GCOV_PREFIX=Z: ctest --test-dir "$build" -j 1 "$@" >build/coverage-tests.log 2>&1 ||
        echo "some tests failed, see build/coverage-tests.log" >&2
}
[ "${1:-}" = --again ] || run_tests "$@"

counters=$(find "$build" -path '*dosvc_static*' -name '*.gcda' | sort)
[ -n "$counters" ] || { echo "no counters were written" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && echo "$counters" | xargs x86_64-w64-mingw32-gcov -b -n -s "$top" 2>/dev/null) |
    awk -v verbose="$verbose" '
    /^File / {
        name = $2
        gsub(/\047/, "", name)
        sub(/^.*src\//, "", name)
        wanted = $2 ~ /src\/.*\.c\047$/
    }
    wanted && /^Lines executed:/ {
        split($2, part, ":")
        lines[name] = $4
        ran[name] = part[2] * $4 / 100
    }
    wanted && /^Branches executed:/ { next }
    wanted && /^Taken at least once:/ {
        split($4, part, ":")
        branches[name] = $6
        taken[name] = part[2] * $6 / 100
        wanted = 0
    }
    function row(name, r, l, t, b) {
        return sprintf("| %s | %d of %d | %.1f %% | %d of %d | %.1f %% |", name, r + 0.5, l,
            l ? 100 * r / l : 0, t + 0.5, b, b ? 100 * t / b : 0)
    }
    END {
        print "| | lines | | branches | |"
        print "|---|---|---|---|---|"
        for (name in lines) {
            folder = name
            sub(/\/.*/, "", folder)
            L[folder] += lines[name]; R[folder] += ran[name]
            B[folder] += branches[name]; T[folder] += taken[name]
            l += lines[name]; r += ran[name]; b += branches[name]; t += taken[name]
            if (verbose)
                print row(name, ran[name], lines[name], taken[name], branches[name]) | "sort"
        }
        if (verbose)
            close("sort")
        count = split("base model io core com", order)
        for (i = 1; i <= count; i++)
            if (order[i] in L)
                print row("src/" order[i], R[order[i]], L[order[i]], T[order[i]], B[order[i]])
        print row("all", r, l, t, b)
    }'
