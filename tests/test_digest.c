/* SHA-256: published values, in one piece and in many, and both ways of writing them. */
#include "base/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fault.h"
#include "base/mem.h"
#include "io/digest.h"

static const char abc_hex[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char abc_base64[] = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
static const char empty_hex[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char million_hex[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static LONG blocks;

static int setup(void **state)
{
    fault_configure("");
    blocks = mem_live_blocks();
    return digest_open((struct digest **)state);
}

static int teardown(void **state)
{
    digest_close(*state);
    return mem_live_blocks() == blocks ? 0 : -1;
}

static void assert_value(const char *hex, struct digest *digest)
{
    BYTE value[DIGEST_SIZE];
    char text[DIGEST_HEX_SIZE];

    assert_int_equal(S_OK, digest_finish(digest, value));
    digest_to_hex(value, text);
    assert_string_equal(hex, text);
}

static void values_are_the_published_ones(void **state)
{
    char many[1000];
    int i;

    assert_value(empty_hex, *state);
    assert_int_equal(S_OK, digest_update(*state, "a", 1));
    assert_int_equal(S_OK, digest_update(*state, NULL, 0));
    assert_int_equal(S_OK, digest_update(*state, "bc", 2));
    assert_value(abc_hex, *state);
    memset(many, 'a', sizeof(many));
    for (i = 0; i < 1000; i++)
        assert_int_equal(S_OK, digest_update(*state, many, sizeof(many)));
    assert_value(million_hex, *state);
}

static void text_is_read_back(void **state)
{
    static const char *const forms[] = {
        abc_hex,
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        abc_base64,
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
    };
    BYTE value[DIGEST_SIZE];
    char text[DIGEST_BASE64_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(forms); i++)
    {
        memset(value, 0, sizeof(value));
        assert_true(digest_from_text(forms[i], value));
        digest_to_base64(value, text);
        assert_string_equal(abc_base64, text);
    }
}

static void other_text_is_no_digest(void **state)
{
    static const char *const bad[] = {
        "",
        "ba7816bf",
        "xa7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0==",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", /* bits beyond the 256 */
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa!=",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIA====",
    };
    BYTE value[DIGEST_SIZE] = {1};
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(digest_from_text(bad[i], value));
    assert_int_equal(1, value[0]);
}

static void a_failed_allocation_is_told(void **state)
{
    struct digest *digest = NULL;

    (void)state;
    fault_configure("alloc=1");
    assert_int_equal(E_OUTOFMEMORY, digest_open(&digest));
    assert_null(digest);
    fault_configure("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(values_are_the_published_ones),
        TEST(text_is_read_back),
        TEST(other_text_is_no_digest),
        TEST(a_failed_allocation_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
