#!/bin/bash
# Installs what a Debian machine lacks to build and test dosvc, and builds curl, SQLite and cmocka
# for MinGW from the distribution's source packages into a cache, once; for 32-bit without cmocka,
# as nothing 32-bit is run.
#
#   cache: $DOSVC_CACHE, else $XDG_CACHE_HOME/dosvc, else ~/.cache/dosvc
#
# Idempotent and quiet: says only what it does. Needs root or sudo where packages are missing.
set -euo pipefail
trap 'echo "setup: failed at line $LINENO" >&2' ERR

cache=${DOSVC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dosvc}
list=/etc/apt/sources.list.d/dosvc-sources
packages=(gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 gcc-mingw-w64-i686-win32 mingw-w64-tools wine
    wine64 nginx-light cmake ninja-build ccache dpkg-dev tcl gcc g++ libcmocka-dev libsqlite3-dev clang-format cppcheck
    llvm lld pkg-config zip unzip openssl git patch xz-utils ca-certificates)

say() { echo "setup: $*"; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
quietly() { # shows the output only of what fails
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1; then cat "$log" >&2; rm -f "$log"; return 1; fi
    rm -f "$log"
}
apt() { quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; }

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9

install_packages() {
    local missing=() package
    for package in "${packages[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    # Wine's Schannel loads it by file name; the package's name changes with the release.
    /sbin/ldconfig -p | grep -F libgnutls.so.30 >/dev/null || missing+=(libgnutls30)
    [ ${#missing[@]} != 0 ] || return 0
    say "installing ${missing[*]}"
    # A web server that a package starts by itself is not wanted.
    local policy=/usr/sbin/policy-rc.d made=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod +x $policy
        made=1
    fi
    apt update
    apt install -y --no-install-recommends "${missing[@]}" || { [ -z $made ] || as_root rm -f $policy; return 1; }
    [ -z $made ] || as_root rm -f $policy
}

# The machine's own Debian sources, as source-package entries in a list of ours.
enable_source_packages() {
    local files file
    if apt-get indextargets 2>/dev/null | grep '^Created-By: Sources' >/dev/null; then return; fi
    say "enabling source packages"
    apt update # indextargets knows the origin of fetched lists only
    files=$(apt-get indextargets --format '$(SOURCESENTRY)' 'Created-By: Packages' 'Origin: Debian' |
        sed 's/:[0-9]*$//' | sort -u)
    for file in $files; do
        case $file in
        *.sources) sed 's/^Types:.*/Types: deb-src/' "$file" && echo ;;
        esac
    done | as_root tee $list.sources >/dev/null
    for file in $files; do
        case $file in
        *.list) sed -n 's/^[[:space:]]*deb[[:space:]]/deb-src /p' "$file" ;;
        esac
    done | as_root tee $list.list >/dev/null
    apt update
}

# A cached build depends on how it is built and on the package's version. Where apt knows no
# version (lists removed, as in slim images), what is there is good.
recipe_of() { { declare -f "build_$1" "mend_$1" toolchain cmake_build || true; } | cat - <($triplet-gcc -dumpfullversion) | sha256sum | cut -c -16; }
version_of() { apt-cache showsrc --only-source "$1" 2>/dev/null | sed -n 's/^Version: //p' | sort -V | tail -n 1; }
is_built() {
    local version
    [ -f "$prefix/.$1" ] || return 1
    version=$(version_of "$1") || version=
    [[ $(cat "$prefix/.$1") == "$(recipe_of "$1") "${version:-*} ]]
}

fetch() { # source package -> its folder, in $work
    (cd "$work" && quietly apt-get -qq source --only-source "$1")
    find "$work" -mindepth 1 -maxdepth 1 -type d -name "$1-*" | head -n 1
}

toolchain() {
    cat >"$work/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR ${triplet%%-*})
set(CMAKE_C_COMPILER $triplet-gcc)
set(CMAKE_RC_COMPILER $triplet-windres)
set(CMAKE_FIND_ROOT_PATH /usr/$triplet)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_C_FLAGS_INIT "-ffile-prefix-map=$work/=")
END
}

