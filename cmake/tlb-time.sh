#!/bin/sh
# Takes the time of day out of a type library that widl made, where it stands twice: in
# "Created by WIDL version <v> at <time>\n", and as the number behind that string. Leaves alone what
# has no such string.
#
# usage: tlb-time.sh FILE
set -eu
export LC_ALL=C

mark="Created by WIDL version "
at=$(grep -abo "$mark" "$1" | head -n 1 | cut -d : -f 1)
[ -n "$at" ] || exit 0

put() { dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }
# A type and a length stand before the string; all of it is padded to four bytes.
length=$(od -An -t u4 -j $((at - 4)) -N 4 "$1" | tr -d ' ')
text=$(dd if="$1" bs=1 skip="$at" count="$length" 2>/dev/null)
head=${text%% at *}
[ "$head" != "$text" ] || exit 0
printf ' at Thu Jan  1 00:00:00 1970' | put "$1" $((at + ${#head}))
number=$((at - 6 + (6 + length + 3) / 4 * 4))
[ "$(od -An -t u2 -j $number -N 2 "$1" | tr -d ' ')" = 19 ] || # VT_UI4
    { echo "tlb-time: $1: not as widl writes it" >&2; exit 1; }
printf '\000\000\000\000' | put "$1" $((number + 2))
