#include "unit.h"

#include "base/module.h"

static void objects_are_counted(void **state)
{
    (void)state;
    module_object_born();
    module_object_born();
    assert_int_equal(2, module_objects_live());
    module_object_died();
    module_object_died();
    assert_int_equal(0, module_objects_live());
}

static void an_unlock_too_many_hides_no_later_lock(void **state)
{
    (void)state;
    module_unlock_server();
    assert_int_equal(0, module_server_locks());
    module_lock_server();
    module_lock_server();
    assert_int_equal(2, module_server_locks());
    module_unlock_server();
    module_unlock_server();
    module_unlock_server();
    assert_int_equal(0, module_server_locks());
}

static void the_module_is_where_this_code_is(void **state)
{
    (void)state;
    assert_ptr_equal(GetModuleHandleW(NULL), module_handle());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(objects_are_counted),
        unit_case(an_unlock_too_many_hides_no_later_lock),
        unit_case(the_module_is_where_this_code_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
