/*
 * Every method of IBackgroundCopyJob..5 in every state, in both dialects, and every order of an
 * IDODownload in each of its states: the result and the state afterwards, from tables transcribed
 * from the public documentation, not from the code.
 */
#include "testkit/kit.h"

#define STATES 9 /* BG_JOB_STATE */

/* What a method answers; resolved per dialect. */
enum answer
{
    OK,      /* S_OK */
    FALSE_,  /* S_FALSE */
    PARTIAL, /* BG_S_PARTIAL_COMPLETE */
    INV,     /* INVALID_STATE */
    EMPTY_,  /* EMPTY */
    NOERR,   /* ERROR_INFORMATION_UNAVAILABLE */
    NOIMPL,  /* E_NOTIMPL */
    ANY      /* not asked */
};

static HRESULT answer_hr(enum answer answer, bool bits)
{
    switch (answer)
    {
    case FALSE_:
        return S_FALSE;
    case PARTIAL:
        return BG_S_PARTIAL_COMPLETE;
    case INV:
        return bits ? BG_E_INVALID_STATE : DO_E_INVALID_STATE;
    case EMPTY_:
        return bits ? BG_E_EMPTY : DO_E_JOB_EMPTY;
    case NOERR:
        return bits ? BG_E_ERROR_INFORMATION_UNAVAILABLE : DO_E_ERROR_INFORMATION_UNAVAILABLE;
    case NOIMPL:
        return E_NOTIMPL;
    default:
        return S_OK;
    }
}

/* ---- the scene: a job in a given state ---- */

struct scene
{
    struct kit *kit;
    IBackgroundCopyManager *manager;
    bool bits;
    IBackgroundCopyJob *blocker; /* keeps the queue full, for a job that stays QUEUED */
};

static const WCHAR *const state_names[STATES] = {
    L"QUEUED",          L"CONNECTING",  L"TRANSFERRING", L"SUSPENDED", L"ERROR",
    L"TRANSIENT_ERROR", L"TRANSFERRED", L"ACKNOWLEDGED", L"CANCELLED"};

static void add(struct scene *scene, IBackgroundCopyJob *job, const char *path, const WCHAR *name)
{
    WCHAR url[HTTPD_URL_MAX], local[MAX_PATH];

    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, httpd_wide_url(scene->kit->httpd, path, url),
                                               kit_path(scene->kit, name, local)));
}

static IBackgroundCopyJob *create(struct scene *scene)
{
    IBackgroundCopyJob *job = NULL;
    GUID id;

    assert_hr(S_OK, IBackgroundCopyManager_CreateJob(scene->manager, L"states",
                                                     BG_JOB_TYPE_DOWNLOAD, &id, &job));
    return job;
}

static void settle(IBackgroundCopyJob *job, BG_JOB_STATE state)
{
    assert_true(kit_wait_state(job, state, KIT_LIMIT));
}

static void fill_queue(struct scene *scene)
{
    WCHAR name[32];
    int i;

    scene->blocker = create(scene);
    for (i = 0; i < 6; i++)
    {
        swprintf(name, ARRAY_SIZE(name), L"blocker-%d", i);
        add(scene, scene->blocker, "/held", name);
    }
    assert_hr(S_OK, IBackgroundCopyJob_Resume(scene->blocker));
    assert_true(httpd_wait_request(scene->kit->httpd, "/held", 6, KIT_LIMIT));
}

