#include "peers.h"

#include "io/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define LOOP_BUFFER (1u << 20)

/* ---- the bare loop ---- */

static HRESULT receive(SOCKET server, HANDLE file, char *buffer, UINT64 left)
{
    bool in_body = false;

    while (left)
    {
        int got = recv(server, buffer, (int)LOOP_BUFFER, 0);
        char *body = buffer;
        DWORD written;

        if (got <= 0)
            return E_FAIL;
        if (!in_body)
        {
            buffer[MIN(got, (int)LOOP_BUFFER - 1)] = 0;
            if (!(body = strstr(buffer, "\r\n\r\n")))
                return E_FAIL;
            body += 4;
            got -= (int)(body - buffer);
            in_body = true;
        }
        if (got && !WriteFile(file, body, (DWORD)got, &written, NULL))
            return HRESULT_FROM_WIN32(GetLastError());
        left -= (UINT64)got;
    }
    return FlushFileBuffers(file) ? S_OK : HRESULT_FROM_WIN32(GetLastError());
}

HRESULT peer_loop(const struct target *target)
{
    char *buffer = malloc(LOOP_BUFFER);
    HANDLE file = file_create(target->path);
    SOCKET server = target_connect(target);
    char request[1024];
    HRESULT hr = E_FAIL;

    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
             target->url_path, target->host);
    if (server != INVALID_SOCKET && file != INVALID_HANDLE_VALUE && buffer &&
        send(server, request, (int)strlen(request), 0) > 0)
        hr = receive(server, file, buffer, target->size);
    if (server != INVALID_SOCKET)
        closesocket(server);
    if (file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
    free(buffer);
    return hr;
}

/* ---- the bare loop over many files ---- */

/* The answer to a request that was sent, on a connection that stays open. */
static HRESULT receive_one(SOCKET server, HANDLE file, char *buffer)
{
    char *field, *body = NULL;
    int have = 0, got;
    UINT64 left;
    DWORD written;

    while (!body && have < (int)LOOP_BUFFER - 1)
    {
        if ((got = recv(server, buffer + have, (int)LOOP_BUFFER - 1 - have, 0)) <= 0)
            return E_FAIL;
        have += got;
        buffer[have] = 0;
        body = strstr(buffer, "\r\n\r\n");
    }
    if (!body || !(field = strstr(buffer, "Content-Length: ")))
        return E_FAIL;
    body += 4;
    left = strtoull(field + strlen("Content-Length: "), NULL, 10);
    for (got = have - (int)(body - buffer);; body = buffer)
    {
        if (got && !WriteFile(file, body, (DWORD)got, &written, NULL))
            return HRESULT_FROM_WIN32(GetLastError());
        left -= (UINT64)got;
        if (!left)
            return S_OK;
        if ((got = recv(server, buffer, (int)MIN(left, LOOP_BUFFER), 0)) <= 0)
            return E_FAIL;
    }
}

static HRESULT fetch_one(SOCKET server, const struct target *target, const WCHAR *path,
                         char *buffer)
{
    WCHAR part[MAX_PATH];
    char request[1024];
    HANDLE file;
    HRESULT hr;

    swprintf(part, MAX_PATH, L"%ls.part", path);
    if ((file = file_create(part)) == INVALID_HANDLE_VALUE)
        return HRESULT_FROM_WIN32(GetLastError());
    snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target->url_path,
             target->host);
    hr = send(server, request, (int)strlen(request), 0) > 0 ? receive_one(server, file, buffer)
                                                            : E_FAIL;
    if (SUCCEEDED(hr) && !FlushFileBuffers(file))
        hr = HRESULT_FROM_WIN32(GetLastError());
    CloseHandle(file);
    if (SUCCEEDED(hr) &&
        !MoveFileExW(part, path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        hr = HRESULT_FROM_WIN32(GetLastError());
    return hr;
}

HRESULT peer_loop_files(const BG_FILE_INFO *files, ULONG count)
{
    char *buffer = malloc(LOOP_BUFFER);
    SOCKET server = INVALID_SOCKET;
    struct target target;
    char url[1024];
    HRESULT hr = buffer ? S_OK : E_OUTOFMEMORY;
    ULONG i;

    for (i = 0; SUCCEEDED(hr) && i < count; i++)
    {
        WideCharToMultiByte(CP_UTF8, 0, files[i].RemoteName, -1, url, sizeof(url), NULL, NULL);
        if (!target_init(&target, url))
            hr = E_INVALIDARG;
        else if (server == INVALID_SOCKET && (server = target_connect(&target)) == INVALID_SOCKET)
            hr = E_FAIL;
        else
            hr = fetch_one(server, &target, files[i].LocalName, buffer);
    }
    if (server != INVALID_SOCKET)
        closesocket(server);
    free(buffer);
    return hr;
}

/* ---- curl ---- */

HRESULT peer_curl_run(const WCHAR *arguments)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    const char *program = getenv("BENCH_CURL");
    PROCESS_INFORMATION process;
    WCHAR command[4096];
    DWORD code = 1;

    if (!program)
        return HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
    swprintf(command, ARRAY_SIZE(command), L"\"%hs\" -s --no-progress-meter -f -k --noproxy * %ls",
             program, arguments);
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return HRESULT_FROM_WIN32(GetLastError());
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code ? E_FAIL : S_OK;
}

HRESULT peer_curl_exe(const struct target *target)
{
    WCHAR arguments[2048];

    swprintf(arguments, ARRAY_SIZE(arguments), L"-o \"%ls\" %ls", target->path, target->wide_url);
    return peer_curl_run(arguments);
}

/* ---- BCrypt ---- */

HRESULT peer_bcrypt(UINT64 size)
{
    void *block = calloc(1, LOOP_BUFFER);
    BYTE value[DIGEST_SIZE];
    struct digest *digest;
    HRESULT hr = digest_open(&digest);

    for (; SUCCEEDED(hr) && size; size -= MIN(size, LOOP_BUFFER))
        hr = digest_update(digest, block, (size_t)MIN(size, LOOP_BUFFER));
    if (SUCCEEDED(hr))
        hr = digest_finish(digest, value);
    digest_close(digest);
    free(block);
    return hr;
}