cmake_build() { # source folder, build folder, cmake options...
    local source=$1 build=$2
    shift 2
    quietly cmake -S "$source" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$work/toolchain.cmake" \
        -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix" "$@"
    quietly cmake --build "$build"
    quietly cmake --install "$build"
}

# Where memory lacks for a socket's list of transfers, libcurl ended the list and divided by its size
# (zero) the next time: now the list stays, and the count of its users is right.
mend_curl() {
    (cd "$1" && quietly patch -p1 <<'END'
--- a/lib/multi.c
+++ b/lib/multi.c
@@ -2939,7 +2939,11 @@
       /* add 'data' to the transfer hash on this socket! */
       if(!Curl_hash_add(&entry->transfers, (char *)&data, /* hash key */
                         sizeof(struct Curl_easy *), data)) {
-        Curl_hash_destroy(&entry->transfers);
+        entry->users--;
+        if(action & CURL_POLL_IN)
+          entry->readers--;
+        if(action & CURL_POLL_OUT)
+          entry->writers--;
         return CURLM_OUT_OF_MEMORY;
       }
     }
END
    )
}

build_curl() {
    mend_curl "$1"
    cmake_build "$1" "$work/curl-build" -DHTTP_ONLY=ON -DCURL_USE_SCHANNEL=ON \
        -DBUILD_SHARED_LIBS=OFF -DBUILD_STATIC_LIBS=ON -DENABLE_UNICODE=ON -DBUILD_CURL_EXE=ON \
        -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none -DCURL_WINDOWS_SSPI=ON -DUSE_WIN32_IDN=OFF \
        -DCURL_USE_LIBPSL=OFF -DCURL_USE_LIBSSH2=OFF -DUSE_LIBIDN2=OFF -DUSE_NGHTTP2=OFF \
        -DCURL_ZLIB=OFF -DCURL_BROTLI=OFF -DCURL_ZSTD=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF
}

build_sqlite3() {
    # Written with a file pointer: of each write with an OVERLAPPED, Wine tells its server.
    (cd "$1" && quietly ./configure && quietly make sqlite3.c)
    $triplet-gcc -O2 "-ffile-prefix-map=$work/=" -DSQLITE_THREADSAFE=1 -DSQLITE_DQS=0 \
        -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_DEPRECATED -DSQLITE_DEFAULT_MEMSTATUS=0 \
        -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_WIN32_NO_OVERLAPPED -c "$1/sqlite3.c" -o "$work/sqlite3.o"
    mkdir -p "$prefix/lib" "$prefix/include"
    $triplet-ar rcs "$prefix/lib/libsqlite3.a" "$work/sqlite3.o"
    cp "$1/sqlite3.h" "$prefix/include/"
}

build_cmocka() {
    cmake_build "$1" "$work/cmocka-build" -DBUILD_SHARED_LIBS=OFF -DWITH_STATIC_LIB=ON \
        -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF -DWITH_CMOCKERY_SUPPORT=OFF
}

build_missing() { # triplet, libraries...
    local triplet=$1 library source todo=()
    shift
    prefix=$cache/$triplet
    for library in "$@"; do
        is_built "$library" || todo+=("$library")
    done
    [ ${#todo[@]} != 0 ] || return 0
    enable_source_packages
    work=$(mktemp -d "$cache/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    toolchain
    for library in "${todo[@]}"; do
        say "building $library for $triplet"
        source=$(fetch "$library")
        [ -d "$source" ] || { say "no source package of $library" >&2; return 1; }
        "build_$library" "$source"
        echo "$(recipe_of "$library") $(version_of "$library")" >"$prefix/.$library"
    done
    rm -rf "$work"
}

install_packages
build_missing x86_64-w64-mingw32 curl sqlite3 cmocka
build_missing i686-w64-mingw32 curl sqlite3
