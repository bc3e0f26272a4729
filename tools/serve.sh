# For scripts: ". tools/serve.sh" and "serve FOLDER" serves FOLDER/www with nginx on a free port of
# the loopback interface, as $url; "serve_stop FOLDER" ends that. FOLDER holds nginx's files, too.
serve() {
    local work=$1 nginx port attempt
    nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)
    mkdir -p "$work/www" "$work/tmp"
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 10000))
        cat >"$work/nginx.conf" <<CONF
$([ "$(id -u)" != 0 ] || echo 'user root;')
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
events { }
http {
    access_log off;
    sendfile on;
    client_body_temp_path $work/tmp;
    proxy_temp_path $work/tmp;
    fastcgi_temp_path $work/tmp;
    uwsgi_temp_path $work/tmp;
    scgi_temp_path $work/tmp;
    server { listen 127.0.0.1:$port; root $work/www; }
}
CONF
        if "$nginx" -p "$work" -c "$work/nginx.conf" -e "$work/error.log" 2>/dev/null; then
            url=http://127.0.0.1:$port
            return 0
        fi
    done
    cat "$work/error.log" >&2
    return 1
}

serve_stop() {
    [ ! -s "$1/nginx.pid" ] || kill "$(cat "$1/nginx.pid")" 2>/dev/null || true
}
