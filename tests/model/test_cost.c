/* Which network a cost policy accepts. */
#include "model/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define UNRESTRICTED_POLICY 0x80000021u
#define STANDARD_POLICY 0x80000067u
#define NO_SURCHARGE_POLICY 0x8000006fu
#define NOT_ROAMING_POLICY 0x8000007fu

static void an_unknown_cost_is_always_accepted(void **state)
{
    (void)state;
    assert_true(cost_accepts(COST_POLICY_ALWAYS, COST_UNKNOWN));
    assert_true(cost_accepts(UNRESTRICTED_POLICY, COST_UNKNOWN));
    assert_true(cost_accepts(0, COST_UNKNOWN));
}

static void policies_accept_what_they_name(void **state)
{
    static const struct
    {
        uint32_t network;
        bool unrestricted, standard, no_surcharge, not_roaming;
    } cases[] = {
        {0x1, true, true, true, true},         /* unrestricted */
        {0x2, false, true, true, true},        /* fixed */
        {0x80002, false, false, true, true},   /* near its limit */
        {0x10002, false, false, false, true},  /* over it */
        {0x30002, true, true, true, true},     /* over it, slow but free */
        {0x4, false, true, true, true},        /* by use */
        {0x40002, false, false, false, false}, /* roaming */
        {0x40001, false, false, false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        assert_true(cost_accepts(COST_POLICY_ALWAYS, cases[i].network));
        assert_int_equal(cases[i].unrestricted,
                         cost_accepts(UNRESTRICTED_POLICY, cases[i].network));
        assert_int_equal(cases[i].standard, cost_accepts(STANDARD_POLICY, cases[i].network));
        assert_int_equal(cases[i].no_surcharge,
                         cost_accepts(NO_SURCHARGE_POLICY, cases[i].network));
        assert_int_equal(cases[i].not_roaming, cost_accepts(NOT_ROAMING_POLICY, cases[i].network));
    }
}

static void a_downloads_policies_are_those_of_a_job(void **state)
{
    (void)state;
    assert_int_equal(COST_POLICY_ALWAYS, cost_policy_of_download(0));
    assert_int_equal(UNRESTRICTED_POLICY, cost_policy_of_download(1));
    assert_int_equal(STANDARD_POLICY, cost_policy_of_download(2));
    assert_int_equal(NOT_ROAMING_POLICY, cost_policy_of_download(3));
    assert_int_equal(NO_SURCHARGE_POLICY, cost_policy_of_download(4));
    assert_int_equal(COST_POLICY_ALWAYS, cost_policy_of_download(5));
    assert_int_equal(COST_POLICY_ALWAYS, cost_policy_of_download(6));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_cost_is_always_accepted),
        cmocka_unit_test(policies_accept_what_they_name),
        cmocka_unit_test(a_downloads_policies_are_those_of_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
