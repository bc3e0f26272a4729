#!/bin/sh
# Writes the API reference, one page an interface, one for types and one for classes, from the
# comments of the IDL, and the page of codes from src/model. What has no comment is a complaint, and
# ends it with 1.
#
# usage: tools/reference.sh [FOLDER]       default: docs/reference
#        tools/reference.sh --check        says whether docs/reference is what it would write
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$root/docs/reference}
if [ "$folder" = --check ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    "$root/tools/reference.sh" "$folder"
    diff -ru "$root/docs/reference" "$folder" && exit 0
    echo "docs/reference is not what the IDL says: run tools/reference.sh" >&2
    exit 1
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
rm -f "$folder"/*.md
LC_ALL=C awk -v folder="$folder" -f "$root/tools/reference.awk" "$root/idl/DeliveryOptimization.idl" \
    "$root/idl/DeliveryOptimization.idl"
cd "$root/src/model"
LC_ALL=C awk -f "$root/tools/codes.awk" code_text_do.c code_text_bits.c code_text_http.c \
    code_text_net.c code_text_windows.c failure.c >"$folder/codes.md"
