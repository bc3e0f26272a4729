/* Which jobs the keeper is to look at: each once, in order, and passing states later. */
#include "unit.h"

#include "core/lock.h"
#include "core/notes.h"

struct scene
{
    struct job *first, *second;
};

static int setup(void **state)
{
    static struct scene scene;

    unit_setup(state);
    assert_int_equal(S_OK, job_create(JOB_FACE_DO, L"first", &scene.first));
    assert_int_equal(S_OK, job_create(JOB_FACE_DO, L"second", &scene.second));
    lock_take(&engine_lock);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    assert_null(notes_take_locked());
    lock_drop(&engine_lock);
    assert_int_equal(1, scene->first->refs);
    assert_int_equal(1, scene->second->refs);
    job_release(scene->first);
    job_release(scene->second);
    return unit_teardown(state);
}

/* The counts, which are taken with no lock held. */
static void assert_noted(size_t count, bool later)
{
    lock_drop(&engine_lock);
    assert_int_equal(count, notes_count());
    assert_int_equal(later, notes_wait());
    lock_take(&engine_lock);
}

/* The next one is this job, and its reference goes. */
static void assert_next(struct job *job)
{
    struct job *taken = notes_take_locked();

    assert_ptr_equal(job, taken);
    assert_int_equal(2, job->refs);
    assert_int_equal(NOTE_NONE, job->noted);
    job_release(taken);
}

static struct file *add_file(struct job *job)
{
    const struct file_spec spec = {
        .remote_name = L"http://localhost/a", .local_name = L"C:\\a", .size = UINT64_MAX};
    struct file *file = NULL;

    assert_int_equal(S_OK, file_create(job, &spec, &file));
    return file;
}

static void a_job_is_noted_once(void **state)
{
    struct scene *scene = *state;

    notes_keep_job_locked(scene->second);
    notes_keep_job_locked(scene->first);
    notes_keep_job_locked(scene->second);
    assert_noted(2, false);
    assert_next(scene->second);
    assert_noted(1, false);
    notes_keep_job_locked(scene->second); /* anew, behind the other one */
    assert_next(scene->first);
    assert_next(scene->second);
    assert_noted(0, false);
}

static void a_passing_state_waits(void **state)
{
    struct scene *scene = *state;

    notes_keep_show_locked(scene->first);
    notes_keep_show_locked(scene->first);
    notes_keep_job_locked(scene->second);
    assert_true(scene->first->dirty);
    assert_noted(1, true);
    assert_next(scene->second);
    assert_null(notes_take_locked());
    assert_false(scene->first->due);
    notes_hasten_locked();
    assert_true(scene->first->due);
    assert_false(scene->second->due);
    assert_noted(1, false);
    assert_next(scene->first);
}

static void what_is_urgent_takes_the_passing_state_along(void **state)
{
    struct scene *scene = *state;

    notes_keep_show_locked(scene->first);
    notes_keep_job_locked(scene->first);
    assert_noted(1, false);
    notes_keep_show_locked(scene->first);
    assert_noted(1, false);
    notes_hasten_locked(); /* nothing waits */
    assert_true(scene->first->dirty);
    assert_false(scene->first->due);
    assert_next(scene->first);
}

static void files_are_noted_in_order_and_once(void **state)
{
    struct scene *scene = *state;
    struct job *job = scene->first;
    struct file *one = add_file(job), *two = add_file(job);

    notes_keep_show_locked(job);
    notes_keep_file_locked(two);
    notes_keep_file_locked(one);
    notes_keep_file_locked(two);
    assert_noted(1, false);
    assert_ptr_equal(two, job->dirty_files);
    assert_ptr_equal(one, two->next_dirty);
    assert_null(one->next_dirty);
    assert_true(one->dirty && two->dirty);
    assert_next(job);
    job->dirty_files = NULL;
    file_free(one);
    file_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_job_is_noted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_passing_state_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_urgent_takes_the_passing_state_along, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(files_are_noted_in_order_and_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
