#include "model/challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEAD(lines) "HTTP/1.1 401 Unauthorized\r\nDate: today\r\n" lines "\r\n"

static void a_head_without_a_challenge_offers_nothing(void **state)
{
    (void)state;
    assert_int_equal(0, challenge_schemes("", false));
    assert_int_equal(0, challenge_schemes(HEAD(""), false));
    assert_int_equal(0, challenge_schemes(HEAD("WWW-Authenticate:\r\n"), false));
    assert_int_equal(0, challenge_schemes(HEAD("WWW-Authenticate: Bearer a=\"b\"\r\n"), false));
}

static void each_scheme_is_known_in_any_case(void **state)
{
    (void)state;
    assert_int_equal(AUTH_BASIC, challenge_schemes(HEAD("www-authenticate:basic\r\n"), false));
    assert_int_equal(AUTH_DIGEST,
                     challenge_schemes(HEAD("WWW-Authenticate: DIGEST nonce=1\r\n"), false));
    assert_int_equal(AUTH_NTLM,
                     challenge_schemes(HEAD("WWW-Authenticate: NTLM TlRM==\r\n"), false));
    assert_int_equal(AUTH_NEGOTIATE,
                     challenge_schemes(HEAD("WWW-Authenticate: Negotiate\r\n"), false));
    assert_int_equal(0, challenge_schemes(HEAD("WWW-Authenticate: Basically\r\n"), false));
}

static void several_stand_in_one_line_or_in_many(void **state)
{
    (void)state;
    assert_int_equal(
        AUTH_DIGEST | AUTH_BASIC,
        challenge_schemes(HEAD("WWW-Authenticate: Digest realm=\"a, NTLM\", qop=\"auth\", "
                               "Basic realm=\"\\\", Negotiate\"\r\n"),
                          false));
    assert_int_equal(AUTH_NEGOTIATE | AUTH_NTLM,
                     challenge_schemes(HEAD("WWW-Authenticate: Negotiate\r\n"
                                            "WWW-Authenticate: NTLM\r\n"),
                                       false));
}

static void a_parameter_is_no_scheme(void **state)
{
    (void)state;
    assert_int_equal(
        AUTH_BASIC,
        challenge_schemes(HEAD("WWW-Authenticate: Basic a=b, ntlm=1, digest = 2\r\n"), false));
}

static void server_and_proxy_are_told_apart(void **state)
{
    static const char head[] = HEAD("WWW-Authenticate: Basic\r\nProxy-Authenticate: Digest\r\n");

    (void)state;
    assert_int_equal(AUTH_BASIC, challenge_schemes(head, false));
    assert_int_equal(AUTH_DIGEST, challenge_schemes(head, true));
}

static void unfinished_lines_do_no_harm(void **state)
{
    (void)state;
    assert_int_equal(AUTH_BASIC, challenge_schemes("x\nWWW-Authenticate: Basic r=\"", false));
    assert_int_equal(AUTH_BASIC, challenge_schemes("x\nWWW-Authenticate: Basic r=\"\\", false));
    assert_int_equal(0, challenge_schemes("x\nWWW-Authenticate: ,,", false));
    assert_int_equal(0, challenge_schemes("x\nWWW-Auth", false));
}

static void the_strongest_is_negotiate(void **state)
{
    (void)state;
    assert_int_equal(0, challenge_strongest(0));
    assert_int_equal(AUTH_BASIC, challenge_strongest(AUTH_BASIC));
    assert_int_equal(AUTH_NTLM, challenge_strongest(AUTH_BASIC | AUTH_NTLM | AUTH_DIGEST));
    assert_int_equal(AUTH_NEGOTIATE, challenge_strongest(0xf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_without_a_challenge_offers_nothing),
        cmocka_unit_test(each_scheme_is_known_in_any_case),
        cmocka_unit_test(several_stand_in_one_line_or_in_many),
        cmocka_unit_test(a_parameter_is_no_scheme),
        cmocka_unit_test(server_and_proxy_are_told_apart),
        cmocka_unit_test(unfinished_lines_do_no_harm),
        cmocka_unit_test(the_strongest_is_negotiate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
