/* Digest authentication: the published examples, and challenges that are none of ours. */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/mem.h"
#include "io/digest_auth.h"

static LONG blocks;

static int setup(void **state)
{
    (void)state;
    fault_configure("");
    blocks = mem_live_blocks();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fault_configure("");
    return mem_live_blocks() == blocks ? 0 : -1;
}

static const struct digest_request rfc7616 = {
    .user = "Mufasa",
    .password = "Circle of Life",
    .method = "GET",
    .uri = "/dir/index.html",
    .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

#define RFC7616_HEAD(algorithm)                                                                    \
    "WWW-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", "           \
    "algorithm=" algorithm ", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "            \
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n"

static void assert_answer(const char *part, const char *head, const struct digest_request *request)
{
    char *header = NULL;

    assert_int_equal(S_OK, digest_auth_answer(head, request, &header));
    assert_memory_equal("Authorization: Digest ", header, 22);
    if (!strstr(header, part))
        print_error("%s\n", header);
    assert_non_null(strstr(header, part));
    mem_free(header);
}

static void answers_are_the_published_ones(void **state)
{
    const struct digest_request rfc2617 = {.user = "Mufasa",
                                           .password = "Circle Of Life",
                                           .method = "GET",
                                           .uri = "/dir/index.html",
                                           .cnonce = "0a4f113b"};

    (void)state;
    assert_answer("response=\"8ca523f5e9506fed4657c9700eebdbec\"",
                  "HTTP/1.1 401 No\r\n" RFC7616_HEAD("MD5") "\r\n", &rfc7616);
    assert_answer("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"",
                  "HTTP/1.1 401 No\r\n" RFC7616_HEAD("SHA-256") "\r\n", &rfc7616);
    assert_answer("response=\"6629fae49393a05397450978507c4ef1\"",
                  "HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=\"x\", "
                  "Digest realm=\"testrealm@host.com\",qop=auth,"
                  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"\r\n\r\n",
                  &rfc2617);
    /* without qop: the form of RFC 2069 */
    assert_answer("response=\"670fd8c2df070c60b045671b8b24ff02\"",
                  "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"testrealm@host.com\", "
                  "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"\r\n\r\n",
                  &rfc2617);
}

static void the_first_known_algorithm_is_taken(void **state)
{
    (void)state;
    assert_answer("algorithm=SHA-256,",
                  "HTTP/1.1 401 No\r\n" RFC7616_HEAD("SHA-512-256") RFC7616_HEAD("SHA-256")
                      RFC7616_HEAD("MD5") "\r\n",
                  &rfc7616);
}

static void a_user_is_quoted_and_a_cnonce_made(void **state)
{
    struct digest_request request = rfc7616;

    (void)state;
    request.user = "a\"b\\c";
    request.cnonce = NULL;
    assert_answer("username=\"a\\\"b\\\\c\"", "HTTP/1.1 401 No\r\n" RFC7616_HEAD("MD5") "\r\n",
                  &request);
    assert_answer("nc=00000001, cnonce=\"", "HTTP/1.1 401 No\r\n" RFC7616_HEAD("MD5") "\r\n",
                  &request);
}

static void other_challenges_are_left(void **state)
{
    static const char *const heads[] = {
        "HTTP/1.1 401 No\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"Digest x\"\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\"\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\\",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest nonce=a, qop=\"auth-int\"\r\n\r\n",
        "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest nonce=a, algorithm=token\r\n\r\n",
        "HTTP/1.1 401 No\r\nX: Digest nonce=a\r\n\r\n",
    };
    char *header = NULL;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(heads); i++)
        assert_int_equal(S_FALSE, digest_auth_answer(heads[i], &rfc7616, &header));
    assert_null(header);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(answers_are_the_published_ones),
        TEST(the_first_known_algorithm_is_taken),
        TEST(a_user_is_quoted_and_a_cnonce_made),
        TEST(other_challenges_are_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
