#!/bin/bash
# A native nginx with the configuration of docs/fleet.md, as it stands there, but for its port, its
# folder and the name of its origin: those of 127.0.0.1, on any port.
#
# usage: fleet.sh start|stop FOLDER
#
# FOLDER/port says where it listens.
set -euo pipefail
verb=$1
folder=$(realpath -m "$2")
page=$(cd "$(dirname "$0")/../.." && pwd)/docs/fleet.md
export PATH=$PATH:/usr/sbin:/sbin

stop() {
    [ ! -f "$folder/nginx.pid" ] || kill "$(cat "$folder/nginx.pid")" 2>/dev/null || true
    rm -rf "$folder"
}

configuration() { # port
    cat <<END
pid nginx.pid;
error_log error.log;
worker_processes 1;
events { worker_connections 1024; }
http {
    access_log access.log;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
END
    awk '/^```nginx$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" |
        sed -e "s|/var/cache/nginx/fleet|$folder/cache|" \
            -e "s|listen 80 .*;|listen 127.0.0.1:$1;|" \
            -e 's|download.example.com download.example.com;|"~^127\\.0\\.0\\.1:\\d+$" $arg_cacheHostOrigin;|' \
            -e '/resolver /d'
    echo "}"
}

start() {
    stop
    mkdir -p "$folder"
    cd "$folder"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 12000))
        configuration $port >nginx.conf
        if nginx -p "$folder/" -e "$folder/error.log" -c "$folder/nginx.conf" </dev/null >nginx.log 2>&1; then
            echo $port >port
            return
        fi
    done
    cat nginx.log >&2
    exit 1
}

$verb
