#include "model/failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct failure_info info_of(enum failure kind, uint32_t status, uint32_t hr)
{
    const struct failure_info info = {kind, status, hr};

    return info;
}

static void each_dialect_has_its_own_codes(void **state)
{
    static const struct
    {
        enum failure kind;
        uint32_t code_do, code_bits;
    } pairs[] = {
        {FAILURE_NONE, 0, 0},
        {FAILURE_INVALID_STATE, 0x80D02013, 0x80200002},
        {FAILURE_EMPTY, 0x80D02004, 0x80200003},
        {FAILURE_NOT_FOUND, 0x80D02003, 0x80200001},
        {FAILURE_ERROR_INFORMATION_UNAVAILABLE, 0x80D02014, 0x8020000F},
        {FAILURE_FILE_NOT_AVAILABLE, 0x80D02010, 0x80200004},
        {FAILURE_INVALID_RANGE, 0x80D05010, 0x8020002B},
        {FAILURE_OVERLAPPING_RANGES, 0x80D05012, 0x8020002C},
        {FAILURE_NO_PROGRESS, 0x80D02002, 0x80200024},
        {FAILURE_INSUFFICIENT_RANGE, 0x80D05011, 0x80200013},
        {FAILURE_UNKNOWN_PROPERTY, 0x80D02011, 0x80200057},
        {FAILURE_READ_ONLY_PROPERTY, 0x80D02012, 0x80200058},
        {FAILURE_COST, 0x80D03801, 0x80200059},
        {FAILURE_REDIRECT_LOOP, 0x80190003, 0x80190003},
        {FAILURE_CONNECT, 0x80072EFD, 0x80072EFD},
        {FAILURE_RESOLVE, 0x80072EE7, 0x80072EE7},
        {FAILURE_CONNECTION_RESET, 0x80072EFF, 0x80072EFF},
        {FAILURE_TIMEOUT, 0x80072EE2, 0x80072EE2},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
    {
        assert_int_equal(pairs[i].code_do, failure_code_of(DIALECT_DO, pairs[i].kind));
        assert_int_equal(pairs[i].code_bits, failure_code_of(DIALECT_BITS, pairs[i].kind));
    }
}

static void a_failure_is_never_a_success(void **state)
{
    int kind, dialect;

    (void)state;
    for (kind = 1; kind < FAILURE_COUNT; kind++)
    {
        assert_true(strlen(failure_sentence((enum failure)kind)) > 10);
        for (dialect = 0; dialect < DIALECT_COUNT; dialect++)
        {
            uint32_t code = failure_code_of((enum dialect)dialect, (enum failure)kind);

            assert_true(code >> 31);
            if (dialect == DIALECT_BITS)
                assert_int_not_equal(0x80D0, code >> 16);
        }
    }
}

static void an_http_status_is_its_code(void **state)
{
    struct failure_info info = info_of(FAILURE_HTTP_STATUS, 404, 0);

    (void)state;
    assert_int_equal(0x80190194, failure_code(DIALECT_DO, &info));
    assert_int_equal(0x80190194, failure_code(DIALECT_BITS, &info));
    info.http_status = 416;
    assert_int_equal(0x801901A0, failure_code(DIALECT_DO, &info));
    info.http_status = 500;
    assert_int_equal(0x801901F4, failure_code(DIALECT_DO, &info));
    info.http_status = 0;
    assert_int_equal(0x80190001, failure_code(DIALECT_DO, &info));
}

static void only_kinds_with_a_cause_pass_it_on(void **state)
{
    struct failure_info disk_full = info_of(FAILURE_LOCAL_FILE, 0, 0x80070070);
    struct failure_info digest = info_of(FAILURE_DIGEST_MISMATCH, 0, 0x80D0681A);
    struct failure_info reset = info_of(FAILURE_CONNECTION_RESET, 0, 0x80070070);

    (void)state;
    assert_int_equal(0x80070070, failure_code(DIALECT_DO, &disk_full));
    assert_int_equal(0x80070070, failure_code(DIALECT_BITS, &disk_full));
    assert_int_equal(0x80D0681A, failure_code(DIALECT_DO, &digest));
    assert_int_equal(0x80200053, failure_code(DIALECT_BITS, &digest));
    assert_int_equal(0x80072EFF, failure_code(DIALECT_DO, &reset));
}

static void do_knows_two_contexts_and_bits_more(void **state)
{
    struct failure_info forbidden = info_of(FAILURE_HTTP_STATUS, 403, 0);
    struct failure_info missing = info_of(FAILURE_HTTP_STATUS, 404, 0);
    struct failure_info disk = info_of(FAILURE_LOCAL_FILE, 0, 0x80070005);
    struct failure_info connect = info_of(FAILURE_CONNECT, 0, 0);
    int kind;

    (void)state;
    assert_int_equal(5, failure_context(DIALECT_DO, &forbidden));
    assert_int_equal(5, failure_context(DIALECT_BITS, &forbidden));
    assert_int_equal(0, failure_context(DIALECT_DO, &missing));
    assert_int_equal(5, failure_context(DIALECT_BITS, &missing));
    assert_int_equal(4, failure_context(DIALECT_BITS, &disk));
    assert_int_equal(6, failure_context(DIALECT_BITS, &connect));
    for (kind = 0; kind < FAILURE_COUNT; kind++)
    {
        struct failure_info info = info_of((enum failure)kind, 0, 0);

        assert_int_equal(0, failure_context(DIALECT_DO, &info));
    }
}

static void statuses_that_pass_are_tried_again(void **state)
{
    static const uint32_t transient[] = {408, 421, 425, 429, 500, 502, 503, 504, 599};
    static const uint32_t fatal[] = {300, 400, 401, 403, 404, 407, 410, 416, 600};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(transient) / sizeof(transient[0]); i++)
    {
        struct failure_info info = info_of(FAILURE_HTTP_STATUS, transient[i], 0);

        assert_true(failure_is_transient(&info));
    }
    for (i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
    {
        struct failure_info info = info_of(FAILURE_HTTP_STATUS, fatal[i], 0);

        assert_false(failure_is_transient(&info));
    }
}

static void the_network_is_tried_again_and_the_disk_is_not(void **state)
{
    struct failure_info info = info_of(FAILURE_CONNECT, 0, 0);

    (void)state;
    assert_true(failure_is_transient(&info));
    info.kind = FAILURE_RESOLVE;
    assert_true(failure_is_transient(&info));
    info.kind = FAILURE_STALLED;
    assert_true(failure_is_transient(&info));
    info.kind = FAILURE_LOCAL_FILE;
    assert_false(failure_is_transient(&info));
    info.kind = FAILURE_TLS;
    assert_false(failure_is_transient(&info));
    info.kind = FAILURE_NO_PROGRESS;
    assert_false(failure_is_transient(&info));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_dialect_has_its_own_codes),
        cmocka_unit_test(a_failure_is_never_a_success),
        cmocka_unit_test(an_http_status_is_its_code),
        cmocka_unit_test(only_kinds_with_a_cause_pass_it_on),
        cmocka_unit_test(do_knows_two_contexts_and_bits_more),
        cmocka_unit_test(statuses_that_pass_are_tried_again),
        cmocka_unit_test(the_network_is_tried_again_and_the_disk_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
