/* What a job knows of its user: sealed while it rests, whole when it is revealed. */
#include "engine_unit.h"

#include <stdio.h>
#include <string.h>

static bool contains(const struct sealed *sealed, const void *bytes, size_t size)
{
    size_t i;

    for (i = 0; i + size <= sealed->size; i++)
        if (!memcmp(sealed->data + i, bytes, size))
            return true;
    return false;
}

static struct job *new_job(void)
{
    struct job *job;

    assert_int_equal(S_OK, engine_create_job(JOB_FACE_DO, L"job", &job));
    return job;
}

static void a_pair_comes_back_as_it_was(void **state)
{
    struct job *job = new_job();
    struct login login;

    (void)state;
    assert_int_equal(S_OK, engine_set_credentials(job, AUTH_PROXY, AUTH_DIGEST, L"d\\m\xe9", L""));
    assert_int_equal(AUTH_DIGEST, credentials_schemes(job, AUTH_PROXY));
    assert_int_equal(0, credentials_schemes(job, AUTH_SERVER));
    assert_int_equal(S_OK, credentials_reveal(job, AUTH_PROXY, AUTH_DIGEST, &login));
    assert_string_equal("d\\m\xc3\xa9", login.user);
    assert_string_equal("", login.password);
    credentials_wipe(&login);
    assert_int_equal(S_FALSE, credentials_reveal(job, AUTH_SERVER, AUTH_DIGEST, &login));
    assert_null(login.user);
    engine_unit_end(job);
}

static void this_processs_user_has_no_name(void **state)
{
    struct job *job = new_job();
    struct login login;

    (void)state;
    assert_int_equal(S_OK, engine_set_credentials(job, AUTH_SERVER, AUTH_NEGOTIATE, NULL, NULL));
    assert_int_equal(AUTH_NEGOTIATE, credentials_schemes(job, AUTH_SERVER));
    assert_int_equal(S_OK, credentials_reveal(job, AUTH_SERVER, AUTH_NEGOTIATE, &login));
    assert_null(login.user);
    assert_null(login.password);
    credentials_wipe(&login);
    engine_unit_end(job);
}

static void a_later_pair_replaces_the_first(void **state)
{
    struct job *job = new_job();
    struct login login;

    (void)state;
    assert_int_equal(S_OK, engine_set_credentials(job, AUTH_SERVER, AUTH_BASIC, L"a", L"1"));
    assert_int_equal(S_OK, engine_set_credentials(job, AUTH_SERVER, AUTH_BASIC, L"b", L"2"));
    assert_int_equal(S_OK, credentials_reveal(job, AUTH_SERVER, AUTH_BASIC, &login));
    assert_string_equal("b", login.user);
    assert_string_equal("2", login.password);
    credentials_wipe(&login);
    assert_int_equal(S_OK, engine_remove_credentials(job, AUTH_SERVER, AUTH_BASIC));
    assert_int_equal(S_FALSE, engine_remove_credentials(job, AUTH_SERVER, AUTH_BASIC));
    engine_unit_end(job);
}

static void nothing_is_kept_in_the_clear(void **state)
{
    struct job *job = new_job();
    const struct sealed *sealed = &job->credentials.pairs[AUTH_SERVER][0];

    (void)state;
    assert_int_equal(
        S_OK, engine_set_credentials(job, AUTH_SERVER, AUTH_BASIC, L"username", L"password"));
    assert_non_null(sealed->data);
    assert_false(contains(sealed, "username", 8));
    assert_false(contains(sealed, "password", 8));
    assert_false(contains(sealed, L"username", 16));
    assert_false(contains(sealed, L"password", 16));
    engine_unit_end(job);
}

/* A failure leaves the pair before in its place. */
static void every_allocation_may_fail(void **state)
{
    struct job *job = new_job();
    struct login login;
    HRESULT hr = E_OUTOFMEMORY;
    char script[32];
    int n;

    (void)state;
    assert_int_equal(S_OK, engine_set_credentials(job, AUTH_SERVER, AUTH_BASIC, L"a", L"1"));
    for (n = 1; hr == E_OUTOFMEMORY && n < 20; n++)
    {
        snprintf(script, sizeof(script), "alloc=%d", n);
        fault_configure(script);
        hr = engine_set_credentials(job, AUTH_SERVER, AUTH_BASIC, L"b", L"2");
        fault_configure(NULL);
    }
    assert_int_equal(S_OK, hr);
    assert_true(n > 3);
    for (n = 1, hr = E_OUTOFMEMORY; hr == E_OUTOFMEMORY && n < 20; n++)
    {
        snprintf(script, sizeof(script), "alloc=%d", n);
        fault_configure(script);
        hr = credentials_reveal(job, AUTH_SERVER, AUTH_BASIC, &login);
        fault_configure(NULL);
        credentials_wipe(&login);
    }
    assert_int_equal(S_OK, hr);
    engine_unit_end(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        engine_case(a_pair_comes_back_as_it_was),     engine_case(this_processs_user_has_no_name),
        engine_case(a_later_pair_replaces_the_first), engine_case(nothing_is_kept_in_the_clear),
        engine_case(every_allocation_may_fail),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
