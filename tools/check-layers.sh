#!/bin/sh
# Holds every #include of src/ against the order of the layers:
#
#   base <- model <- io <- core <- com <- dll.c      cli, host: include/ and generated headers only
#                                      <- fake
#
# A file includes its own folder and those to its left. model is C alone: no other folder of ours
# and no header of Windows. Nobody includes fake, which the linker puts in place of others. A header
# of another folder is named with its folder ("base/log.h").
#
# usage: tools/check-layers.sh [FOLDER]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "${1:-$root/src}"

find . -name '*.[ch]' | sort | xargs awk '
    BEGIN {
        count = split("base model io core com dll fake", order)
        for (i = 1; i <= count; i++)
            rank[order[i]] = i
        # What C11 has; the rest is the platform.
        split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp " \
              "signal stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn " \
              "string tgmath threads time uchar wchar wctype", names)
        for (i in names)
            standard[names[i] ".h"] = 1
    }
    function complain(why) {
        print FILENAME ":" FNR ": " why ": " $0
        bad++
    }
    FNR == 1 {
        split(FILENAME, part, "/")
        folder = part[2]
        sub(/\.[ch]$/, "", folder)
        if (!(folder in rank) && folder != "cli" && folder != "host")
            complain("a folder that no layer knows")
    }
    /^[ \t]*#[ \t]*include/ {
        name = $0
        sub(/^[^"<]*["<]/, "", name)
        sub(/[">].*/, "", name)
        if ($0 ~ /</) {
            if (folder == "model" && !(name in standard))
                complain("model includes only C11")
            next
        }
        target = name
        sub(/\/.*/, "", target)
        if (!(target in rank) || name !~ /\//) {
            # include/, a generated header, or a neighbour named without its folder
            if (folder == "model")
                complain("model includes only C11 and model/")
            next
        }
        if (folder == "cli" || folder == "host")
            complain("a client includes no inside of the DLL")
        else if (folder == "model" && target != "model")
            complain("model includes only C11 and model/")
        else if (target == "dll" || (target == "fake" && folder != "fake"))
            complain("nobody includes that")
        else if (rank[target] > rank[folder])
            complain("includes to its right")
    }
    END { exit bad > 0 }
'