/* A job that is in the state and stays there. */
static IBackgroundCopyJob *job_in(struct scene *scene, BG_JOB_STATE state)
{
    static const char *const paths[STATES] = {
        [BG_JOB_STATE_QUEUED] = "/good",       [BG_JOB_STATE_CONNECTING] = "/held",
        [BG_JOB_STATE_TRANSFERRING] = "/slow", [BG_JOB_STATE_SUSPENDED] = "/good",
        [BG_JOB_STATE_ERROR] = "/missing",     [BG_JOB_STATE_TRANSIENT_ERROR] = "/busy",
        [BG_JOB_STATE_TRANSFERRED] = "/good",  [BG_JOB_STATE_ACKNOWLEDGED] = "/good",
        [BG_JOB_STATE_CANCELLED] = "/good"};
    IBackgroundCopyJob *job;

    if (state == BG_JOB_STATE_QUEUED)
        fill_queue(scene);
    job = create(scene);
    add(scene, job, paths[state], L"target");
    if (state == BG_JOB_STATE_CANCELLED)
        assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    else if (state != BG_JOB_STATE_SUSPENDED)
        assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    if (state == BG_JOB_STATE_ACKNOWLEDGED)
    {
        settle(job, BG_JOB_STATE_TRANSFERRED);
        assert_hr(S_OK, IBackgroundCopyJob_Complete(job));
    }
    settle(job, state);
    return job;
}

/* Cancels what is left of a scene's jobs. */
static void strike(struct scene *scene, IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;

    assert_hr(S_OK, IBackgroundCopyJob_GetState(job, &state));
    if (state != BG_JOB_STATE_ACKNOWLEDGED && state != BG_JOB_STATE_CANCELLED)
        assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IBackgroundCopyJob_Release(job);
    if (scene->blocker)
    {
        assert_hr(S_OK, IBackgroundCopyJob_Cancel(scene->blocker));
        IBackgroundCopyJob_Release(scene->blocker);
        scene->blocker = NULL;
    }
}

/* ---- the methods that move a job ---- */

static HRESULT resume(IBackgroundCopyJob5 *job)
{
    return IBackgroundCopyJob5_Resume(job);
}

static HRESULT suspend(IBackgroundCopyJob5 *job)
{
    return IBackgroundCopyJob5_Suspend(job);
}

static HRESULT cancel(IBackgroundCopyJob5 *job)
{
    return IBackgroundCopyJob5_Cancel(job);
}

static HRESULT complete(IBackgroundCopyJob5 *job)
{
    return IBackgroundCopyJob5_Complete(job);
}

#define SAME -1 /* the state stays */
#define RUNS -2 /* any state of a job that was made to run */

#define QUEUED BG_JOB_STATE_QUEUED
#define CONNECTING BG_JOB_STATE_CONNECTING
#define TRANSFERRING BG_JOB_STATE_TRANSFERRING
#define SUSPENDED BG_JOB_STATE_SUSPENDED
#define ERROR_ BG_JOB_STATE_ERROR
#define TRANSIENT BG_JOB_STATE_TRANSIENT_ERROR
#define TRANSFERRED BG_JOB_STATE_TRANSFERRED
#define ACKNOWLEDGED BG_JOB_STATE_ACKNOWLEDGED
#define CANCELLED BG_JOB_STATE_CANCELLED

