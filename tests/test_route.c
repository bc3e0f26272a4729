/* The way to a server: asked off the engine thread, remembered, and nobody has to wait for it. */
#include "core/route.h"

#include "core/job.h"
#include "core/runner.h"
#include "io/http.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

struct asker /* a transfer, as far as routes know */
{
    struct route_call call;
    unsigned int told;
    HRESULT hr;
    char proxy[64];
};

static struct
{
    struct runner runner;
    struct job *job;
    struct asker one, two;
} test;

static void found(struct route_call *call, HRESULT hr, const char *proxy)
{
    struct asker *asker = CONTAINER_OF(call, struct asker, call);

    asker->told++;
    asker->hr = hr;
    strcpy(asker->proxy, proxy ? proxy : "direct");
}

static int setup(void **state)
{
    if (unit_setup(state))
        return -1;
    memset(&test, 0, sizeof(test));
    test.one.call.found = test.two.call.found = found;
    SetEnvironmentVariableW(L"http_proxy", L"http://first:1");
    queue_init(&test.runner.inbox);
    return FAILED(http_open(&test.runner.http)) ||
                   FAILED(routes_open(&test.runner, &test.runner.routes)) ||
                   FAILED(job_create(JOB_FACE_DO, L"job", &test.job))
               ? -1
               : 0;
}

static int teardown(void **state)
{
    if (test.runner.routes)
        routes_close(test.runner.routes);
    http_close(test.runner.http);
    job_release(test.job);
    SetEnvironmentVariableW(L"http_proxy", NULL);
    return unit_teardown(state);
}

/* What the engine thread does with the answers; false: none came. */
static bool take_answers(void)
{
    struct queue_node *node = queue_pop_all(&test.runner.inbox, UNIT_LIMIT);
    bool any = node != NULL;

    while (node)
    {
        struct runner_op *op = CONTAINER_OF(node, struct runner_op, node);

        node = node->next;
        op->finish(op);
    }
    return any;
}

static void ask(struct asker *asker, const char *url)
{
    routes_find(test.runner.routes, test.job, url, &asker->call);
}

static void the_system_is_asked_once_an_origin(void **state)
{
    (void)state;
    ask(&test.one, "http://a.test/1");
    ask(&test.two, "http://a.test/2");
    assert_int_equal(0, test.one.told + test.two.told);
    assert_true(take_answers());
    assert_int_equal(1, test.one.told);
    assert_int_equal(1, test.two.told);
    assert_string_equal("http://first:1", test.one.proxy);
    assert_string_equal("http://first:1", test.two.proxy);
}

static void an_answer_is_remembered_for_its_origin(void **state)
{
    (void)state;
    ask(&test.one, "http://a.test/1");
    assert_true(take_answers());
    SetEnvironmentVariableW(L"http_proxy", L"http://second:2");
    ask(&test.one, "http://a.test/2");
    assert_int_equal(2, test.one.told);
    assert_string_equal("http://first:1", test.one.proxy);
    ask(&test.one, "http://a.test:8080/");
    assert_int_equal(2, test.one.told);
    assert_true(take_answers());
    assert_string_equal("http://second:2", test.one.proxy);
}

/* 60 s on the library's clock, which runs 1000 times faster here. */
static void an_answer_is_forgotten_after_a_minute(void **state)
{
    ULONGLONG start = GetTickCount64();

    (void)state;
    fault_configure("clock=1000");
    ask(&test.one, "http://a.test/1");
    assert_true(take_answers());
    SetEnvironmentVariableW(L"http_proxy", L"http://second:2");
    while (GetTickCount64() - start < 150)
        SwitchToThread();
    ask(&test.one, "http://a.test/1");
    assert_int_equal(1, test.one.told);
    assert_true(take_answers());
    assert_string_equal("http://second:2", test.one.proxy);
}

static void who_has_left_is_not_told(void **state)
{
    (void)state;
    ask(&test.one, "http://a.test/1");
    ask(&test.two, "http://a.test/1");
    route_cancel(&test.one.call);
    route_cancel(&test.one.call);
    assert_true(take_answers());
    assert_int_equal(0, test.one.told);
    assert_int_equal(1, test.two.told);
    route_cancel(&test.two.call);
}

static void an_end_with_a_question_open_loses_nothing(void **state)
{
    (void)state;
    ask(&test.one, "http://a.test/1");
    ask(&test.two, "http://b.test/1");
    route_cancel(&test.one.call);
    route_cancel(&test.two.call);
    routes_close(test.runner.routes);
    test.runner.routes = NULL;
}

static void what_needs_no_question_is_answered_at_once(void **state)
{
    (void)state;
    ask(&test.one, "http://127.0.0.1:81/");
    assert_string_equal("direct", test.one.proxy);
    test.job->numbers[JOB_PROXY_USAGE] = 1; /* none */
    ask(&test.one, "http://a.test/");
    assert_string_equal("direct", test.one.proxy);
    test.job->numbers[JOB_PROXY_USAGE] = 2; /* the client's list */
    test.job->texts[JOB_PROXY_LIST] = mem_wcsdup(L"p:3");
    test.job->texts[JOB_PROXY_BYPASS] = mem_wcsdup(L"b.test");
    ask(&test.one, "http://127.0.0.1:81/");
    assert_string_equal("http://p:3", test.one.proxy);
    ask(&test.one, "http://b.test/");
    assert_string_equal("direct", test.one.proxy);
    assert_int_equal(4, test.one.told);
}

static void every_allocation_may_fail(void **state)
{
    unsigned int asked = 0;
    char script[32];
    int n;

    (void)state;
    for (n = 1; n < 30 && (n == 1 || FAILED(test.one.hr)); n++)
    {
        snprintf(script, sizeof(script), "alloc=%d", n);
        fault_configure(script);
        ask(&test.one, "http://a.test/");
        if (test.one.told == asked)
            assert_true(take_answers());
        fault_configure(NULL);
        assert_int_equal(++asked, test.one.told);
        assert_true(test.one.hr == S_OK || test.one.hr == E_OUTOFMEMORY);
    }
    assert_true(n > 3);
    assert_int_equal(S_OK, test.one.hr);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_system_is_asked_once_an_origin),
        TEST(an_answer_is_remembered_for_its_origin),
        TEST(an_answer_is_forgotten_after_a_minute),
        TEST(who_has_left_is_not_told),
        TEST(an_end_with_a_question_open_loses_nothing),
        TEST(what_needs_no_question_is_answered_at_once),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
