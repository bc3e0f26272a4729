#!/bin/sh
# Holds the spelling of everything public against tests/data/public-names.txt, a list of what
# programs written for Delivery Optimization and BITS know: interfaces with their IIDs, methods with
# their vtable slots, values of enums and constants, classes, codes. What the IDL or the header of
# codes has beyond that list must be our own and say so in its name, or stand in it as "ours".
#
# usage: tools/check-public-names.sh [IDL [CODES [LIST]]]
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
idl=${1:-$root/idl/DeliveryOptimization.idl}
codes=${2:-$root/include/dosvc_codes.h}
list=${3:-$root/tests/data/public-names.txt}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
LC_ALL=C
export LC_ALL

# The IDL without comments, as lines of the list's form.
tr -d '\r' <"$idl" | awk '
    function number(text,    value, i) {
        sub(/;.*/, "", text)
        if (text !~ /^0x/)
            return text + 0
        value = 0
        text = tolower(substr(text, 3))
        for (i = 1; i <= length(text); i++)
            value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
        return sprintf("%.0f", value)
    }
    {
        if (comment && !sub(/^.*\*\//, ""))
            next
        comment = 0
        while (match($0, /\/\*([^*]|\*+[^*\/])*\*+\//))
            $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
        if (sub(/\/\*.*/, ""))
            comment = 1
    }
    /uuid\(/ { id = $0; sub(/.*uuid\(/, "", id); sub(/\).*/, "", id) }
    /^interface [A-Za-z0-9_]+ : / {
        print "interface", $2, tolower(id), $4
        name = $2
        slots[name] = slot = $4 == "IUnknown" ? 3 : slots[$4]
    }
    /^    coclass / { print "class", $2, tolower(id) }
    /^}/ { name = ""; values = members = "" }
    name && /^    HRESULT / {
        split($2, part, "(")
        print "method", name, slot++, part[1]
        slots[name] = slot
    }
    /^typedef enum / { values = 1 }
    values && /=/ { sub(/,/, ""); print "value", $1, number($3) }
    /^const / { print "value", $3, number($5) }
    /^cpp_quote\("#define [A-Za-z0-9_]+ (0x|[0-9])/ {
        sub(/"\)$/, "")
        print "value", $2, number($3)
    }
    /^cpp_quote\("#define [A-Za-z0-9_]+ \(\(UINT64\)-1\)"\)/ { print "value", $2, "UINT64_MAX" }
    /^cpp_quote\("#define [A-Za-z0-9_]+ L\\"/ {
        split($0, part, "\\\\\"")
        split(part[1], word, " ")
        print "text", word[2], part[2]
    }
    /^typedef (struct|union) / { members = $3; sub(/^_/, "", members) }
    members && /^    .*;/ {
        member = $0
        sub(/;.*/, "", member)
        sub(/\[[0-9]*\]/, "", member)
        sub(/.*[ *]/, "", member)
        print "member", members, member
    }
' >"$folder/found"
tr -d '\r' <"$codes" |
    sed -n 's/^#define \([A-Z_0-9]*\) ((HRESULT)\(0x[0-9A-Fa-f]*\)L)$/code \1 \2/p' >>"$folder/found"
sort -u "$folder/found" >"$folder/sorted"
sed -e '/^#/d' -e '/^$/d' "$list" | sort -u >"$folder/all"
sed 's/^ours //' "$folder/all" | sort -u >"$folder/known"

[ "$(wc -l <"$folder/sorted")" -gt 500 ] || { echo "too few names found in $idl" >&2; exit 1; }
comm -13 "$folder/sorted" "$folder/known" | sed 's/^/not there, or otherwise: /' >"$folder/complaints"
comm -23 "$folder/sorted" "$folder/known" | grep -Ev ' (I?Dosvc|DOSVC_)' |
    sed 's/^/not in the list: /' >>"$folder/complaints" || :
if [ -s "$folder/complaints" ]; then
    cat "$folder/complaints" >&2
    exit 1
fi
echo "$(wc -l <"$folder/known") public names, spelled as known"