static const struct order
{
    const char *name;
    HRESULT (*call)(IBackgroundCopyJob5 *job);
    struct
    {
        enum answer answer;
        int after;
    } in[STATES];
} orders[] = {
    {"Resume",
     resume,
     {[SUSPENDED] = {OK, RUNS},
      [QUEUED] = {OK, SAME},
      [CONNECTING] = {OK, SAME},
      [TRANSFERRING] = {OK, SAME},
      [TRANSIENT] = {OK, RUNS},
      [ERROR_] = {OK, RUNS},
      [TRANSFERRED] = {EMPTY_, SAME},
      [ACKNOWLEDGED] = {INV, SAME},
      [CANCELLED] = {INV, SAME}}},
    {"Suspend",
     suspend,
     {[SUSPENDED] = {OK, SAME},
      [QUEUED] = {OK, SUSPENDED},
      [CONNECTING] = {OK, SUSPENDED},
      [TRANSFERRING] = {OK, SUSPENDED},
      [TRANSIENT] = {OK, SUSPENDED},
      [ERROR_] = {OK, SAME},
      [TRANSFERRED] = {OK, SAME},
      [ACKNOWLEDGED] = {INV, SAME},
      [CANCELLED] = {INV, SAME}}},
    {"Cancel",
     cancel,
     {[SUSPENDED] = {OK, CANCELLED},
      [QUEUED] = {OK, CANCELLED},
      [CONNECTING] = {OK, CANCELLED},
      [TRANSFERRING] = {OK, CANCELLED},
      [TRANSIENT] = {OK, CANCELLED},
      [ERROR_] = {OK, CANCELLED},
      [TRANSFERRED] = {OK, CANCELLED},
      [ACKNOWLEDGED] = {INV, SAME},
      [CANCELLED] = {INV, SAME}}},
    {"Complete",
     complete,
     {[SUSPENDED] = {PARTIAL, ACKNOWLEDGED},
      [QUEUED] = {PARTIAL, ACKNOWLEDGED},
      [CONNECTING] = {PARTIAL, ACKNOWLEDGED},
      [TRANSFERRING] = {PARTIAL, ACKNOWLEDGED},
      [TRANSIENT] = {PARTIAL, ACKNOWLEDGED},
      [ERROR_] = {PARTIAL, ACKNOWLEDGED},
      [TRANSFERRED] = {OK, ACKNOWLEDGED},
      [ACKNOWLEDGED] = {INV, SAME},
      [CANCELLED] = {INV, SAME}}},
};

static bool may_be(BG_JOB_STATE now, BG_JOB_STATE before, int after)
{
    if (after == SAME)
        return now == before;
    if (after == RUNS)
        return now == QUEUED || now == CONNECTING || now == TRANSFERRING || now == TRANSFERRED ||
               now == before; /* it may have failed again already */
    return (int)now == after;
}

static void check_orders(struct scene *scene, BG_JOB_STATE state)
{
    size_t i;

    for (i = 0; i < ARRAY_SIZE(orders); i++)
    {
        IBackgroundCopyJob *job = job_in(scene, state);
        IBackgroundCopyJob5 *job5 = NULL;
        BG_JOB_STATE now;
        HRESULT hr;

        assert_hr(S_OK,
                  IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5));
        hr = orders[i].call(job5);
        if (hr != answer_hr(orders[i].in[state].answer, scene->bits))
            print_error("%s in %ls, %s\n", orders[i].name, state_names[state],
                        scene->bits ? "BITS" : "DO");
        assert_hr(answer_hr(orders[i].in[state].answer, scene->bits), hr);
        assert_hr(S_OK, IBackgroundCopyJob_GetState(job, &now));
        if (!may_be(now, state, orders[i].in[state].after))
            print_error("%s in %ls leads to %ls\n", orders[i].name, state_names[state],
                        state_names[now]);
        assert_true(may_be(now, state, orders[i].in[state].after));
        IBackgroundCopyJob5_Release(job5);
        strike(scene, job);
    }
}

/* ---- the methods that do not move it: what they answer is a matter of final or not ---- */

#define METHOD(name) static HRESULT call_##name(IBackgroundCopyJob5 *job)
#define GETTER(name, type)                                                                         \
    METHOD(name)                                                                                   \
    {                                                                                              \
        type value;                                                                                \
                                                                                                   \
        return IBackgroundCopyJob5_##name(job, &value);                                            \
    }
#define TEXT_GETTER(name)                                                                          \
    METHOD(name)                                                                                   \
    {                                                                                              \
        LPWSTR text = NULL;                                                                        \
        HRESULT hr = IBackgroundCopyJob5_##name(job, &text);                                       \
                                                                                                   \
        CoTaskMemFree(text);                                                                       \
        return hr;                                                                                 \
    }
#define OBJECT_GETTER(name, type)                                                                  \
    METHOD(name)                                                                                   \
    {                                                                                              \
        type *object = NULL;                                                                       \
        HRESULT hr = IBackgroundCopyJob5_##name(job, &object);                                     \
                                                                                                   \
        if (object)                                                                                \
            type##_Release(object);                                                                \
        return hr;                                                                                 \
    }
