/* The test's side of puppets; puppet_process.c is theirs. */
#include "testkit/puppet_internal.h"

#include <stdio.h>
#include <string.h>

void puppet_names(unsigned long parent, unsigned int number, struct puppet_names *names)
{
    swprintf(names->go, ARRAY_SIZE(names->go), L"dosvc-puppet-%lu-%u-go", parent, number);
    swprintf(names->done, ARRAY_SIZE(names->done), L"dosvc-puppet-%lu-%u-done", parent, number);
    swprintf(names->section, ARRAY_SIZE(names->section), L"dosvc-puppet-%lu-%u", parent, number);
}

void puppet_start(struct puppet *puppet, const struct kit *kit)
{
    static unsigned int counter;
    struct puppet_names names;
    wchar_t argument[64];

    memset(puppet, 0, sizeof(*puppet));
    puppet_names(GetCurrentProcessId(), ++counter, &names);
    puppet->go = CreateEventW(NULL, FALSE, FALSE, names.go);
    puppet->done = CreateEventW(NULL, FALSE, FALSE, names.done);
    puppet->section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0,
                                         sizeof(*puppet->call), names.section);
    assert_non_null(puppet->section);
    puppet->call = MapViewOfFile(puppet->section, FILE_MAP_WRITE, 0, 0, 0);
    assert_non_null(puppet->call);
    swprintf(argument, ARRAY_SIZE(argument), L"" PUPPET_ARGUMENT "%lu-%u", GetCurrentProcessId(),
             counter);
    kit_child(&puppet->child, kit, argument);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(puppet->done, PUPPET_LIMIT));
    assert_hr(S_OK, puppet->call->result);
}

static void close_all(struct puppet *puppet)
{
    if (puppet->call)
        UnmapViewOfFile(puppet->call);
    if (puppet->section)
        CloseHandle(puppet->section);
    if (puppet->go)
        CloseHandle(puppet->go);
    if (puppet->done)
        CloseHandle(puppet->done);
    memset(puppet, 0, sizeof(*puppet));
}

typedef LONG(WINAPI *suspend_process)(HANDLE process);

void puppet_halt(struct puppet *puppet)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    suspend_process suspend = (suspend_process)(void *)GetProcAddress(ntdll, "NtSuspendProcess");

    assert_non_null(suspend);
    suspend(puppet->child.process);
}

void puppet_kill(struct puppet *puppet)
{
    if (puppet->child.process)
        kit_child_kill(&puppet->child);
    close_all(puppet);
}

void puppet_end(struct puppet *puppet)
{
    DWORD code;

    puppet->call->verb = PUPPET_LEAVE;
    SetEvent(puppet->go);
    code = kit_child_wait(&puppet->child, PUPPET_LIMIT);
    close_all(puppet);
    assert_int_equal(0, code);
}

HRESULT puppet_do(struct puppet *puppet, struct puppet_call *call)
{
    HANDLE handles[] = {puppet->done, puppet->child.process};

    if (!puppet->child.process)
        return PUPPET_E_DEAD;
    *puppet->call = *call;
    SetEvent(puppet->go);
    if (WaitForMultipleObjects(ARRAY_SIZE(handles), handles, FALSE, PUPPET_LIMIT) != WAIT_OBJECT_0)
        return PUPPET_E_DEAD;
    *call = *puppet->call;
    return call->result;
}

HRESULT puppet_order(struct puppet *puppet, enum puppet_verb verb, const GUID *job)
{
    struct puppet_call call = {.verb = verb, .job = *job};

    return puppet_do(puppet, &call);
}

void puppet_create(struct puppet *puppet, const struct kit *kit, const char *path,
                   const wchar_t *name, GUID *job)
{
    struct puppet_call call = {.verb = PUPPET_CREATE};

    httpd_wide_url(kit->httpd, path, call.url);
    kit_path(kit, name, call.path);
    assert_hr(S_OK, puppet_do(puppet, &call));
    *job = call.job;
}

int puppet_state(struct puppet *puppet, const GUID *job)
{
    struct puppet_call call = {.verb = PUPPET_STATE, .job = *job};

    return puppet_do(puppet, &call) == S_OK ? (int)call.number : -1;
}

uint32_t puppet_records(struct puppet *puppet, const GUID *job, enum record_kind kind)
{
    struct puppet_call call = {.verb = PUPPET_RECORDS, .job = *job, .number = kind};

    return puppet_do(puppet, &call) == S_OK ? call.count : 0;
}

bool puppet_wait_state(struct puppet *puppet, const GUID *job, int state, unsigned int ms)
{
    uint64_t start = GetTickCount64();
    int seen;

    while ((seen = puppet_state(puppet, job)) != state && GetTickCount64() - start < ms)
        kit_pass(10);
    if (seen != state)
        print_error("a puppet sees the job in state %d, not %d\n", seen, state);
    return seen == state;
}

bool puppet_wait_records(struct puppet *puppet, const GUID *job, enum record_kind kind,
                         uint32_t count, unsigned int ms)
{
    uint64_t start = GetTickCount64();
    uint32_t seen;

    while ((seen = puppet_records(puppet, job, kind)) < count && GetTickCount64() - start < ms)
        kit_pass(10);
    if (seen < count)
        print_error("a puppet was told %u times, not %u\n", (unsigned int)seen,
                    (unsigned int)count);
    return seen >= count;
}
