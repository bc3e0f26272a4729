#include "target.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <ws2tcpip.h>

SOCKET target_connect(const struct target *target)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *address = NULL;
    SOCKET server;

    if (getaddrinfo(target->name, target->port, &hints, &address))
        return INVALID_SOCKET;
    server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, address->ai_addr, (int)address->ai_addrlen))
    {
        closesocket(server);
        server = INVALID_SOCKET;
    }
    freeaddrinfo(address);
    return server;
}

bool target_ask_size(struct target *target)
{
    char text[4096];
    SOCKET server = target_connect(target);
    const char *field = NULL;
    int got, have = 0;

    if (server != INVALID_SOCKET)
    {
        snprintf(text, sizeof(text), "HEAD %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
                 target->url_path, target->host);
        send(server, text, (int)strlen(text), 0);
        while ((got = recv(server, text + have, (int)sizeof(text) - 1 - have, 0)) > 0)
            have += got;
        closesocket(server);
        text[have] = 0;
        field = strstr(text, "Content-Length: ");
    }
    if (!field)
    {
        fprintf(stderr, "the server tells no size for %s\n", target->url);
        return false;
    }
    target->size = strtoull(field + strlen("Content-Length: "), NULL, 10);
    return true;
}

bool target_init(struct target *target, const char *url)
{
    const char *host = strstr(url, "://");
    WCHAR folder[MAX_PATH];
    const char *slash;
    const char *colon;
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
    memset(target, 0, sizeof(*target));
    if (strncmp(url, "http", 4) || !host || !(slash = strchr(host += 3, '/')))
    {
        fprintf(stderr, "not a URL: %s\n", url);
        return false;
    }
    lstrcpynA(target->url, url, sizeof(target->url));
    MultiByteToWideChar(CP_UTF8, 0, url, -1, target->wide_url, ARRAY_SIZE(target->wide_url));
    lstrcpynA(target->host, host, (int)MIN((size_t)(slash - host) + 1, sizeof(target->host)));
    lstrcpynA(target->name, target->host, sizeof(target->name));
    target->name[strcspn(target->name, ":")] = 0;
    colon = strchr(target->host, ':');
    lstrcpynA(target->port, colon ? colon + 1 : "80", sizeof(target->port));
    lstrcpynA(target->url_path, slash, sizeof(target->url_path));
    GetTempPathW(MAX_PATH, folder);
    swprintf(target->path, MAX_PATH, L"%lsbench-%lu.bin", folder, GetCurrentProcessId());
    return true;
}

HANDLE file_create(const WCHAR *path)
{
    return CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
}

UINT64 file_size(const WCHAR *path)
{
    WIN32_FILE_ATTRIBUTE_DATA data;

    if (!GetFileAttributesExW(path, GetFileExInfoStandard, &data))
        return UINT64_MAX;
    return (UINT64)data.nFileSizeHigh << 32 | data.nFileSizeLow;
}
