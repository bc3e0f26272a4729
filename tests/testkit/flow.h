/* One file fetched through COM, by either face: a test written with this runs as a job of
 * IBackgroundCopyManager and as an IDODownload.
 *
 *     static void a_plain_file_arrives(void **state)
 *     {
 *         struct flow *flow = *state;
 *
 *         HTTPD_SCRIPT(flow->httpd, "/a", {.seed = 1, .size = 1000});
 *         flow_get(flow, "/a");
 *         flow_assert_identical(flow, 1, 1000);
 *     }
 *     ... const struct CMUnitTest tests[] = {FLOW_BOTH(a_plain_file_arrives)};
 */
#ifndef TESTKIT_FLOW_H
#define TESTKIT_FLOW_H

#include "testkit/kit.h"
#include "testkit/recorder.h"

struct flow
{
    struct kit *kit;
    struct httpd *httpd; /* the kit's */
    bool is_download;    /* which face */
    IBackgroundCopyJob *job;
    IDODownload *download; /* one of the two, once open */
    struct recorder *recorder;
    wchar_t target[MAX_PATH];
};

int flow_setup_job(void **state);
int flow_setup_download(void **state);
int flow_teardown(void **state);

/* Each test runs with a fixture of its own. */
#define FLOW_CASE(test, face, setup, teardown)                                                     \
    {                                                                                              \
#test " (" face ")", test, setup, teardown, NULL                                           \
    }
#define FLOW_JOB(test) FLOW_CASE(test, "job", flow_setup_job, flow_teardown)
#define FLOW_DOWNLOAD(test) FLOW_CASE(test, "download", flow_setup_download, flow_teardown)
#define FLOW_BOTH(test) FLOW_JOB(test), FLOW_DOWNLOAD(test)

/* Makes the job or download of the server's `path` into `target.bin`, with a recorder that gets
 * every event; not started. A URL instead of a path is taken as it is. */
void flow_open(struct flow *flow, const char *path);
/* Replaces the target before it is started: job face only at flow_open_to. */
void flow_open_to(struct flow *flow, const char *path, const wchar_t *target);
void flow_start(struct flow *flow); /* also goes on after flow_pause or an error */
void flow_pause(struct flow *flow);
void flow_get(struct flow *flow, const char *path); /* opens and starts */
void flow_cancel(struct flow *flow);
/* Cancels and releases, so that flow_open may be called again. False: its callback is still held.
 */
bool flow_forget(struct flow *flow);

/* Virtual seconds without a byte after which it gives up. */
void flow_set_no_progress(struct flow *flow, uint32_t seconds);
/* Request headers of the client's own, each line with its \r\n. */
void flow_set_headers(struct flow *flow, const wchar_t *headers);

uint64_t flow_bytes(struct flow *flow); /* transferred */
uint64_t flow_total(struct flow *flow); /* UINT64_MAX while unknown */
bool flow_wait_bytes(struct flow *flow, uint64_t bytes);

/* Waits for all bytes; then Complete or Finalize. */
void flow_finish(struct flow *flow);
/* The same, and the target holds exactly this content; no error was ever told. */
void flow_assert_identical(struct flow *flow, uint32_t seed, uint64_t size);
/* Waits until it has stopped for good; `code` is why. The job face has been told once. */
void flow_assert_error(struct flow *flow, HRESULT code);
/* The same for the no-progress limit, with the cause behind it. */
void flow_assert_no_progress(struct flow *flow, HRESULT cause);
/* Neither the target nor anything else is in the test's folder. */
void flow_assert_folder_empty(struct flow *flow);

#endif
