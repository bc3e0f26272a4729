/* Two and four processes on one queue, each of which gives orders at random to jobs that any of
 * them may have made and any of them may run; one is killed every few seconds. No job is lost, no
 * file is fetched by two at once, and in the end every file is what it should be. */
#include "testkit/owner.h"
#include "testkit/puppet.h"

#include <stdlib.h>
#include <string.h>

#define PUPPETS 4
#define JOBS 8
#define FILES 2        /* of a job at the most */
#define SIZE 700000    /* at about half a megabyte a second */
#define SHORT_MS 15000 /* of orders; with DOSVC_SLOW_TESTS a minute */
#define LONG_MS 60000
#define KILL_MS 3000 /* between kills */
#define SEEN_MS                                                                                    \
    2500 /* an order is seen everywhere; two processes and a server share this machine */
#define SEVERED 1024 /* connections of processes that were killed */

#define S_PARTIAL ((HRESULT)0x00200017)
#define S_UNABLE_TO_DELETE ((HRESULT)0x0020001A)

enum fate
{
    NONE,   /* there is no such job */
    MOVING, /* it was resumed */
    RESTING
};

struct slot
{
    enum fate fate;
    GUID job;
    unsigned int number; /* of its files' names */
    unsigned int files;
};

struct severed /* a connection that a process had when it was killed */
{
    unsigned short port;
    uint64_t time; /* GetTickCount64() of the kill */
};

struct soak
{
    struct kit *kit;
    struct puppet puppets[PUPPETS];
    unsigned int count;
    struct slot slots[JOBS];
    unsigned int numbers;
    struct severed severed[SEVERED];
    size_t severed_count;
    unsigned int orders, kills, finished, cancelled, refused;
    uint32_t seed;
};

static uint32_t dice(struct soak *soak, uint32_t sides)
{
    soak->seed = soak->seed * 1664525u + 1013904223u;
    return (soak->seed >> 10) % sides;
}

/* ---- files --------------------------------------------------------------------------------------
 */

static void file_names(const struct slot *slot, unsigned int file, char *path, wchar_t *name)
{
    snprintf(path, 32, "/f-%u-%u", slot->number, file);
    swprintf(name, 32, L"f-%u-%u.bin", slot->number, file);
}

static uint32_t file_seed(const struct slot *slot, unsigned int file)
{
    return slot->number * 10 + file + 1;
}

static void offer(struct soak *soak, const struct slot *slot, unsigned int file)
{
    wchar_t name[32];
    char path[32];

    file_names(slot, file, path, name);
    HTTPD_SCRIPT(soak->kit->httpd, path,
                 {.seed = file_seed(slot, file),
                  .size = SIZE,
                  .etag = "\"1\"",
                  .trickle = 20,
                  .trickle_bytes = 10000});
}

static void fill(const struct soak *soak, const struct slot *slot, unsigned int file,
                 struct puppet_call *call)
{
    wchar_t name[32];
    char path[32];

    file_names(slot, file, path, name);
    httpd_wide_url(soak->kit->httpd, path, call->url);
    kit_path(soak->kit, name, call->path);
}

static void assert_identical(const struct soak *soak, const struct slot *slot)
{
    char *expected = malloc(SIZE), *found = malloc(SIZE + 1);
    wchar_t name[32], full[MAX_PATH];
    char path[32];
    unsigned int i;

    for (i = 0; i < slot->files; i++)
    {
        FILE *file;
        size_t size;

        file_names(slot, i, path, name);
        file = _wfopen(kit_path(soak->kit, name, full), L"rb");
        assert_non_null(file);
        size = fread(found, 1, SIZE + 1, file);
        fclose(file);
        content_fill(file_seed(slot, i), 0, expected, SIZE);
        assert_int_equal(SIZE, size);
        assert_memory_equal(expected, found, SIZE);
    }
    free(expected);
    free(found);
}

/* ---- orders -------------------------------------------------------------------------------------
 */

static struct puppet *somebody(struct soak *soak)
{
    return &soak->puppets[dice(soak, soak->count)];
}

static void create(struct soak *soak, struct slot *slot)
{
    struct puppet_call call = {.verb = PUPPET_CREATE};

    *slot = (struct slot){.number = soak->numbers++, .files = 1};
    offer(soak, slot, 0);
    fill(soak, slot, 0, &call);
    if (puppet_do(somebody(soak), &call) != S_OK)
        return;
    slot->job = call.job;
    slot->fate = RESTING;
}

/* What was ordered in one process is the truth in another one soon. */
static void assert_seen(struct soak *soak, const struct slot *slot, bool rests)
{
    struct puppet *puppet = somebody(soak);
    uint64_t start = GetTickCount64();
    int state;
    bool seen;

    do
    {
        state = puppet_state(puppet, &slot->job);
        seen = rests ? state == BG_JOB_STATE_SUSPENDED || state == BG_JOB_STATE_TRANSFERRED
                     : state >= 0 && state != BG_JOB_STATE_SUSPENDED;
    } while (!seen && GetTickCount64() - start < SEEN_MS);
    if (!seen)
        print_error("job %u is in state %d\n", slot->number, state);
    assert_true(seen);
}