#define SETTER(name, ...)                                                                          \
    METHOD(name)                                                                                   \
    {                                                                                              \
        return IBackgroundCopyJob5_##name(job, __VA_ARGS__);                                       \
    }

OBJECT_GETTER(EnumFiles, IEnumBackgroundCopyFiles)
OBJECT_GETTER(GetError, IBackgroundCopyError)
GETTER(GetId, GUID)
GETTER(GetType, BG_JOB_TYPE)
GETTER(GetProgress, BG_JOB_PROGRESS)
GETTER(GetTimes, BG_JOB_TIMES)
GETTER(GetState, BG_JOB_STATE)
GETTER(GetPriority, BG_JOB_PRIORITY)
GETTER(GetNotifyFlags, ULONG)
GETTER(GetMinimumRetryDelay, ULONG)
GETTER(GetNoProgressTimeout, ULONG)
GETTER(GetErrorCount, ULONG)
GETTER(GetReplyProgress, BG_JOB_REPLY_PROGRESS)
GETTER(GetFileACLFlags, DWORD)
GETTER(GetPeerCachingFlags, DWORD)
GETTER(GetOwnerIntegrityLevel, ULONG)
GETTER(GetOwnerElevationState, BOOL)
GETTER(GetMaximumDownloadTime, ULONG)
TEXT_GETTER(GetOwner)
TEXT_GETTER(GetDisplayName)
TEXT_GETTER(GetDescription)
TEXT_GETTER(GetReplyFileName)
OBJECT_GETTER(GetNotifyInterface, IUnknown)
SETTER(SetDisplayName, L"name")
SETTER(SetDescription, L"description")
SETTER(SetPriority, BG_JOB_PRIORITY_NORMAL)
SETTER(SetNotifyFlags, BG_NOTIFY_JOB_ERROR)
SETTER(SetNotifyInterface, NULL)
SETTER(SetMinimumRetryDelay, 600)
SETTER(SetNoProgressTimeout, 100000)
SETTER(SetProxySettings, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL)
SETTER(SetNotifyCmdLine, NULL, NULL)
SETTER(SetReplyFileName, L"C:\\reply")
SETTER(ReplaceRemotePrefix, L"http://other.invalid/", L"http://another.invalid/")
SETTER(SetFileACLFlags, BG_COPY_FILE_OWNER)
SETTER(SetPeerCachingFlags, 0)
SETTER(SetMaximumDownloadTime, 100000)
SETTER(RemoveCredentials, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC)

METHOD(GetProxySettings)
{
    BG_JOB_PROXY_USAGE usage;
    LPWSTR list = NULL, bypass = NULL;
    HRESULT hr = IBackgroundCopyJob5_GetProxySettings(job, &usage, &list, &bypass);

    CoTaskMemFree(list);
    CoTaskMemFree(bypass);
    return hr;
}

METHOD(TakeOwnership)
{
    return IBackgroundCopyJob5_TakeOwnership(job);
}

METHOD(GetNotifyCmdLine)
{
    LPWSTR program = NULL, parameters = NULL;
    HRESULT hr = IBackgroundCopyJob5_GetNotifyCmdLine(job, &program, &parameters);

    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    return hr;
}

METHOD(GetReplyData)
{
    byte *data = NULL;
    UINT64 length;

    return IBackgroundCopyJob5_GetReplyData(job, &data, &length);
}

METHOD(SetCredentials)
{
    WCHAR user[] = L"user", password[] = L"password";
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{0}}};

    credentials.Credentials.Basic.UserName = user;
    credentials.Credentials.Basic.Password = password;
    return IBackgroundCopyJob5_SetCredentials(job, &credentials);
}

METHOD(SetProperty)
{
    const BITS_JOB_PROPERTY_VALUE value = {.Dword = BITS_JOB_TRANSFER_POLICY_ALWAYS};

    return IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, value);
}

