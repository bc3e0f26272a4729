#include "model/code_text_rows.h"
#include "model/failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct code_rows *const families[] = {&code_rows_do, &code_rows_bits, &code_rows_http,
                                                   &code_rows_net, &code_rows_windows};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

static void every_row_is_found_under_its_own_code(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < FAMILIES; i++)
        for (j = 0; j < families[i]->count; j++)
            if (code_text_find(families[i]->rows[j].code) != &families[i]->rows[j])
                fail_msg("%s is there twice", families[i]->rows[j].name);
}

static void every_sentence_is_one(void **state)
{
    size_t i, j;

    (void)state;
    for (i = 0; i < FAMILIES; i++)
        for (j = 0; j < families[i]->count; j++)
        {
            const struct code_text *row = &families[i]->rows[j];
            size_t length = strlen(row->sentence);

            if (length < 10 || row->sentence[length - 1] != '.' || row->sentence[0] < 'A' ||
                row->sentence[0] > 'Z' || strstr(row->sentence, "  "))
                fail_msg("%s: %s", row->name, row->sentence);
        }
}

static void every_http_error_has_a_text(void **state)
{
    uint32_t status;

    (void)state;
    for (status = 300; status < 600; status++)
        assert_non_null(code_text(0x80190000u | status));
    assert_null(code_text(0x80190000u | 600));
    assert_null(code_text(0x80190000u | 299));
    assert_string_equal("HTTP_E_STATUS_4XX", code_text_find(0x80190000u | 418)->name);
    assert_string_equal("HTTP_E_STATUS_NOT_FOUND", code_text_find(0x80190194u)->name);
}

static void every_failure_has_a_text_in_both_dialects(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < FAILURE_COUNT; kind++)
    {
        uint32_t code_do = failure_code_of(DIALECT_DO, (enum failure)kind);
        uint32_t code_bits = failure_code_of(DIALECT_BITS, (enum failure)kind);

        if (!code_text(code_do) || !code_text(code_bits))
            fail_msg("no text: failure %d, %08x %08x", kind, (unsigned)code_do,
                     (unsigned)code_bits);
    }
}

static void names_and_codes_belong_together(void **state)
{
    (void)state;
    assert_string_equal("DO_E_INVALID_STATE", code_text_find(0x80D02013u)->name);
    assert_string_equal("BG_S_PARTIAL_COMPLETE", code_text_find(0x00200017u)->name);
    assert_string_equal("BG_E_INVALID_RANGE", code_text_find(0x8020002Bu)->name);
    assert_string_equal("ERROR_WINHTTP_CANNOT_CONNECT", code_text_find(0x80072EFDu)->name);
    assert_string_equal("ERROR_DISK_FULL", code_text_find(0x80070070u)->name);
    assert_null(code_text_find(0xdeadbeefu));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_found_under_its_own_code),
        cmocka_unit_test(every_sentence_is_one),
        cmocka_unit_test(every_http_error_has_a_text),
        cmocka_unit_test(every_failure_has_a_text_in_both_dialects),
        cmocka_unit_test(names_and_codes_belong_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