static void note_end(struct soak *soak, struct slot *slot, HRESULT hr, bool completed)
{
    /* in part: somebody has just added a file */
    if (hr == S_OK || hr == S_PARTIAL || hr == S_UNABLE_TO_DELETE)
    {
        if (completed && hr == S_OK)
            assert_identical(soak, slot);
        soak->finished += completed;
        soak->cancelled += !completed;
        slot->fate = NONE;
    }
    else
        soak->refused++;
}

static void resume(struct soak *soak, struct slot *slot)
{
    HRESULT hr = puppet_order(somebody(soak), PUPPET_RESUME, &slot->job);

    if (hr != S_OK) /* all of it is here, or its process has not heard of it yet */
        return;
    slot->fate = MOVING;
    if (!dice(soak, 4))
        assert_seen(soak, slot, false);
}

static void suspend(struct soak *soak, struct slot *slot)
{
    HRESULT hr = puppet_order(somebody(soak), PUPPET_SUSPEND, &slot->job);

    if (hr != S_OK)
        return;
    slot->fate = RESTING;
    if (!dice(soak, 2))
        assert_seen(soak, slot, true);
}

static void add_file(struct soak *soak, struct slot *slot)
{
    struct puppet_call call = {.verb = PUPPET_ADD_FILE, .job = slot->job};

    if (slot->files == FILES)
        return;
    offer(soak, slot, slot->files);
    fill(soak, slot, slot->files, &call);
    if (puppet_do(somebody(soak), &call) == S_OK)
        slot->files++;
}

static void order(struct soak *soak, struct slot *slot)
{
    struct puppet_call call = {
        .verb = PUPPET_SET_PRIORITY, .job = slot->job, .number = 1 + dice(soak, 3)};
    struct puppet *puppet;
    HRESULT hr;

    soak->orders++;
    if (slot->fate == NONE)
    {
        create(soak, slot);
        return;
    }
    switch (dice(soak, 12))
    {
    case 0:
        add_file(soak, slot);
        break;
    case 1:
        puppet_do(somebody(soak), &call);
        break;
    case 2:
        hr = puppet_order(somebody(soak), PUPPET_CANCEL, &slot->job);
        note_end(soak, slot, hr, false);
        break;
    case 3:
    case 4:
    case 5:
        suspend(soak, slot);
        break;
    case 6:
    case 7:
    case 8:
        puppet = somebody(soak);
        if (puppet_state(puppet, &slot->job) == BG_JOB_STATE_TRANSFERRED)
        {
            hr = puppet_order(puppet, PUPPET_COMPLETE, &slot->job);
            note_end(soak, slot, hr, true);
        }
        break;
    default:
        resume(soak, slot);
        break;
    }
}

static void note_connections(struct soak *soak, struct puppet *puppet)
{
    unsigned short ports[64];
    size_t count = owner_ports(GetProcessId(puppet->child.process), httpd_port(soak->kit->httpd),
                               ports, ARRAY_SIZE(ports));
    uint64_t now = GetTickCount64();
    size_t i;

    for (i = 0; i < count && soak->severed_count < SEVERED; i++)
        soak->severed[soak->severed_count++] = (struct severed){ports[i], now};
}

/* Between orders, so nothing is left open about what was ordered. */
static void kill_one(struct soak *soak)
{
    struct puppet *puppet = somebody(soak);

    puppet_halt(puppet);
    note_connections(soak, puppet);
    puppet_kill(puppet);
    kit_pass(dice(soak, 100));
    puppet_start(puppet, soak->kit);
    soak->kills++;
}

/* ---- what must be true --------------------------------------------------------------------------
 */

/* A process that is killed loses its locks at once, but its connections only when the system gets
 * round to closing them: until then the server sends to nobody. */
static bool was_severed_before(const struct soak *soak, const struct httpd_request *request,
                               uint64_t time)
{
    size_t i;

    for (i = 0; i < soak->severed_count; i++)
        if (soak->severed[i].port == request->port && soak->severed[i].time >= request->time &&
            soak->severed[i].time <= time)
            return true;
    return false;
}

static void assert_one_after_the_other(const struct soak *soak, const char *path,
                                       const struct httpd_request *earlier,
                                       const struct httpd_request *later)
{
    bool over = earlier->ended && earlier->ended <= later->time;

    if (over || was_severed_before(soak, earlier, later->time))
        return;
    print_error("%s: from byte %lld was asked %lld ms after from byte %lld, whose answer lasted "
                "%lld ms and had %llu bytes\n",
                path, (long long)later->first, (long long)(later->time - earlier->time),
                (long long)earlier->first,
                earlier->ended ? (long long)(earlier->ended - earlier->time) : -1ll,
                (unsigned long long)earlier->sent);
    assert_true(false);
}

