#include "crash/rounds.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECKPOINT (256 * 1024)
#define BUFFERS (8u << 20) /* what may have been received but not written */

static unsigned int rounds;
static uint32_t random_state;
static uint64_t most_twice;

uint32_t round_random(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)random_state * limit >> 32);
}

uint32_t round_number_from(const wchar_t *name, uint32_t otherwise)
{
    wchar_t text[16];

    return GetEnvironmentVariableW(name, text, ARRAY_SIZE(text)) ? (uint32_t)_wtoi(text)
                                                                 : otherwise;
}

bool round_is_slow(void)
{
    return GetEnvironmentVariableW(L"DOSVC_SLOW_TESTS", NULL, 0) != 0;
}

uint64_t round_fetched_twice(void)
{
    return most_twice;
}

int round_setup(void **state)
{
    struct kit *kit;

    if (kit_setup(state))
        return -1;
    kit = *state;
    IBackgroundCopyManager_Release(kit->manager);
    kit->manager = NULL;
    if (!random_state)
    {
        random_state = round_number_from(L"CRASH_SEED", GetTickCount());
        print_message("CRASH_SEED=%lu\n", (unsigned long)random_state);
    }
    return kit_wait_nothing_more(&kit->before) ? 0 : -1;
}

static void server_path(const struct crash_task *task, unsigned int index, char *path)
{
    snprintf(path, 32, "/%u/%u", task->round, index);
}

struct crash_task round_begin(struct kit *kit, enum crash_face face)
{
    struct crash_task task = {face, ++rounds};
    wchar_t base[HTTPD_URL_MAX];
    char path[32];
    unsigned int i;

    for (i = 0; i < CRASH_FILES; i++)
    {
        server_path(&task, i, path);
        /* paced, so that moments in the middle are likely, and a connection more is worth it */
        HTTPD_SCRIPT(kit->httpd, path,
                     {.seed = crash_file_seed(&task, i),
                      .size = crash_file_size(i),
                      .etag = "\"one\"",
                      .trickle = 1,
                      .trickle_bytes = face == CRASH_PARTS ? 8 * 1024 : 64 * 1024});
    }
    httpd_wide_url(kit->httpd, "", base);
    crash_offer(&task, base, kit->folder);
    return task;
}

void round_start(struct kit_child *child, const struct kit *kit, const struct crash_task *task,
                 const wchar_t *faults)
{
    wchar_t all[64] = L"";

    if (task->face == CRASH_PARTS)
        swprintf(all, ARRAY_SIZE(all), L"clock=%d;", CRASH_PARTS_CLOCK);
    if (faults)
        wcscat(all, faults);
    kit_environment(L"DOSVC_FAULTS", all);
    kit_environment(L"DOSVC_SETTINGS", L"CheckpointBytes=262144");
    kit_child(child, kit, L"work");
    kit_environment(L"DOSVC_SETTINGS", NULL);
    kit_environment(L"DOSVC_FAULTS", NULL);
}

/* Of a file that came in parts, what the server sent beyond its size. */
static uint64_t sent_beyond(struct kit *kit, const char *path, uint64_t size)
{
    uint64_t sent = httpd_bytes_sent(kit->httpd, path);

    return sent > size ? sent - size : 0;
}

/* What the server sent of a file and was asked for again by a later request. */
static uint64_t fetched_twice(struct kit *kit, const char *path)
{
    uint64_t reached = 0, most = 0;
    unsigned int i, count = httpd_requests(kit->httpd, path);

    for (i = 0; i < count; i++)
    {
        const struct httpd_request *request = httpd_request(kit->httpd, path, i);
        uint64_t first = request->ranged && request->first > 0 ? (uint64_t)request->first : 0;

        if (i && first < reached && reached - first > most)
            most = reached - first;
        if (request->status < 300 && first + request->sent > reached)
            reached = first + request->sent;
    }
    return most;
}

static void assert_no_orphans(const struct kit *kit)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(kit_path(kit, L"*.tmp", pattern), &found);

    if (search == INVALID_HANDLE_VALUE)
        return;
    FindClose(search);
    fail_msg("round %u left %ls", rounds, found.cFileName);
}

/* A fresh process finishes what the killed one began, and all is as it should be. */
void round_finish(struct kit *kit, const struct crash_task *task)
{
    struct kit_child child;
    wchar_t name[64], path[MAX_PATH];
    char server[32];
    unsigned int i;
    DWORD code;

    round_start(&child, kit, task, NULL);
    code = kit_child_wait(&child, ROUND_LIMIT);
    if (code != CRASH_DONE)
        fail_msg("round %u, face %d: the process after the kill ended with %lu", task->round,
                 (int)task->face, code);
    for (i = 0; i < CRASH_FILES; i++)
    {
        uint64_t twice;

        swprintf(name, ARRAY_SIZE(name), L"%u-%u.bin", task->round, i);
        kit_path(kit, name, path);
        assert_true(content_check_file(path, crash_file_seed(task, i), crash_file_size(i)));
        DeleteFileW(path);
        server_path(task, i, server);
        twice = task->face == CRASH_PARTS && !i ? sent_beyond(kit, server, crash_file_size(i))
                                                : fetched_twice(kit, server);
        if (twice > most_twice)
            most_twice = twice;
        assert_true(twice <= CHECKPOINT + BUFFERS);
    }
    DeleteFileW(child.output);
    assert_no_orphans(kit);
}
