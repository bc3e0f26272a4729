/* A name server that says nothing holds up nobody but who waits for it. */
#include "engine_unit.h"

#include "core/job.h"
#include "testkit/content.h"
#include "testkit/httpd.h"

#include <stdio.h>
#include <ws2tcpip.h>

#define PROMPT 1000 /* ms: far below the lookup's length, and fair to a loaded machine */

static HANDLE lookup_may_end;
static volatile LONG lookups_hanging;

/* The linker finds this before the import library's: "slow.test" is looked up until it may end. */
typedef int(WSAAPI *getaddrinfo_function)(const char *, const char *, const ADDRINFOA *,
                                          ADDRINFOA **);
extern getaddrinfo_function __imp_getaddrinfo;

static int WSAAPI test_getaddrinfo(const char *name, const char *service, const ADDRINFOA *hints,
                                   ADDRINFOA **result)
{
    getaddrinfo_function real =
        (getaddrinfo_function)(void *)GetProcAddress(GetModuleHandleW(L"ws2_32"), "getaddrinfo");

    if (!name || strcmp(name, "slow.test"))
        return real(name, service, hints, result);
    InterlockedIncrement(&lookups_hanging);
    WaitForSingleObject(lookup_may_end, UNIT_LIMIT);
    InterlockedDecrement(&lookups_hanging);
    return WSAHOST_NOT_FOUND;
}

getaddrinfo_function __imp_getaddrinfo = test_getaddrinfo;

struct scene
{
    struct httpd *httpd;
    WCHAR folder[MAX_PATH], target[MAX_PATH];
    struct job *slow, *quick;
};

static struct job *add_job(struct scene *scene, const WCHAR *url, const WCHAR *name)
{
    struct file_spec spec = {.remote_name = url, .size = UINT64_MAX};
    struct job *job;

    swprintf(scene->target, MAX_PATH, L"%ls\\%ls", scene->folder, name);
    spec.local_name = scene->target;
    assert_int_equal(S_OK, engine_create_job(JOB_FACE_DO, name, &job));
    assert_int_equal(S_OK, engine_add_files(job, &spec, 1, NULL));
    return job;
}

static int setup(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    WCHAR temp[MAX_PATH], url[HTTPD_URL_MAX];

    ResetEvent(lookup_may_end);
    engine_unit_setup(state);
    scene->httpd = httpd_start();
    GetTempPathW(MAX_PATH, temp);
    GetTempFileNameW(temp, L"lkp", 0, scene->folder);
    DeleteFileW(scene->folder);
    CreateDirectoryW(scene->folder, NULL);
    scene->slow = add_job(scene, L"http://slow.test/a", L"slow");
    scene->quick = add_job(scene, httpd_wide_url(scene->httpd, "/a", url), L"quick");
    *state = scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    engine_cancel_job(scene->slow);
    SetEvent(lookup_may_end);
    job_release(scene->slow);
    job_release(scene->quick);
    httpd_stop(scene->httpd);
    DeleteFileW(scene->target);
    assert_true(RemoveDirectoryW(scene->folder)); /* nothing else is in it */
    free(scene);
    return engine_unit_teardown(state);
}

/* Waits for what has no event: 10 ms a step. */
static void pass(void)
{
    WaitForSingleObject(GetCurrentProcess(), 10);
}

static void hang(struct scene *scene)
{
    ULONGLONG start = GetTickCount64();

    assert_int_equal(S_OK, engine_resume_job(scene->slow));
    while (!lookups_hanging && GetTickCount64() - start < UNIT_LIMIT)
        pass();
    assert_int_equal(1, lookups_hanging);
}

static void orders_are_obeyed_during_a_lookup(void **state)
{
    struct scene *scene = *state;
    ULONGLONG start;

    hang(scene);
    start = GetTickCount64();
    assert_int_equal(S_OK, engine_suspend_job(scene->slow));
    assert_int_equal(JOB_SUSPENDED, engine_job_state(scene->slow));
    assert_int_equal(S_OK, engine_cancel_job(scene->slow));
    assert_int_equal(JOB_CANCELLED, engine_job_state(scene->slow));
    assert_true(GetTickCount64() - start < PROMPT);
    assert_int_equal(1, lookups_hanging);
    engine_cancel_job(scene->quick);
}

static void others_go_on_during_a_lookup(void **state)
{
    struct scene *scene = *state;
    ULONGLONG start;

    hang(scene);
    HTTPD_SCRIPT(scene->httpd, "/a", {.seed = 1, .size = 3000000});
    start = GetTickCount64();
    assert_int_equal(S_OK, engine_resume_job(scene->quick));
    while (engine_job_state(scene->quick) != JOB_TRANSFERRED &&
           GetTickCount64() - start < UNIT_LIMIT)
        pass();
    assert_int_equal(1, lookups_hanging);
    assert_int_equal(S_OK, engine_complete_job(scene->quick));
    assert_true(content_check_file(scene->target, 1, 3000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(orders_are_obeyed_during_a_lookup, setup, teardown),
        cmocka_unit_test_setup_teardown(others_go_on_during_a_lookup, setup, teardown),
    };

    lookup_may_end = CreateEventW(NULL, TRUE, FALSE, NULL);
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