METHOD(GetProperty)
{
    BITS_JOB_PROPERTY_VALUE value;

    return IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value);
}

static WCHAR added[3][MAX_PATH];  /* local names that nobody else uses */
static WCHAR held[HTTPD_URL_MAX]; /* on the server whose limit of connections is reached */

METHOD(AddFile)
{
    return IBackgroundCopyJob5_AddFile(job, held, added[0]);
}

METHOD(AddFileSet)
{
    BG_FILE_INFO file = {held, added[1]};

    return IBackgroundCopyJob5_AddFileSet(job, 1, &file);
}

METHOD(AddFileWithRanges)
{
    BG_FILE_RANGE range = {0, 10};

    return IBackgroundCopyJob5_AddFileWithRanges(job, held, added[2], 1, &range);
}

#define ROW(name, usual, final)                                                                    \
    {                                                                                              \
#name, call_##name, usual, final, false                                                    \
    }
static const struct quiet
{
    const char *name;
    HRESULT (*call)(IBackgroundCopyJob5 *job);
    enum answer usual, final;
    bool adds; /* files */
} quiets[] = {
    ROW(EnumFiles, OK, OK),
    ROW(GetId, OK, OK),
    ROW(GetType, OK, OK),
    ROW(GetProgress, OK, OK),
    ROW(GetTimes, OK, OK),
    ROW(GetState, OK, OK),
    ROW(GetOwner, OK, OK),
    ROW(SetDisplayName, OK, INV),
    ROW(GetDisplayName, OK, OK),
    ROW(SetDescription, OK, INV),
    ROW(GetDescription, OK, OK),
    ROW(SetPriority, OK, INV),
    ROW(GetPriority, OK, OK),
    ROW(SetNotifyFlags, OK, INV),
    ROW(GetNotifyFlags, OK, OK),
    ROW(SetNotifyInterface, OK, INV),
    ROW(GetNotifyInterface, OK, OK),
    ROW(SetMinimumRetryDelay, OK, INV),
    ROW(GetMinimumRetryDelay, OK, OK),
    ROW(SetNoProgressTimeout, OK, INV),
    ROW(GetNoProgressTimeout, OK, OK),
    ROW(GetErrorCount, OK, OK),
    ROW(SetProxySettings, OK, INV),
    ROW(GetProxySettings, OK, OK),
    ROW(TakeOwnership, OK, INV),
    ROW(SetNotifyCmdLine, OK, INV),
    ROW(GetNotifyCmdLine, OK, OK),
    ROW(GetReplyProgress, NOIMPL, NOIMPL),
    ROW(GetReplyData, NOIMPL, NOIMPL),
    ROW(SetReplyFileName, NOIMPL, NOIMPL),
    ROW(GetReplyFileName, NOIMPL, NOIMPL),
    ROW(SetCredentials, OK, INV),
    ROW(RemoveCredentials, OK, INV),
    ROW(ReplaceRemotePrefix, FALSE_, INV),
    ROW(SetFileACLFlags, OK, INV),
    ROW(GetFileACLFlags, OK, OK),
    ROW(SetPeerCachingFlags, OK, INV),
    ROW(GetPeerCachingFlags, OK, OK),
    ROW(GetOwnerIntegrityLevel, OK, OK),
    ROW(GetOwnerElevationState, OK, OK),
    ROW(SetMaximumDownloadTime, OK, INV),
    ROW(GetMaximumDownloadTime, OK, OK),
    ROW(SetProperty, OK, INV),
    ROW(GetProperty, OK, OK),
    /* last: they change what the others see */
    {"AddFile", call_AddFile, OK, INV, true},
    {"AddFileSet", call_AddFileSet, OK, INV, true},
    {"AddFileWithRanges", call_AddFileWithRanges, OK, INV, true},
};

