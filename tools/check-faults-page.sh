#!/bin/sh
# Holds docs/fault-injection.md against the source: every point of base/fault.c, and every place
# where a process can be ended, is named there.
#
# usage: tools/check-faults-page.sh
set -eu

cd "$(dirname "$0")/.."
names=$(
    sed -n 's/.*\[FAULT_[A-Z]*\] = {"\([a-z]*\)".*/\1/p' src/base/fault.c
    grep -rhoE 'fault_point\("[a-z-]+"\)' src --include='*.c' | sed 's/.*"\(.*\)".*/\1/' | sort -u
)
[ -n "$names" ] || { echo "no points found" >&2; exit 1; }
missing=0
for name in $names; do
    grep -qF "\`$name\`" docs/fault-injection.md || { echo "docs/fault-injection.md does not name $name"; missing=1; }
done
exit $missing
