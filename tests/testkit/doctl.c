#include "testkit/doctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* doctl.exe stands beside this program. */
static void program_path(WCHAR *path)
{
    GetModuleFileNameW(NULL, path, MAX_PATH);
    wcscpy(wcsrchr(path, L'\\') + 1, L"doctl.exe");
}

/* A file, never a pipe: Wine's own processes keep a pipe open. */
static HANDLE open_output(const WCHAR *path)
{
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
                              CREATE_ALWAYS, 0, NULL);

    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

static void read_output(const WCHAR *path, char *text)
{
    FILE *file = _wfopen(path, L"rb");
    size_t length = file ? fread(text, 1, OUTPUT_BYTES - 1, file) : 0;

    text[length] = 0;
    if (file)
        fclose(file);
}

HANDLE doctl_start(const struct kit *kit, const WCHAR *arguments)
{
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    WCHAR program[MAX_PATH], command[8192], out[MAX_PATH], err[MAX_PATH];
    PROCESS_INFORMATION process;
    BOOL started;

    program_path(program);
    swprintf(command, ARRAY_SIZE(command), L"\"%ls\" %ls", program, arguments);
    startup.hStdOutput = open_output(kit_path(kit, L"out.txt", out));
    startup.hStdError = open_output(kit_path(kit, L"err.txt", err));
    started = CreateProcessW(program, command, NULL, NULL, TRUE, CREATE_NEW_PROCESS_GROUP, NULL,
                             kit->folder, &startup, &process);
    CloseHandle(startup.hStdOutput);
    CloseHandle(startup.hStdError);
    assert_true(started);
    CloseHandle(process.hThread);
    return process.hProcess;
}

void doctl_finish(const struct kit *kit, HANDLE process, struct run *run)
{
    WCHAR path[MAX_PATH];

    if (WaitForSingleObject(process, KIT_LIMIT) != WAIT_OBJECT_0)
        TerminateProcess(process, 98);
    WaitForSingleObject(process, 5000);
    GetExitCodeProcess(process, &run->code);
    CloseHandle(process);
    read_output(kit_path(kit, L"out.txt", path), run->out);
    read_output(kit_path(kit, L"err.txt", path), run->err);
    DeleteFileW(kit_path(kit, L"out.txt", path));
    DeleteFileW(kit_path(kit, L"err.txt", path));
}

struct run *run_doctl(const struct kit *kit, const WCHAR *format, ...)
{
    static struct run run;
    WCHAR arguments[8000];
    va_list list;

    va_start(list, format);
    vswprintf(arguments, ARRAY_SIZE(arguments), format, list);
    va_end(list);
    doctl_finish(kit, doctl_start(kit, arguments), &run);
    return &run;
}

void assert_code(DWORD expected, const struct run *run)
{
    if (run->code != expected)
        fail_msg("exit code %lu, not %lu\n%s%s", run->code, expected, run->out, run->err);
}

void assert_says(const char *expected, const char *text)
{
    if (!strstr(text, expected))
        fail_msg("\"%s\" is not in: %s", expected, text);
}