static void check_quiet(struct scene *scene, BG_JOB_STATE state)
{
    bool final = state == ACKNOWLEDGED || state == CANCELLED;
    IBackgroundCopyJob *job = job_in(scene, state);
    IBackgroundCopyJob5 *job5 = NULL;
    size_t i;

    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5));
    assert_hr(answer_hr(state == ERROR_ || state == TRANSIENT ? OK : NOERR, scene->bits),
              call_GetError(job5));
    for (i = 0; i < ARRAY_SIZE(quiets); i++)
    {
        HRESULT expected = answer_hr(final ? quiets[i].final : quiets[i].usual, scene->bits);
        HRESULT hr = quiets[i].call(job5);
        BG_JOB_STATE now;

        if (hr != expected)
            print_error("%s in %ls, %s\n", quiets[i].name, state_names[state],
                        scene->bits ? "BITS" : "DO");
        assert_hr(expected, hr);
        assert_hr(S_OK, IBackgroundCopyJob_GetState(job, &now));
        /* A new file is begun although another one waits for its next try. */
        assert_true(may_be(now, state, state == TRANSIENT && quiets[i].adds ? RUNS : SAME));
    }
    IBackgroundCopyJob5_Release(job5);
    strike(scene, job);
}

/* ---- the tests ---- */

static void script(struct kit *kit)
{
    size_t i;

    httpd_wide_url(kit->httpd, "/held", held);
    HTTPD_SCRIPT(kit->httpd, "/good", {.seed = 1, .size = 1000});
    HTTPD_SCRIPT(kit->httpd, "/held", {.seed = 1, .size = 1000, .hold = true});
    HTTPD_SCRIPT(kit->httpd, "/slow",
                 {.seed = 1, .size = 100000, .hold_body = true, .hold_at = 50000});
    HTTPD_SCRIPT(kit->httpd, "/busy", {.status = 503, .retry_after = "30000"});
    for (i = 0; i < ARRAY_SIZE(added); i++)
    {
        WCHAR name[16];

        swprintf(name, ARRAY_SIZE(name), L"added-%u", (unsigned int)i);
        kit_path(kit, name, added[i]);
    }
}

static void each_state(void **state, const CLSID *clsid, bool bits,
                       void (*check)(struct scene *scene, BG_JOB_STATE state))
{
    struct scene scene = {.kit = *state, .bits = bits};
    int each;

    script(scene.kit);
    assert_hr(S_OK, kit_manager(clsid, &scene.manager));
    for (each = 0; each < STATES; each++)
        if (bits || each != CONNECTING) /* a DO job is never CONNECTING */
            check(&scene, (BG_JOB_STATE)each);
    IBackgroundCopyManager_Release(scene.manager);
}

static void orders_in_the_do_dialect(void **state)
{
    each_state(state, &CLSID_DosvcManager, false, check_orders);
}

static void orders_in_the_bits_dialect(void **state)
{
    each_state(state, &CLSID_DosvcBitsManager, true, check_orders);
}

static void other_methods_in_the_do_dialect(void **state)
{
    each_state(state, &CLSID_DosvcManager, false, check_quiet);
}

static void other_methods_in_the_bits_dialect(void **state)
{
    each_state(state, &CLSID_DosvcBitsManager, true, check_quiet);
}

static void a_job_without_files_does_not_resume(void **state)
{
    IBackgroundCopyJob *job = kit_job(*state, L"empty");

    assert_hr(DO_E_JOB_EMPTY, IBackgroundCopyJob_Resume(job));
    assert_state(BG_JOB_STATE_SUSPENDED, job);
    assert_hr(S_OK, IBackgroundCopyJob_Cancel(job));
    IBackgroundCopyJob_Release(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(orders_in_the_do_dialect, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(orders_in_the_bits_dialect, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(other_methods_in_the_do_dialect, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(other_methods_in_the_bits_dialect, kit_setup, kit_teardown),
        cmocka_unit_test_setup_teardown(a_job_without_files_does_not_resume, kit_setup,
                                        kit_teardown),
    };

    kit_process(L"clock=20");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
