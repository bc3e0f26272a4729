#include "model/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void only_http_and_https_are_known(void **state)
{
    static const char *const good[] = {
        "http://a",
        "HTTPS://Example.COM:8443/x?y#z",
        "http://user:pass@host/",
        "http://[::1]:80/x",
        "http://h:/x",
        "http://127.0.0.1:1/%20",
        "https://xn--bcher-kva.example/",
        "http://h?q",
    };
    static const char *const bad[] = {
        "",
        "http:",
        "http:/a",
        "http://",
        "//host/x",
        "/x",
        "http://:80/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:8a/",
        "http://h /",
        "http://h/a b",
        "http://h/\n",
        "http://h/\x7f",
        "http://h\\x/",
        "http://[::1/",
        "http://[]/",
        "http://h:1:2/",
        "http://user@/",
        "http://<h>/",
    };
    static const char *const strange[] = {"ftp://h/x", "file:///c:/x", "javascript:alert(1)",
                                          "httpx://h/", "data:,x"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(good); i++)
        assert_int_equal(FAILURE_NONE, url_judge(good[i]));
    for (i = 0; i < COUNT(bad); i++)
        assert_int_equal(FAILURE_BAD_URL, url_judge(bad[i]));
    for (i = 0; i < COUNT(strange); i++)
        assert_int_equal(FAILURE_UNKNOWN_SCHEME, url_judge(strange[i]));
    assert_true(url_is_valid("http://abc", 10));
    assert_false(url_is_valid("http://abc", 9));
}

static void the_host_is_lower_case_without_the_usual_port(void **state)
{
    static const char *const rows[][2] = {
        {"http://Example.COM/x", "example.com"},
        {"http://u:p@h:80/", "h"},
        {"https://h:443", "h"},
        {"https://h:80", "h:80"},
        {"http://h:443", "h:443"},
        {"http://[FE80::1]:8080/", "[fe80::1]:8080"},
        {"http://h:/", "h"},
        {"http://a@b@c/", "c"},
    };
    char host[URL_HOST_SIZE], little[4] = "abc";
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
    {
        assert_true(url_host(rows[i][0], host, sizeof(host)));
        assert_string_equal(rows[i][1], host);
    }
    assert_false(url_host("http://long.example", little, sizeof(little)));
    assert_string_equal("abc", little);
    assert_false(url_host("ftp://h/", host, sizeof(host)));
}

static void an_origin_is_scheme_host_and_port(void **state)
{
    (void)state;
    assert_true(url_same_origin("http://h/a", "HTTP://H:80/b?c"));
    assert_true(url_same_origin("https://u:p@h/", "https://h:443/"));
    assert_false(url_same_origin("http://h/", "https://h/"));
    assert_false(url_same_origin("http://h/", "https://h:80/"));
    assert_false(url_same_origin("http://h/", "http://h:81/"));
    assert_false(url_same_origin("http://h/", "http://h.example/"));
    assert_false(url_same_origin("http://h/", "nonsense"));
    assert_true(url_is_secure("HTTPS://h/"));
    assert_false(url_is_secure("http://h/"));
}

/* RFC 3986 5.4, without the fragments */
static void references_resolve_as_the_standard_shows(void **state)
{
    static const char *const rows[][2] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"HTTPS://Other/x", "https://Other/x"},
        {"a b\xc3\xa9?c d", "http://a/b/c/a%20b%C3%A9?c%20d"},
    };
    char out[URL_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++)
    {
        assert_true(url_resolve("http://a/b/c/d;p?q#f", rows[i][0], out, sizeof(out)));
        assert_string_equal(rows[i][1], out);
    }
    assert_true(url_resolve("http://a", "g", out, sizeof(out)));
    assert_string_equal("http://a/g", out);
}

static void what_does_not_fit_is_refused(void **state)
{
    static char text[3 * URL_SIZE];
    char out[URL_SIZE] = "before";

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    assert_false(url_resolve("http://h/", text, out, sizeof(out)));
    assert_false(url_resolve("http://h/x/y", "../../../zzz", out, 12));
    assert_string_equal("before", out);
    text[0] = '/';
    assert_false(url_resolve("http://h/", text, out, sizeof(out)));
    memset(text, '/', sizeof(text) - 1);
    memcpy(text + URL_SIZE, "/../..", 6);
    assert_false(url_resolve("http://h/", text + 1, out, sizeof(out)));
}

static void nothing_secret_is_shown(void **state)
{
    char out[64], little[12];

    (void)state;
    url_redact("http://user:secret@h:81/p/q?token=secret#secret", out, sizeof(out));
    assert_string_equal("http://h:81/p/q", out);
    url_redact("user:secret@h", out, sizeof(out));
    assert_null(strstr(out, "secret"));
    url_redact("http://host/path", little, sizeof(little));
    assert_string_equal("http://host", little);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_http_and_https_are_known),
        cmocka_unit_test(the_host_is_lower_case_without_the_usual_port),
        cmocka_unit_test(an_origin_is_scheme_host_and_port),
        cmocka_unit_test(references_resolve_as_the_standard_shows),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(nothing_secret_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
