#!/bin/sh
# Holds the README's C code against examples/hello.c, which is compiled: every line of the one must
# stand in the other, in the same order and with nothing between. Indentation does not count.
#
# usage: tools/check-readme.sh
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
awk '
    { sub(/^ +/, "") }
    FILENAME ~ /hello\.c$/ {
        program[++lines] = $0
        next
    }
    /^```c$/ { inside = 1; next }
    /^```$/ { inside = 0 }
    inside { code[++count] = $0 }
    END {
        for (start = 1; count && start + count - 1 <= lines; start++) {
            for (i = 1; i <= count && code[i] == program[start + i - 1]; i++)
                ;
            if (i > count)
                exit 0
        }
        print "README.md: its C code is not that of examples/hello.c"
        exit 1
    }
' "$root/examples/hello.c" "$root/README.md"
