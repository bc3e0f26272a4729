/*
 * Many small files, in several ways, from the request to their places.
 *
 *     many ROW --url BASE [--runs N] [--ways a,b]
 *
 *     many       2,000 files of 64 KiB in 40 folders: dosvc, a bare loop of recv, CreateFile,
 *                WriteFile, FlushFileBuffers and MoveFileEx, the system's own BITS; and with
 *                relaxed durability: dosvc and curl.exe ($BENCH_CURL) -Z
 *     roundtrip  200 files through a slow network: dosvc, and the loop, one after the other
 */
#include "lib/download.h"
#include "lib/peers.h"
#include "lib/report.h"
#include "lib/ways.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define FOLDERS 40
#define FILES_A_FOLDER 50
#define SMALL_FILES 200
#define URL_CHARS 300

struct many
{
    const char *base;
    WCHAR folder[MAX_PATH];
    BG_FILE_INFO *files;
    ULONG count;
    ULONG folders;
};

/* ---- the files ---- */

static bool add(struct many *many, const WCHAR *url_path, const WCHAR *local)
{
    BG_FILE_INFO *file = &many->files[many->count];

    file->RemoteName = malloc(URL_CHARS * sizeof(WCHAR));
    file->LocalName = malloc(URL_CHARS * sizeof(WCHAR));
    if (!file->RemoteName || !file->LocalName)
        return false;
    swprintf(file->RemoteName, URL_CHARS, L"%hs/%ls", many->base, url_path);
    swprintf(file->LocalName, URL_CHARS, L"%ls\\%ls", many->folder, local);
    many->count++;
    return true;
}

static bool list_files(struct many *many, bool in_folders)
{
    WCHAR url_path[64], local[64], temp[MAX_PATH];
    ULONG count = in_folders ? FOLDERS * FILES_A_FOLDER : SMALL_FILES;
    ULONG i;

    many->files = calloc(count, sizeof(*many->files));
    many->folders = in_folders ? FOLDERS : 0;
    GetTempPathW(MAX_PATH, temp);
    swprintf(many->folder, MAX_PATH, L"%lsbench-many-%lu", temp, GetCurrentProcessId());
    for (i = 0; many->files && i < count; i++)
    {
        ULONG folder = 10 + i / FILES_A_FOLDER, file = 10 + i % FILES_A_FOLDER;

        if (in_folders)
        {
            swprintf(url_path, ARRAY_SIZE(url_path), L"d%lu/f%lu.bin", folder, file);
            swprintf(local, ARRAY_SIZE(local), L"d%lu\\f%lu.bin", folder, file);
        }
        else
        {
            swprintf(url_path, ARRAY_SIZE(url_path), L"small/%lu.bin", i + 1);
            swprintf(local, ARRAY_SIZE(local), L"%lu.bin", i + 1);
        }
        if (!add(many, url_path, local))
            return false;
    }
    return many->files != NULL;
}

static void each_folder(const struct many *many, BOOL(WINAPI *act)(const WCHAR *folder))
{
    WCHAR folder[MAX_PATH];
    ULONG i;

    for (i = 0; i < many->folders; i++)
    {
        swprintf(folder, MAX_PATH, L"%ls\\d%lu", many->folder, 10 + i);
        act(folder);
    }
}

static BOOL WINAPI make_folder(const WCHAR *folder)
{
    return CreateDirectoryW(folder, NULL);
}

static HRESULT done(void *context, const struct way *way)
{
    struct many *many = context;
    HRESULT hr = S_OK;
    ULONG i;

    (void)way;
    for (i = 0; i < many->count; i++)
    {
        UINT64 size = file_size(many->files[i].LocalName);

        if (!size || size == UINT64_MAX)
            hr = HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND);
        DeleteFileW(many->files[i].LocalName);
    }
    return hr;
}

/* ---- the ways ---- */

static HRESULT by_dosvc(void *context)
{
    struct many *many = context;
    struct download download = DOWNLOAD_BY_DOSVC;

    download.any_certificate = false;
    return download_files(&download, many->files, many->count);
}

