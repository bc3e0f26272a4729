/* OnStatusChange: when it is called, with what, on which thread, and when no more. */
#include "testkit/kit.h"
#include "testkit/recorder.h"

#define SIZE 400000

static IDODownload *download_with(struct kit *kit, struct recorder *recorder)
{
    IDODownload *download = kit_download_of(kit, "/a", L"a.bin");

    assert_hr(S_OK, recorder_attach_download(recorder, download));
    return download;
}

static void give_up(IDODownload *download, struct recorder *recorder)
{
    IDODownload_Abort(download);
    IDODownload_Release(download);
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    recorder_release(recorder);
}

static struct record record_at(struct recorder *recorder, unsigned int n)
{
    struct record record;

    assert_true(recorder_get(recorder, RECORD_STATUS, n, &record));
    return record;
}

static struct record last_record(struct recorder *recorder)
{
    return record_at(recorder, recorder_count(recorder, RECORD_STATUS) - 1);
}

/* ---- what is told ---- */

static void a_transfer_is_told_from_its_begin_to_its_end(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    struct record record;
    IDODownload *download;
    uint64_t started;
    unsigned int i;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = SIZE, .trickle = 100, .trickle_bytes = 20000});
    download = download_with(kit, recorder);
    kit_pass(400);
    assert_int_equal(0, recorder_count(recorder, RECORD_STATUS)); /* Created is no news */
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    started = GetTickCount64();
    assert_true(recorder_wait_status(recorder, DODownloadState_Transferred, KIT_LIMIT));
    record = record_at(recorder, 0);
    assert_int_equal(DODownloadState_Transferring, record.status.State);
    assert_true(record.time - started >= 250);
    assert_int_not_equal(GetCurrentThreadId(), kit->sta ? 0 : record.thread);
    record = last_record(recorder);
    assert_int_equal(SIZE, record.status.BytesTotal);
    assert_int_equal(SIZE, record.status.BytesTransferred);
    for (i = 0; i < recorder_count(recorder, RECORD_STATUS); i++)
    {
        assert_hr(S_OK, record_at(recorder, i).status.Error);
        assert_hr(S_OK, record_at(recorder, i).status.ExtendedError);
    }
    assert_true(i >= 2 && i <= 6); /* about 2 s at one a second */
    assert_hr(S_OK, IDODownload_Finalize(download));
    assert_true(recorder_wait_status(recorder, DODownloadState_Finalized, KIT_LIMIT));
    give_up(download, recorder);
}

static void transferred_is_repeated_until_it_is_finalized(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;
    unsigned int count;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = download_with(kit, recorder);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait(recorder, RECORD_STATUS, 3, KIT_LIMIT));
    assert_int_equal(DODownloadState_Transferred, last_record(recorder).status.State);
    assert_hr(S_OK, IDODownload_Finalize(download));
    assert_true(recorder_wait_status(recorder, DODownloadState_Finalized, KIT_LIMIT));
    count = recorder_count(recorder, RECORD_STATUS);
    kit_pass(1500);
    assert_int_equal(count, recorder_count(recorder, RECORD_STATUS));
    give_up(download, recorder);
}

static void an_error_is_told_once(void **state)
{
    struct recorder *recorder = recorder_create();
    IDODownload *download = download_with(*state, recorder); /* nothing is at /a */

    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait_status(recorder, DODownloadState_Paused, KIT_LIMIT));
    kit_pass(1500);
    assert_hr((HRESULT)0x80190194, last_record(recorder).status.Error);
    assert_true(recorder_count(recorder, RECORD_STATUS) <= 2);
    give_up(download, recorder);
}

static void a_retry_is_no_error(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;
    unsigned int i;

    HTTPD_SCRIPT(kit->httpd, "/a", {.status = 503}, {.seed = 1, .size = SIZE});
    download = download_with(kit, recorder);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait_status(recorder, DODownloadState_Transferred, KIT_LIMIT));
    for (i = 0; i < recorder_count(recorder, RECORD_STATUS); i++)
    {
        assert_hr(S_OK, record_at(recorder, i).status.Error);
        assert_hr(S_OK, record_at(recorder, i).status.ExtendedError);
        assert_int_not_equal(DODownloadState_Paused, record_at(recorder, i).status.State);
    }
    give_up(download, recorder);
}

static void pause_and_abort_are_told(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 10});
    download = download_with(kit, recorder);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait_status(recorder, DODownloadState_Transferring, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Pause(download));
    assert_true(recorder_wait_status(recorder, DODownloadState_Paused, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Abort(download));
    assert_true(recorder_wait_status(recorder, DODownloadState_Aborted, KIT_LIMIT));
    httpd_release(kit->httpd, "/a");
    give_up(download, recorder);
}

/* ---- how often ---- */

