#!/bin/sh
# Counts the lines of src/ and tests/ that stand in two places: runs of at least LENGTH lines that
# are the same to the letter, but for white space. Comments, #includes, lone punctuation and the
# rows of tables do not count. Fails when there are more than the budget, and shows the runs.
#
# usage: tools/check-duplicates.sh [-v]       -v: shows them anyway
set -eu

LENGTH=6
BUDGET_SRC=80
BUDGET_TESTS=160

cd "$(dirname "$0")/.."
verbose=${1:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

count() { # folder, budget
    find "$1" -name '*.[ch]' | sort | xargs awk -v length_="$LENGTH" '
        function flush_run() {
            if (run >= length_) {
                print FILE_OF[from] ":" LINE_OF[from] " ~ " FILE_OF[to] ":" LINE_OF[to] ": " run " lines"
                total += run
            }
            run = 0
        }
        FNR == 1 { comment = 0; lines++; TEXT[lines] = "\001" FILENAME } # no run goes from file to file
        {
            line = $0
            if (comment) {
                if (line !~ /\*\//)
                    next
                sub(/^.*\*\//, "", line)
                comment = 0
            }
            while (match(line, /\/\*([^*]|\*+[^*\/])*\*+\//))
                line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
            if (sub(/\/\*.*/, "", line))
                comment = 1
            gsub(/[ \t]+/, "", line)
            if (line ~ /^[][{}(),;]*$/ || line ~ /^#include/ || line ~ /^[A-Za-z_]*,$/ || line ~ /^\{.*\},?$/)
                next
            lines++
            TEXT[lines] = line
            FILE_OF[lines] = FILENAME
            LINE_OF[lines] = FNR
        }
        END {
            # A window of length_ lines that was seen before begins or continues a run.
            for (i = 1; i <= lines - length_ + 1; i++) {
                key = ""
                for (k = 0; k < length_; k++)
                    key = key TEXT[i + k] "\n"
                if (index(key, "\001"))
                    continue
                if (key in first) {
                    if (run && first[key] == to + i - from) {
                        run++
                        continue
                    }
                    flush_run()
                    from = i
                    to = first[key]
                    run = length_
                } else {
                    flush_run()
                    first[key] = i
                }
            }
            flush_run()
            print total + 0
        }
    ' >"$folder/$1"
    total=$(tail -n 1 "$folder/$1")
    if [ "$total" -gt "$2" ] || [ "$verbose" = -v ]; then
        sed '$d' "$folder/$1"
    fi
    echo "$1: $total duplicated lines of a budget of $2"
    [ "$total" -le "$2" ]
}

result=0
count src "$BUDGET_SRC" || result=1
count tests "$BUDGET_TESTS" || result=1
exit "$result"
