/* Every limit in time can be set, and says which one it was when it ends something. */
#include "testkit/kit.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define SIZE 1000000
#define LANGUAGE MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* A port at which connections are made and nobody ever says anything; once it is full, none are
 * made either. */
struct mute
{
    SOCKET listener;
    SOCKET fillers[16];
    unsigned short port;
};
static struct mute mute;

static int set_up(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    size_t i;

    if (kit_setup(state))
        return -1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    mute.listener = socket(AF_INET, SOCK_STREAM, 0);
    for (i = 0; i < ARRAY_SIZE(mute.fillers); i++)
        mute.fillers[i] = INVALID_SOCKET;
    if (bind(mute.listener, (struct sockaddr *)&address, sizeof(address)) ||
        listen(mute.listener, 2) || getsockname(mute.listener, (struct sockaddr *)&address, &size))
        return -1;
    mute.port = ntohs(address.sin_port);
    return 0;
}

static void fill_up(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(mute.port)};
    u_long at_once = 1;
    size_t i;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (i = 0; i < ARRAY_SIZE(mute.fillers); i++)
    {
        mute.fillers[i] = socket(AF_INET, SOCK_STREAM, 0);
        ioctlsocket(mute.fillers[i], (long)FIONBIO, &at_once);
        connect(mute.fillers[i], (struct sockaddr *)&address, sizeof(address));
    }
    kit_pass(100);
}

static int tear_down(void **state)
{
    size_t i;

    kit_environment(L"DOSVC_SETTINGS", NULL);
    for (i = 0; i < ARRAY_SIZE(mute.fillers); i++)
        if (mute.fillers[i] != INVALID_SOCKET)
            closesocket(mute.fillers[i]);
    closesocket(mute.listener);
    return kit_teardown(state);
}

static IBackgroundCopyJob *start(struct kit *kit, const wchar_t *settings, const wchar_t *url)
{
    IBackgroundCopyJob *job = kit_job(kit, L"late");
    wchar_t path[MAX_PATH];

    kit_environment(L"DOSVC_SETTINGS", settings);
    assert_hr(S_OK, IBackgroundCopyJob_AddFile(job, url, kit_path(kit, L"late", path)));
    assert_hr(S_OK, IBackgroundCopyJob_Resume(job));
    return job;
}

static IBackgroundCopyJob *start_mute(struct kit *kit, const wchar_t *settings,
                                      const wchar_t *scheme)
{
    wchar_t url[100];

    swprintf(url, ARRAY_SIZE(url), L"%ls://127.0.0.1:%u/a", scheme, mute.port);
    return start(kit, settings, url);
}

static IBackgroundCopyJob *start_at(struct kit *kit, const wchar_t *settings)
{
    wchar_t url[HTTPD_URL_MAX];

    return start(kit, settings, httpd_wide_url(kit->httpd, "/a", url));
}

/* Waits for the state; the job's error says so. */
static void assert_says(IBackgroundCopyJob *job, BG_JOB_STATE state, const wchar_t *words)
{
    IBackgroundCopyError *error;
    wchar_t *text;

    assert_true(kit_wait_state(job, state, KIT_LIMIT));
    assert_hr(S_OK, IBackgroundCopyJob_GetError(job, &error));
    assert_hr(S_OK, IBackgroundCopyError_GetErrorDescription(error, LANGUAGE, &text));
    if (!wcsstr(text, words))
        print_error("%ls\n", text);
    assert_non_null(wcsstr(text, words));
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
    kit_cancel(job);
}

static void a_connection_has_a_limit(void **state)
{
    fill_up();
    assert_says(start_mute(*state, L"ConnectTimeout=1", L"http"), BG_JOB_STATE_TRANSIENT_ERROR,
                L"there was no connection within 1.0 s");
}

static void a_handshake_has_a_limit(void **state)
{
    assert_says(start_mute(*state, L"TlsTimeout=1;ConnectTimeout=10", L"https"),
                BG_JOB_STATE_TRANSIENT_ERROR, L"the TLS handshake was not done within 1.0 s");
}

static void the_first_byte_has_a_limit(void **state)
{
    assert_says(start_mute(*state, L"FirstByteTimeout=1", L"http"), BG_JOB_STATE_TRANSIENT_ERROR,
                L"the server did not answer within 1 s");
}

static void a_stall_has_a_limit(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.size = SIZE, .hold_body = true, .hold_at = 1000});
    assert_says(start_at(kit, L"StallTime=1;StallRate=100000;SilenceTimeout=15"),
                BG_JOB_STATE_TRANSIENT_ERROR, L"the server sends too slowly, judged over 1 s");
    httpd_release(kit->httpd, "/a");
}

static void silence_has_a_limit(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.size = SIZE, .hold_body = true, .hold_at = 1000, .no_accept_ranges = true});
    assert_says(start_at(kit, L"SilenceTimeout=1"), BG_JOB_STATE_TRANSIENT_ERROR,
                L"the server fell silent for 1 s");
    httpd_release(kit->httpd, "/a");
}

static void without_a_stall_rule_there_is_silence(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.size = SIZE, .hold_body = true, .hold_at = 1000});
    assert_says(start_at(kit, L"StallRate=0;SilenceTimeout=1"), BG_JOB_STATE_TRANSIENT_ERROR,
                L"the server fell silent for 1 s");
    httpd_release(kit->httpd, "/a");
}

static void want_of_progress_has_a_limit(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.status = 503});
    assert_says(start_at(kit, L"NoProgressTimeoutBackground=1;NoProgressTimeoutForeground=3600"),
                BG_JOB_STATE_ERROR, L"nothing new came for 1 s: the server answered 503");
}

static void a_job_has_a_limit(void **state)
{
    struct kit *kit = *state;

    HTTPD_SCRIPT(kit->httpd, "/a", {.size = SIZE, .trickle = 20, .trickle_bytes = 5000});
    assert_says(start_at(kit, L"MaxDownloadTime=1"), BG_JOB_STATE_ERROR,
                L"the job's longest time is 1 s");
}

/* What a client set goes before the setting, and getters say what counts. */
static void a_client_has_the_last_word(void **state)
{
    IBackgroundCopyJob *job;
    ULONG seconds;

    kit_environment(L"DOSVC_SETTINGS",
                    L"NoProgressTimeoutBackground=77;NoProgressTimeoutForeground=33");
    kit_pass(1100); /* settings are read once a second */
    job = kit_job(*state, L"limits");
    assert_hr(S_OK, IBackgroundCopyJob_GetNoProgressTimeout(job, &seconds));
    assert_int_equal(77, seconds);
    assert_hr(S_OK, IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND));
    assert_hr(S_OK, IBackgroundCopyJob_GetNoProgressTimeout(job, &seconds));
    assert_int_equal(33, seconds);
    assert_hr(S_OK, IBackgroundCopyJob_SetNoProgressTimeout(job, 99));
    assert_hr(S_OK, IBackgroundCopyJob_GetNoProgressTimeout(job, &seconds));
    assert_int_equal(99, seconds);
    kit_cancel(job);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_connection_has_a_limit),     TEST(a_handshake_has_a_limit),
        TEST(the_first_byte_has_a_limit),   TEST(a_stall_has_a_limit),
        TEST(silence_has_a_limit),          TEST(without_a_stall_rule_there_is_silence),
        TEST(want_of_progress_has_a_limit), TEST(a_job_has_a_limit),
        TEST(a_client_has_the_last_word),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
