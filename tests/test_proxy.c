/* Proxies: which entry of a list serves a URL, which hosts go direct, and what the environment
 * says. */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/mem.h"
#include "io/proxy.h"
#include "io/proxy_list.h"

static LONG blocks;

static void set_environment(const WCHAR *http, const WCHAR *https, const WCHAR *all,
                            const WCHAR *none)
{
    SetEnvironmentVariableW(L"http_proxy", http);
    SetEnvironmentVariableW(L"https_proxy", https);
    SetEnvironmentVariableW(L"all_proxy", all);
    SetEnvironmentVariableW(L"no_proxy", none);
}

static int setup(void **state)
{
    (void)state;
    fault_configure("");
    set_environment(NULL, NULL, NULL, NULL);
    blocks = mem_live_blocks();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fault_configure("");
    return mem_live_blocks() == blocks ? 0 : -1;
}

static void assert_proxy(const char *expected, enum proxy_usage usage, const WCHAR *list,
                         const WCHAR *bypass, const char *url)
{
    char unset[] = "unset";
    char *proxy = unset;

    assert_int_equal(S_OK, proxy_for_url(usage, list, bypass, url, &proxy));
    if (expected)
        assert_string_equal(expected, proxy);
    else
        assert_null(proxy);
    mem_free(proxy);
}

static void a_list_serves_by_scheme(void **state)
{
    static const WCHAR list[] = L"http=a:1; https=b:2";

    (void)state;
    assert_proxy("http://a:1", PROXY_LIST, list, NULL, "http://x.test/");
    assert_proxy("http://b:2", PROXY_LIST, list, NULL, "https://x.test/");
    assert_proxy("http://c:3", PROXY_LIST, L"ftp=a:1 c:3 d:4", NULL, "https://x.test/");
    assert_proxy("http://b:2", PROXY_LIST, L"c:3 https=b:2", NULL, "https://x.test/");
    assert_proxy("socks4a://s:5", PROXY_LIST, L"https=b:2;socks=s:5", NULL, "http://x.test/");
    assert_proxy(NULL, PROXY_LIST, L"https=b:2", NULL, "http://x.test/");
    assert_proxy(NULL, PROXY_LIST, L"", NULL, "http://x.test/");
    assert_proxy(NULL, PROXY_LIST, NULL, NULL, "http://x.test/");
    assert_proxy(NULL, PROXY_NONE, list, NULL, "http://x.test/");
}

static void an_entry_becomes_a_url(void **state)
{
    (void)state;
    assert_proxy("http://a:80", PROXY_LIST, L"a", NULL, "http://x.test/");
    assert_proxy("http://[::1]:80", PROXY_LIST, L"[::1]", NULL, "http://x.test/");
    assert_proxy("http://[::1]:3", PROXY_LIST, L"[::1]:3", NULL, "http://x.test/");
    assert_proxy("http://a:8080", PROXY_LIST, L"http://a:8080", NULL, "http://x.test/");
    assert_proxy("socks5://a:8080", PROXY_LIST, L"socks5://a:8080", NULL, "http://x.test/");
}

static void a_bypass_list_goes_direct(void **state)
{
    static const struct
    {
        const char *bypass;
        bool secure;
        const char *host;
        bool direct;
    } rows[] = {
        {"", false, "x.test", false},
        {"x.test", false, "x.test", true},
        {"X.Test", false, "x.tesT", true},
        {"x.test", false, "y.x.test", false},
        {"*.test", false, "x.test", true},
        {"*.test", false, "test", false},
        {"*x*t", false, "ax.best", true},
        {"a;b x.test", false, "x.test", true},
        {"10.*", false, "10.1.2.3:8080", true},
        {"<local>", false, "server", true},
        {"<local>", false, "server:81", true},
        {"<local>", false, "x.test", false},
        {"<local>", false, "[::1]", false},
        {"x.test:80", false, "x.test", true},
        {"x.test:81", false, "x.test", false},
        {"x.test:443", true, "x.test", true},
        {"http://x.test", true, "x.test", false},
        {"https://x.test", true, "x.test", true},
        {"*", false, "x.test", true},
    };
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        if (proxy_list_bypasses(rows[i].bypass, rows[i].secure, rows[i].host) != rows[i].direct)
            print_error("%s %s\n", rows[i].bypass, rows[i].host);
        assert_int_equal(rows[i].direct,
                         proxy_list_bypasses(rows[i].bypass, rows[i].secure, rows[i].host));
    }
    assert_proxy(NULL, PROXY_LIST, L"a:1", L"*.test", "http://x.test/");
    assert_proxy("http://a:1", PROXY_LIST, L"a:1", L"*.best", "http://x.test/");
}

static void no_proxy_names_domains(void **state)
{
    (void)state;
    assert_true(proxy_list_no_proxy("*", "x.test"));
    assert_true(proxy_list_no_proxy("a,x.test", "x.test"));
    assert_true(proxy_list_no_proxy("test", "x.test:8080"));
    assert_true(proxy_list_no_proxy(".x.test", "a.X.test"));
    assert_true(proxy_list_no_proxy("x.test:81", "x.test:81"));
    assert_false(proxy_list_no_proxy("x.test:81", "x.test"));
    assert_false(proxy_list_no_proxy("x.test", "ax.test"));
    assert_false(proxy_list_no_proxy("a.x.test", "x.test"));
    assert_false(proxy_list_no_proxy("", "x.test"));
}

static void the_environment_is_asked(void **state)
{
    (void)state;
    set_environment(L"http://a:1", NULL, L"c:3", L".direct.test");
    assert_proxy("http://a:1", PROXY_SYSTEM, NULL, NULL, "http://x.test/");
    assert_proxy("http://c:3", PROXY_SYSTEM, NULL, NULL, "https://x.test/");
    assert_proxy(NULL, PROXY_SYSTEM, NULL, NULL, "https://x.direct.test/");
    assert_proxy(NULL, PROXY_SYSTEM, NULL, NULL, "http://127.0.0.1:8080/");
    assert_proxy(NULL, PROXY_SYSTEM, NULL, NULL, "http://localhost/");
    set_environment(NULL, NULL, NULL, NULL);
    assert_proxy(NULL, PROXY_SYSTEM, NULL, NULL, "http://x.test/");
}

static void other_urls_are_refused(void **state)
{
    char *proxy = NULL;

    (void)state;
    assert_int_equal(E_INVALIDARG, proxy_for_url(PROXY_NONE, NULL, NULL, "ftp://x.test/", &proxy));
    assert_int_equal(E_INVALIDARG, proxy_for_url(PROXY_NONE, NULL, NULL, "x.test", &proxy));
    assert_null(proxy);
}

static void every_allocation_may_fail(void **state)
{
    static const char *const scripts[] = {"alloc=1", "alloc=2", "alloc=3"};
    char *proxy = NULL;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(scripts); i++)
    {
        fault_configure(scripts[i]);
        assert_int_equal(E_OUTOFMEMORY,
                         proxy_for_url(PROXY_LIST, L"a:1", L"b", "http://x.test/", &proxy));
        assert_null(proxy);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_list_serves_by_scheme),   TEST(an_entry_becomes_a_url),
        TEST(a_bypass_list_goes_direct), TEST(no_proxy_names_domains),
        TEST(the_environment_is_asked),  TEST(other_urls_are_refused),
        TEST(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