static HRESULT by_dosvc_relaxed(void *context)
{
    HKEY key;
    DWORD on = 1;
    HRESULT hr;

    if (RegCreateKeyExW(HKEY_CURRENT_USER, L"Software\\dosvc", 0, NULL, 0, KEY_SET_VALUE, NULL,
                        &key, NULL))
        return E_FAIL;
    RegSetValueExW(key, L"RelaxedDurability", 0, REG_DWORD, (const BYTE *)&on, sizeof(on));
    hr = by_dosvc(context);
    RegDeleteValueW(key, L"RelaxedDurability");
    RegCloseKey(key);
    return hr;
}

static HRESULT by_bits(void *context)
{
    struct many *many = context;
    struct download download = DOWNLOAD_BY_BITS;

    return download_files(&download, many->files, many->count);
}

static HRESULT by_loop(void *context)
{
    struct many *many = context;

    return peer_loop_files(many->files, many->count);
}

static HRESULT by_curl_exe(void *context)
{
    struct many *many = context;
    WCHAR config[MAX_PATH], arguments[MAX_PATH + 64];
    HRESULT hr;
    FILE *file;
    ULONG i;

    swprintf(config, MAX_PATH, L"%ls.curl", many->folder);
    if (!(file = _wfopen(config, L"wb")))
        return E_FAIL;
    for (i = 0; i < many->count; i++)
    {
        char path[URL_CHARS], *at;

        WideCharToMultiByte(CP_UTF8, 0, many->files[i].LocalName, -1, path, sizeof(path), NULL,
                            NULL);
        for (at = path; *at; at++)
            if (*at == '\\')
                *at = '/';
        fprintf(file, "url = \"%ls\"\noutput = \"%s\"\n", many->files[i].RemoteName, path);
    }
    fclose(file);
    swprintf(arguments, ARRAY_SIZE(arguments), L"-Z --parallel-max 8 -K \"%ls\"", config);
    hr = peer_curl_run(arguments);
    DeleteFileW(config);
    return hr;
}

static const struct way ways[] = {
    {"many", "dosvc", by_dosvc, true},      {"many", "loop", by_loop, true},
    {"many", "bits", by_bits, true},        {"many", "relaxed", by_dosvc_relaxed, true},
    {"many", "curl -Z", by_curl_exe, true}, {"roundtrip", "dosvc", by_dosvc, true},
    {"roundtrip", "loop", by_loop, true},
};

static const struct goal goals[] = {
    {"many", "dosvc", "loop", 1.0, 0},
    {"many", "dosvc", "bits", 2.5, 0},
    {"many", "relaxed", "curl -Z", 1.2, 0},
    {"roundtrip", "dosvc", "loop", 5, 0},
};

static bool read_options(struct ways *options, struct many *many, int argc, char **argv)
{
    static const struct option names[] = {{"url", required_argument, NULL, 'u'},
                                          {"runs", required_argument, NULL, 'r'},
                                          {"ways", required_argument, NULL, 'w'},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        switch (option)
        {
        case 'u':
            many->base = optarg;
            break;
        case 'r':
            options->runs = (unsigned int)atoi(optarg);
            break;
        case 'w':
            options->only = optarg;
            break;
        default:
            return false;
        }
    options->row = optind < argc ? argv[optind] : "";
    return many->base && options->runs && options->runs <= REPORT_RUNS_MAX && *options->row &&
           list_files(many, !strcmp(options->row, "many"));
}

int main(int argc, char **argv)
{
    static struct many many;
    struct ways options = {.ways = ways,
                           .way_count = ARRAY_SIZE(ways),
                           .goals = goals,
                           .goal_count = ARRAY_SIZE(goals),
                           .runs = 5,
                           .unit = "files/s",
                           .done = done,
                           .context = &many};
    int code;

    if (!read_options(&options, &many, argc, argv))
    {
        fprintf(stderr, "usage: many many|roundtrip --url BASE [--runs N] [--ways a,b]\n");
        return 2;
    }
    options.amount = many.count;
    CreateDirectoryW(many.folder, NULL);
    each_folder(&many, make_folder);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    code = ways_run(&options);
    each_folder(&many, RemoveDirectoryW);
    RemoveDirectoryW(many.folder);
    return code;
}
