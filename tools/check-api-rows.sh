#!/bin/sh
# Compares docs/api.md with the IDL: every method of every interface has one row
# under its interface's heading, with a status that the page explains, and no
# row is about a method that does not exist.
#
# usage: tools/check-api-rows.sh [IDL [PAGE]]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
idl=${1:-$root/idl/DeliveryOptimization.idl}
page=${2:-$root/docs/api.md}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
LC_ALL=C
export LC_ALL

tr -d '\r' <"$idl" | awk '
    /^interface [A-Za-z0-9_]+ *(:.*)?$/ { name = $2 }
    /^}/ { name = "" }
    name && /^    HRESULT [A-Za-z0-9_]+\(/ { split($2, part, "("); print name "::" part[1] }
' | sort >"$folder/methods"

tr -d '\r' <"$page" | awk -F ' *[|] *' '
    /^## / { name = substr($0, 4); next }
    /^\| *(method|-+) *\|/ { next }
    /^\|/ && name ~ /^(I|AsyncI)[A-Z]/ {
        print name "::" $2
        if ($3 !~ /^(works|not yet|differs|refused)$/)
            print name "::" $2 ": no such status: " $3 >"/dev/stderr"
        else if ($3 ~ /^(differs|refused)$/ && $4 == "")
            print name "::" $2 ": " $3 " needs a note" >"/dev/stderr"
    }
' 2>"$folder/complaints" | sort >"$folder/rows"

comm -23 "$folder/methods" "$folder/rows" | sed 's/$/: no row in the page/' >>"$folder/complaints"
comm -13 "$folder/methods" "$folder/rows" |
    sed 's/$/: not in the IDL, or more than one row/' >>"$folder/complaints"

if [ ! -s "$folder/methods" ]; then
    echo "no methods found in $idl" >&2
    exit 1
fi
if [ -s "$folder/complaints" ]; then
    cat "$folder/complaints" >&2
    exit 1
fi
echo "$(wc -l <"$folder/rows") methods, one row each"
