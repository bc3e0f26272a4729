#include "model/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void the_documented_numbers_hold(void **state)
{
    const struct limits *limits_do = limits_of(DIALECT_DO);
    const struct limits *bits = limits_of(DIALECT_BITS);

    (void)state;
    assert_int_equal(256, limits_do->name_length);
    assert_int_equal(1024, limits_do->description_length);
    assert_int_equal(2200, limits_do->url_length);
    assert_int_equal(3600, limits_do->no_progress_foreground);
    assert_int_equal(86400, limits_do->no_progress_background);
    assert_int_equal(30, limits_do->retention_days);
    assert_int_equal(3, limits_do->notify_flags);
    assert_int_equal(14 * 86400, bits->no_progress_foreground);
    assert_int_equal(14 * 86400, bits->no_progress_background);
    assert_int_equal(600, bits->retry_delay);
    assert_int_equal(5, bits->retry_delay_min);
    assert_int_equal(90, bits->retention_days);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documented_numbers_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
