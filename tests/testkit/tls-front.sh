#!/bin/bash
# A native nginx that speaks TLS in front of the test server, which lives in a Windows process:
# https://localhost:PORT/12345/path fetches http://127.0.0.1:12345/path.
#
# usage: tls-front.sh start|stop FOLDER
#
# Everything is made in FOLDER, the certificates anew each time. FOLDER/ports says which port shows
# which certificate: good, expired, name (another host's), issuer (of an unknown one), usage (not
# for servers), client (good, and asks for the client's: /certificate answers its SHA-1 or 403).
set -euo pipefail
verb=$1
folder=$(realpath -m "$2")
export PATH=$PATH:/usr/sbin:/sbin

stop() {
    [ ! -f "$folder/nginx.pid" ] || kill "$(cat "$folder/nginx.pid")" 2>/dev/null || true
    rm -rf "$folder"
}

authority() { # name
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$1 test" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$1.key" -out "$1.pem"
}

certificate() { # name, issuer, host, days, usage
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$3" -keyout "$1.key" -out "$1.csr"
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=%s\nbasicConstraints=CA:FALSE\n' "$3" "$5" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -set_serial "0x$(openssl rand -hex 8)" \
        -days "$4" -extfile "$1.ext" -out "$1.pem"
}

server() { # name, port, certificate, further lines
    cat <<END
    server {
        listen 127.0.0.1:$2 ssl;
        ssl_certificate $3.pem;
        ssl_certificate_key $3.key;
        $4
        location ~ ^/(?<port>\\d+)(?<rest>/.*)\$ {
            proxy_pass http://127.0.0.1:\$port\$rest\$is_args\$args;
        }
    }
END
    echo "$1 $2" >>ports.new
}

configuration() { # first port
    rm -f ports.new
    cat <<END
pid nginx.pid;
error_log error.log;
worker_processes 1;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    proxy_buffering off;
    server_tokens off;
END
    server good "$1" good ""
    server expired $(($1 + 1)) expired ""
    server name $(($1 + 2)) name ""
    server issuer $(($1 + 3)) issuer ""
    server usage $(($1 + 4)) usage ""
    server client $(($1 + 5)) good "ssl_verify_client optional_no_ca;
        location = /certificate {
            default_type application/octet-stream;
            if (\$ssl_client_fingerprint = '') { return 403; }
            return 200 \$ssl_client_fingerprint;
        }"
    echo "}"
}

start() {
    stop
    mkdir -p "$folder"
    cd "$folder"
    {
        authority ca
        authority stranger
        certificate good ca localhost 30 serverAuth
        certificate expired ca localhost -1 serverAuth
        certificate name ca elsewhere.test 30 serverAuth
        certificate issuer stranger localhost 30 serverAuth
        certificate usage ca localhost 30 clientAuth
        openssl x509 -in ca.pem -outform DER -out ca.der
    } >openssl.log 2>&1 || { cat openssl.log >&2; exit 1; }
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        configuration $((20000 + RANDOM % 12000)) >nginx.conf
        if nginx -p "$folder/" -e "$folder/error.log" -c "$folder/nginx.conf" </dev/null >nginx.log 2>&1; then
            mv ports.new ports
            return
        fi
    done
    cat nginx.log >&2
    exit 1
}

$verb
