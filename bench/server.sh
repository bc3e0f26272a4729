# Sourced by run.sh: a web server for the benchmarks in the folder $1, on ports of the loopback
# interface that are free. Sets http, https, limited and slow: its origins; server_stop ends it.
#
#     large.bin   512 MiB of random bytes
#     huge.bin    5 GiB, sparse
#     dNN/fNN.bin 40 folders with 50 files of 64 KiB
#     small/N.bin 200 files of 4 KiB
#
# limited: 32 MiB/s for each connection; slow: 4 MiB/s.

server_files() {
    local folder=$1 i j
    mkdir -p "$folder/small"
    head -c 512M /dev/urandom >"$folder/large.bin"
    truncate -s 5G "$folder/huge.bin"
    head -c 4K /dev/urandom >"$folder/small/1.bin"
    for i in $(seq 2 200); do ln "$folder/small/1.bin" "$folder/small/$i.bin"; done
    head -c 64K /dev/urandom >"$folder/64k"
    for i in $(seq 10 49); do
        mkdir "$folder/d$i"
        for j in $(seq 10 59); do ln "$folder/64k" "$folder/d$i/f$j.bin"; done
    done
}

server_start() {
    local work=$1 port nginx attempt
    nginx=$(PATH=$PATH:/usr/sbin:/sbin command -v nginx)
    mkdir -p "$work/www" "$work/tmp"
    server_files "$work/www"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost \
        -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        port=$((20000 + RANDOM % 10000))
        cat >"$work/nginx.conf" <<CONF
$([ "$(id -u)" != 0 ] || echo 'user root;')
worker_processes 1;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    sendfile on;
    keepalive_requests 100000;
    client_body_temp_path $work/tmp;
    proxy_temp_path $work/tmp;
    fastcgi_temp_path $work/tmp;
    uwsgi_temp_path $work/tmp;
    scgi_temp_path $work/tmp;
    root $work/www;
    server { listen 127.0.0.1:$port backlog=4096; }
    server { listen 127.0.0.1:$((port + 1)) ssl; ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem; }
    server { listen 127.0.0.1:$((port + 2)); limit_rate 32m; }
    server { listen 127.0.0.1:$((port + 3)); limit_rate 4m; }
}
CONF
        "$nginx" -p "$work" -c "$work/nginx.conf" -e "$work/error.log" 2>/dev/null && break
        [ "$attempt" != 10 ] || { cat "$work/error.log" >&2; return 1; }
    done
    http=http://127.0.0.1:$port
    https=https://localhost:$((port + 1))
    limited=http://127.0.0.1:$((port + 2))
    slow=http://127.0.0.1:$((port + 3))
}

server_stop() { # folder
    [ ! -s "$1/nginx.pid" ] || kill "$(cat "$1/nginx.pid")" 2>/dev/null || true
}
