#!/bin/sh
# Installs dosvc in a Wine prefix, or takes it out again:
#
#     wine-install.sh install [--bits] [PREFIX]
#     wine-install.sh uninstall [PREFIX]
#
# The programs go to C:\Program Files\dosvc of the prefix (PREFIX, else $WINEPREFIX, else ~/.wine),
# and the classes are registered there. --bits registers the class ids of BITS as well, where they
# are free. uninstall removes what install wrote; downloads and the queue are left alone.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ $# -ge 1 ] || usage
action=$1
shift
bits=
if [ "${1-}" = --bits ] && [ "$action" = install ]; then
    bits=1
    shift
fi
[ $# -le 1 ] || usage
WINEPREFIX=${1:-${WINEPREFIX:-$HOME/.wine}}
case $WINEPREFIX in /*) ;; *) WINEPREFIX=$(pwd)/$WINEPREFIX ;; esac
WINEDEBUG=${WINEDEBUG:--all}
export WINEPREFIX WINEDEBUG
folder="$WINEPREFIX/drive_c/Program Files/dosvc"
files="dosvc.dll dosvc.manifest doctl.exe dosvc.exe"

# In its own folder, with a path: Windows has a dosvc.dll of its own.
regsvr() { (cd "$folder" && wine regsvr32 /s "$@" '.\dosvc.dll') </dev/null >/dev/null 2>&1; }

case $action in
install)
    # Any program makes the prefix; after wineboot two service managers would be in each other's way.
    [ -d "$WINEPREFIX/drive_c" ] || wine cmd /c exit </dev/null >/dev/null 2>&1
    mkdir -p "$folder"
    for file in $files; do
        [ ! -e "$here/bin/$file" ] || cp -f "$here/bin/$file" "$folder/"
    done
    regsvr || { echo "wine-install: dosvc.dll cannot be registered in $WINEPREFIX" >&2; exit 1; }
    [ -z "$bits" ] || regsvr /n /i:bits ||
        { echo "wine-install: the class ids of BITS are taken in $WINEPREFIX" >&2; exit 1; }
    echo "dosvc is installed in $WINEPREFIX: wine 'C:\\Program Files\\dosvc\\doctl.exe' --help"
    ;;
uninstall)
    [ -e "$folder/dosvc.dll" ] || { echo "wine-install: dosvc is not in $WINEPREFIX" >&2; exit 1; }
    regsvr /u || { echo "wine-install: dosvc.dll cannot be unregistered" >&2; exit 1; }
    for file in $files; do
        rm -f "$folder/$file"
    done
    rmdir "$folder" 2>/dev/null || true
    echo "dosvc is gone from $WINEPREFIX"
    ;;
*)
    usage
    ;;
esac