static void assert_never_two_at_once(const struct soak *soak, const char *path)
{
    const struct httpd_request *request;
    unsigned int i, j;

    for (i = 0; (request = httpd_request(soak->kit->httpd, path, i)); i++)
        for (j = 0; j < i; j++)
            assert_one_after_the_other(soak, path, httpd_request(soak->kit->httpd, path, j),
                                       request);
}

static void finish(struct soak *soak, struct slot *slot)
{
    struct puppet *puppet = somebody(soak);
    uint64_t start = GetTickCount64();
    HRESULT hr;

    if (slot->fate == NONE)
        return;
    while (puppet_state(puppet, &slot->job) < 0 && GetTickCount64() - start < SEEN_MS)
        kit_pass(10);
    assert_in_range(puppet_state(puppet, &slot->job), 0, BG_JOB_STATE_TRANSFERRED);
    hr = puppet_order(puppet, PUPPET_RESUME, &slot->job);
    if (FAILED(hr))
        assert_int_equal(BG_JOB_STATE_TRANSFERRED, puppet_state(puppet, &slot->job));
    assert_true(puppet_wait_state(puppet, &slot->job, BG_JOB_STATE_TRANSFERRED, 3 * KIT_LIMIT));
    assert_hr(S_OK, puppet_order(somebody(soak), PUPPET_COMPLETE, &slot->job));
    assert_identical(soak, slot);
    soak->finished++;
}

static void assert_no_part_files(const struct soak *soak)
{
    wchar_t pattern[MAX_PATH];
    WIN32_FIND_DATAW found;
    HANDLE search = FindFirstFileW(kit_path(soak->kit, L"DO*.tmp", pattern), &found);

    if (search != INVALID_HANDLE_VALUE)
    {
        print_error("%ls is left\n", found.cFileName);
        FindClose(search);
    }
    assert_ptr_equal(INVALID_HANDLE_VALUE, search);
}

static void assert_all_is_well(struct soak *soak)
{
    struct slot slot = {NONE};
    wchar_t name[32];
    char path[32];
    unsigned int i;

    for (i = 0; i < JOBS; i++)
        finish(soak, &soak->slots[i]);
    for (slot.number = 0; slot.number < soak->numbers; slot.number++)
        for (i = 0; i < FILES; i++)
        {
            file_names(&slot, i, path, name);
            assert_never_two_at_once(soak, path);
        }
    assert_no_part_files(soak);
    print_message("seed %u, %u processes: %u orders, %u kills, %u jobs finished, %u cancelled, "
                  "%u refused\n",
                  (unsigned int)soak->seed, soak->count, soak->orders, soak->kills, soak->finished,
                  soak->cancelled, soak->refused);
}

static void run(struct soak *soak, unsigned int count)
{
    uint64_t length = GetEnvironmentVariableW(L"DOSVC_SLOW_TESTS", NULL, 0) ? LONG_MS : SHORT_MS;
    uint64_t start = GetTickCount64(), killed = start;
    unsigned int i;

    soak->count = count;
    for (i = 0; i < count; i++)
        puppet_start(&soak->puppets[i], soak->kit);
    while (GetTickCount64() - start < length)
    {
        order(soak, &soak->slots[dice(soak, JOBS)]);
        kit_pass(dice(soak, 60));
        if (GetTickCount64() - killed < KILL_MS)
            continue;
        kill_one(soak);
        killed = GetTickCount64();
    }
    assert_all_is_well(soak);
    for (i = 0; i < count; i++)
        puppet_end(&soak->puppets[i]);
}

static void two_processes_of_which_one_dies_now_and_then(void **state)
{
    run(*state, 2);
}

static void four_processes_of_which_one_dies_now_and_then(void **state)
{
    run(*state, 4);
}

static int setup(void **state)
{
    struct soak *soak = calloc(1, sizeof(*soak));
    wchar_t seed[16];
    void *kit;

    if (!soak || kit_setup(&kit))
        return -1;
    *state = soak;
    soak->kit = kit;
    soak->seed = (uint32_t)GetTickCount64();
    if (GetEnvironmentVariableW(L"DOSVC_SEED", seed, ARRAY_SIZE(seed)))
        soak->seed = wcstoul(seed, NULL, 10);
    print_message("DOSVC_SEED=%u\n", (unsigned int)soak->seed);
    IBackgroundCopyManager_Release(soak->kit->manager);
    soak->kit->manager = NULL;
    kit_assert_nothing_lives();
    return 0;
}

static int teardown(void **state)
{
    struct soak *soak = *state;
    void *kit = soak->kit;
    unsigned int i;

    for (i = 0; i < PUPPETS; i++)
        puppet_kill(&soak->puppets[i]);
    free(soak);
    return kit_teardown(&kit);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_processes_of_which_one_dies_now_and_then, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(four_processes_of_which_one_dies_now_and_then, setup,
                                        teardown),
    };
    int code;

    if (puppet_main(argc, argv, &code))
        return code;
    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
