#!/bin/sh
# Holds every relative link of the Markdown pages: the file is there, and so is the heading behind a
# '#'. Links with a scheme are not asked for.
#
# usage: tools/check-links.sh [FOLDER]
set -eu

cd "${1:-$(dirname "$0")/..}"
pages=$(find . -name '*.md' -not -path './build/*' -not -path './.git/*' | sort)
[ -n "$pages" ] || { echo "no pages" >&2; exit 1; }

# page, line, target: one link a line
LC_ALL=C awk '
    FNR == 1 { code = 0 }
    /^ *```/ { code = !code; next }
    code || /^    / { next }
    {
        line = $0
        gsub(/`[^`]*`/, "", line)
        while (match(line, /\]\([^)]*\)/)) {
            print FILENAME, FNR, substr(line, RSTART + 2, RLENGTH - 3)
            line = substr(line, RSTART + RLENGTH)
        }
    }
' $pages | LC_ALL=C awk '
    # What a heading is called in a link: lower case, no punctuation, dashes for blanks.
    function anchors(page,    line, code, name) {
        read[page] = 1
        code = 0
        while ((getline line <page) > 0) {
            if (line ~ /^ *```/)
                code = !code
            if (code || line !~ /^#+ /)
                continue
            sub(/^#+ */, "", line)
            name = tolower(line)
            gsub(/[^a-z0-9 _-]/, "", name)
            gsub(/ /, "-", name)
            if (has[page, name]++)
                has[page, name "-" (has[page, name] - 1)] = 1
        }
        close(page)
    }
    function exists(path,    line, found) {
        if (path in known)
            return known[path]
        return known[path] = system("test -e \"" path "\"") == 0
    }
    {
        target = $3
        if (target ~ /^[a-z]+:/)
            next
        count++
        folder = $1
        sub(/[^\/]*$/, "", folder)
        path = target
        sub(/#.*/, "", path)
        path = path == "" ? $1 : folder path
        while (sub(/[^\/.]+\/\.\.\//, "", path))
            ;
        if (!exists(path)) {
            print $1 ":" $2 ": no such file: " target
            bad++
        } else if (index(target, "#")) {
            anchor = target
            sub(/[^#]*#/, "", anchor)
            if (!(path in read))
                anchors(path)
            if (!((path, anchor) in has)) {
                print $1 ":" $2 ": no such heading: " target
                bad++
            }
        }
    }
    END {
        if (!count) {
            print "no links found"
            exit 1
        }
        if (!bad)
            print count " links lead somewhere"
        exit bad > 0
    }
'