static void percents_come_between_the_seconds(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;
    unsigned int count;

    HTTPD_SCRIPT(kit->httpd, "/a",
                 {.seed = 1, .size = SIZE * 10, .trickle = 100, .trickle_bytes = SIZE / 2});
    download = download_with(kit, recorder);
    assert_hr(S_OK, kit_set_uint(download, DODownloadProperty_CallbackFreqSeconds, 3600));
    assert_hr(S_OK, kit_set_uint(download, DODownloadProperty_CallbackFreqPercent, 20));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait_status(recorder, DODownloadState_Transferred, KIT_LIMIT));
    count = recorder_count(recorder, RECORD_STATUS);
    assert_in_range(count, 3, 7); /* Transferring, 20 40 60 80 at most, Transferred */
    give_up(download, recorder);
}

/* ---- who is called, with what ---- */

static void replacing_the_callback_silences_the_old_one(void **state)
{
    struct recorder *first = recorder_create(), *second = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = download_with(kit, first);
    assert_hr(S_OK, recorder_attach_download(second, download));
    assert_true(recorder_wait_released(first, KIT_LIMIT));
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait_status(second, DODownloadState_Transferred, KIT_LIMIT));
    assert_int_equal(0, recorder_count(first, RECORD_STATUS));
    recorder_release(first);
    give_up(download, second);
}

static void a_callback_set_late_hears_of_the_end(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = kit_download_of(kit, "/a", L"a.bin");
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(kit_wait_download(download, DODownloadState_Transferred, KIT_LIMIT));
    assert_hr(S_OK, recorder_attach_download(recorder, download));
    assert_true(recorder_wait_status(recorder, DODownloadState_Transferred, KIT_LIMIT));
    give_up(download, recorder);
}

struct identity
{
    IUnknown *client;
    IDODownload *given[2];
    LONG seen;
    LONG differs;
};

static HRESULT compare_identities(struct recorder *recorder, const struct record *record,
                                  void *context)
{
    struct identity *identity = context;
    IUnknown *unknown;

    (void)recorder;
    if (record->kind != RECORD_STATUS || identity->seen == 2)
        return S_OK;
    identity->given[identity->seen++] = record->object;
    IDODownload_QueryInterface((IDODownload *)record->object, &IID_IUnknown, (void **)&unknown);
    identity->differs += unknown != identity->client;
    IUnknown_Release(unknown);
    return E_FAIL; /* is not looked at */
}

static void the_download_given_is_an_object_of_its_own(void **state)
{
    struct recorder *recorder = recorder_create();
    struct identity identity = {0};
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = download_with(kit, recorder);
    identity.client = (IUnknown *)download;
    recorder_set_hook(recorder, compare_identities, &identity);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait(recorder, RECORD_STATUS, 3, KIT_LIMIT)); /* two hooks have ended */
    assert_int_equal(2, identity.differs);
    assert_ptr_equal(identity.given[0], identity.given[1]);
    give_up(download, recorder);
}

/* ---- inside the callback ---- */

static HRESULT clear_itself(struct recorder *recorder, const struct record *record, void *context)
{
    VARIANT value;

    (void)recorder, (void)context;
    VariantInit(&value);
    return IDODownload_SetProperty((IDODownload *)record->object,
                                   DODownloadProperty_CallbackInterface, &value);
}

static void a_callback_may_take_itself_away(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE});
    download = download_with(kit, recorder);
    recorder_set_hook(recorder, clear_itself, NULL);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait(recorder, RECORD_STATUS, 1, KIT_LIMIT));
    assert_true(recorder_wait_released(recorder, KIT_LIMIT));
    kit_pass(1500);
    assert_int_equal(1, recorder_count(recorder, RECORD_STATUS));
    give_up(download, recorder);
}

static HRESULT pause_it(struct recorder *recorder, const struct record *record, void *context)
{
    (void)recorder, (void)context;
    if (record->status.State == DODownloadState_Transferring)
        return IDODownload_Pause((IDODownload *)record->object);
    return S_OK;
}

static void a_callback_may_pause(void **state)
{
    struct recorder *recorder = recorder_create();
    struct kit *kit = *state;
    IDODownload *download;

    HTTPD_SCRIPT(kit->httpd, "/a", {.seed = 1, .size = SIZE, .hold_body = true, .hold_at = 10});
    download = download_with(kit, recorder);
    recorder_set_hook(recorder, pause_it, NULL);
    assert_hr(S_OK, IDODownload_Start(download, NULL));
    assert_true(recorder_wait_status(recorder, DODownloadState_Paused, KIT_LIMIT));
    httpd_release(kit->httpd, "/a");
    give_up(download, recorder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)
#define TEST_BOTH(name)                                                                            \
    TEST(name), cmocka_unit_test_setup_teardown(name, kit_setup_sta, kit_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST_BOTH(a_transfer_is_told_from_its_begin_to_its_end),
        TEST(transferred_is_repeated_until_it_is_finalized),
        TEST(an_error_is_told_once),
        TEST(a_retry_is_no_error),
        TEST_BOTH(pause_and_abort_are_told),
        TEST(percents_come_between_the_seconds),
        TEST_BOTH(replacing_the_callback_silences_the_old_one),
        TEST_BOTH(a_callback_set_late_hears_of_the_end),
        TEST_BOTH(the_download_given_is_an_object_of_its_own),
        TEST_BOTH(a_callback_may_take_itself_away),
        TEST_BOTH(a_callback_may_pause),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
