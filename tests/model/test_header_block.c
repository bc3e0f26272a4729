#include "model/header_block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void lines_may_end_either_way(void **state)
{
    (void)state;
    assert_true(header_block_is_valid(""));
    assert_true(header_block_is_valid("A: b"));
    assert_true(header_block_is_valid("A: b\n"));
    assert_true(header_block_is_valid("A: b\r\nC:d\nE:"));
    assert_false(header_block_is_valid("Authorization: Bearer a.b-c\r\nX-\xc3\xa9: no\r\n"));
    assert_true(header_block_is_valid("X: \xc3\xa9\t.\r\n"));
}

static void nothing_is_smuggled(void **state)
{
    static const char *const bad[] = {
        "A",          "A\n",        ": b",      " A: b",   "A : b",      "A: b\n\nC: d",
        "A: b\rC: d", "A: b\r\r\n", "A: b\x01", "A: \x7f", "A: b\n\r\n", "A: b\n folded",
        "\r\n",       "\n",         "A: b\r",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (header_block_is_valid(bad[i]))
            fail_msg("accepted: row %u", (unsigned)i);
}

static void what_the_transfer_depends_on_is_refused(void **state)
{
    (void)state;
    assert_false(header_block_is_valid("Host: a"));
    assert_false(header_block_is_valid("A: b\r\nrAnGe: bytes=0-1"));
    assert_false(header_block_is_valid("If-Range: \"a\""));
    assert_false(header_block_is_valid("Transfer-Encoding: chunked"));
    assert_false(header_block_is_valid("Content-Length: 3"));
    assert_false(header_block_is_valid("connection: close"));
    assert_true(header_block_is_valid("Ranges: a\nHosts: b"));
}

static void lines_come_one_by_one(void **state)
{
    const char *cursor = "Name:  a value \r\nB:\n";
    struct header_line line;

    (void)state;
    assert_true(header_block_next(&cursor, &line));
    assert_int_equal(4, line.name_length);
    assert_int_equal(7, line.value_length);
    assert_memory_equal("a value", line.value, 7);
    assert_int_equal(strlen("Name:  a value "), line.length);
    assert_true(header_block_next(&cursor, &line));
    assert_int_equal(0, line.value_length);
    assert_false(header_block_next(&cursor, &line));
    assert_int_equal(0, *cursor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_may_end_either_way),
        cmocka_unit_test(nothing_is_smuggled),
        cmocka_unit_test(what_the_transfer_depends_on_is_refused),
        cmocka_unit_test(lines_come_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
