/* What GetProgress tells: the sums of a job's files, kept while the files change. */
#include "unit.h"

#include "core/job.h"
#include "core/lock.h"

#define UNKNOWN UINT64_MAX

static int setup(void **state)
{
    static const GUID id = {1, 2, 3, {4}};
    struct job *job;

    unit_setup(state);
    assert_int_equal(S_OK, job_make(JOB_FACE_DO, &id, &job));
    *state = job;
    return 0;
}

static int teardown(void **state)
{
    struct job *job = *state;

    assert_true(tally_is_right_locked(job));
    job_release(job);
    return unit_teardown(state);
}

/* A file that is among the job's, and not counted yet. */
static struct file *link_file(struct job *job, UINT64 total)
{
    struct file **grown, *file;

    assert_int_equal(S_OK, file_make(job, &file));
    file->total = total;
    lock_take(&engine_lock);
    grown = mem_array_grow(job->files, &job->file_capacity, job->file_count + 1, sizeof(*grown));
    assert_non_null(grown);
    job->files = grown;
    job_link_file_locked(job, file);
    lock_drop(&engine_lock);
    return file;
}

static void tell(struct file *file)
{
    lock_take(&engine_lock);
    tally_file_locked(file);
    lock_drop(&engine_lock);
}

static struct file *add_file(struct job *job, UINT64 total)
{
    struct file *file = link_file(job, total);

    tell(file);
    return file;
}

static void set_total(struct file *file, UINT64 total)
{
    file->total = total;
    tell(file);
}

static void set_received(struct file *file, UINT64 received)
{
    file->received = received;
    tell(file);
}

static void set_phase(struct file *file, enum file_phase phase)
{
    file->phase = phase;
    tell(file);
}

static void assert_progress(struct job *job, UINT64 total, UINT64 transferred, ULONG files,
                            ULONG files_done)
{
    struct job_progress progress;

    engine_job_progress(job, &progress);
    assert_int_equal(total, progress.bytes_total);
    assert_int_equal(transferred, progress.bytes_transferred);
    assert_int_equal(files, progress.files_total);
    assert_int_equal(files_done, progress.files_transferred);
}

/* ---- sums ---- */

static void a_job_without_files_has_nothing(void **state)
{
    struct job *job = *state;

    assert_progress(job, 0, 0, 0, 0);
    lock_take(&engine_lock);
    tally_files_locked(job, 0);
    lock_drop(&engine_lock);
    assert_progress(job, 0, 0, 0, 0);
}

static void what_files_have_adds_up(void **state)
{
    struct job *job = *state;
    struct file *a = add_file(job, 100), *b = add_file(job, 20);

    assert_progress(job, 120, 0, 2, 0);
    set_received(a, 7);
    set_received(b, 20);
    assert_progress(job, 120, 27, 2, 0);
    set_received(a, 3);
    assert_progress(job, 120, 23, 2, 0);
    set_total(a, 50);
    assert_progress(job, 70, 23, 2, 0);
}

static void one_unknown_length_makes_the_sum_unknown(void **state)
{
    struct job *job = *state;
    struct file *a = add_file(job, UNKNOWN), *b = add_file(job, UNKNOWN);

    add_file(job, 5);
    assert_progress(job, UNKNOWN, 0, 3, 0);
    set_total(a, 1);
    assert_progress(job, UNKNOWN, 0, 3, 0);
    set_total(b, 0);
    assert_progress(job, 6, 0, 3, 0);
    set_total(b, UNKNOWN);
    assert_progress(job, UNKNOWN, 0, 3, 0);
}

static void lengths_beyond_64_bits_are_unknown_until_they_are_not(void **state)
{
    struct job *job = *state;
    struct file *a = add_file(job, UINT64_MAX - 1), *b = add_file(job, 0), *c, *d;

    assert_progress(job, UINT64_MAX - 1, 0, 2, 0);
    set_total(b, 1);
    assert_progress(job, UNKNOWN, 0, 2, 0);
    set_total(b, 2);
    assert_progress(job, UNKNOWN, 0, 2, 0);
    c = add_file(job, UINT64_MAX - 1);
    d = add_file(job, UINT64_MAX - 1);
    assert_progress(job, UNKNOWN, 0, 4, 0);
    set_total(a, 10);
    set_total(c, 10);
    assert_progress(job, UNKNOWN, 0, 4, 0);
    set_total(d, 10);
    assert_progress(job, 32, 0, 4, 0);
}

static void files_are_done_and_no_longer_done(void **state)
{
    struct job *job = *state;
    struct file *a = add_file(job, 4), *b = add_file(job, 5);

    set_phase(a, FILE_RUNNING);
    set_phase(b, FILE_STORING);
    assert_progress(job, 9, 0, 2, 0);
    set_phase(a, FILE_DONE);
    assert_progress(job, 9, 0, 2, 1);
    set_phase(b, FILE_DONE);
    assert_progress(job, 9, 0, 2, 2);
    set_phase(a, FILE_WAITING);
    assert_progress(job, 9, 0, 2, 1);
}

static void an_emptied_file_counts_with_what_is_asked_of_it(void **state)
{
    struct job *job = *state;
    struct file *file = add_file(job, 4);

    set_received(file, 3);
    set_phase(file, FILE_DONE);
    assert_progress(job, 4, 3, 1, 1);
    lock_take(&engine_lock);
    file->phase = FILE_WAITING;
    file_empty_locked(file);
    lock_drop(&engine_lock);
    assert_progress(job, UNKNOWN, 0, 1, 0);
}

static void nothing_new_is_not_told_again(void **state)
{
    struct job *job = *state;
    struct file *file = add_file(job, 4);
    unsigned int version = job->tally.version;

    tell(file);
    lock_take(&engine_lock);
    tally_files_locked(job, 0);
    lock_drop(&engine_lock);
    assert_int_equal(version, job->tally.version);
    assert_progress(job, 4, 0, 1, 0);
    set_received(file, 1);
    assert_int_not_equal(version, job->tally.version);
}

static void a_file_that_is_not_the_jobs_yet_does_not_count(void **state)
{
    struct job *job = *state;
    struct file *file;

    add_file(job, 4);
    assert_int_equal(S_OK, file_make(job, &file));
    set_total(file, 9);
    set_received(file, 8);
    assert_progress(job, 4, 0, 1, 0);
    file_free(file);
}

static void files_that_come_together_are_told_together(void **state)
{
    struct job *job = *state;

    add_file(job, 1);
    link_file(job, 2);
    link_file(job, 3);
    assert_progress(job, 1, 0, 1, 0);
    lock_take(&engine_lock);
    tally_files_locked(job, 1);
    lock_drop(&engine_lock);
    assert_progress(job, 6, 0, 3, 0);
}

static void what_was_forgotten_is_found(void **state)
{
    struct job *job = *state;
    struct file *file = add_file(job, 4), *other = add_file(job, 5);

    assert_true(tally_is_right_locked(job));
    file->received++;
    assert_false(tally_is_right_locked(job));
    file->received--;
    file->total++;
    assert_false(tally_is_right_locked(job));
    file->total = UNKNOWN;
    assert_false(tally_is_right_locked(job));
    file->total = 4;
    other->phase = FILE_DONE;
    assert_false(tally_is_right_locked(job));
    other->phase = FILE_WAITING;
    assert_true(tally_is_right_locked(job));
    other = link_file(job, 0);
    assert_false(tally_is_right_locked(job));
    tell(other);
}

/* ---- any changes ---- */

static UINT64 draw(UINT64 *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static UINT64 draw_length(UINT64 *seed)
{
    static const UINT64 lengths[] = {0, 1, 1u << 20, 1ull << 63, UINT64_MAX - 1};

    return lengths[draw(seed) % ARRAY_SIZE(lengths)];
}

/* One file after the other, with no memory of what was. */
static struct job_progress add_up(const struct job *job)
{
    struct job_progress sums = {.files_total = (ULONG)job->file_count};
    size_t i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        sums.bytes_transferred += file->received;
        sums.files_transferred += file->phase == FILE_DONE;
        if (file->total >= UINT64_MAX - sums.bytes_total)
            sums.bytes_total = UINT64_MAX;
        else
            sums.bytes_total += file->total;
    }
    return sums;
}

static void any_changes_give_what_adding_up_gives(void **state)
{
    struct job *job = *state;
    struct job_progress sums;
    struct file *file;
    UINT64 seed = 7;
    int i;

    for (i = 0; i < 20000; i++)
    {
        if (job->file_count < 4 || i % 1000 == 0)
            add_file(job, draw_length(&seed));
        file = job->files[draw(&seed) % job->file_count];
        /* mostly small and known, or the sum would hardly ever be told */
        file->total = draw(&seed) % 8 ? draw(&seed) % 1000 : draw_length(&seed);
        if (draw(&seed) % 16 == 0)
            file->total = UNKNOWN;
        file->received = draw(&seed) % 4 ? draw(&seed) : draw_length(&seed);
        file->phase = draw(&seed) % 2 ? FILE_DONE : FILE_WAITING;
        tell(file);
        sums = add_up(job);
        assert_progress(job, sums.bytes_total, sums.bytes_transferred, sums.files_total,
                        sums.files_transferred);
        assert_true(tally_is_right_locked(job));
    }
}

/* ---- readers and writers ---- */

struct writer
{
    struct job *job;
    atomic_bool stop;
};

/* Step n: each of three files has n of 2n bytes, and is done where n is odd. */
static void write_steps(void *context)
{
    struct writer *writer = context;
    struct job *job = writer->job;
    UINT64 n;
    size_t i;

    for (n = 1; !writer->stop; n++)
    {
        lock_take(&engine_lock);
        for (i = 0; i < job->file_count; i++)
        {
            job->files[i]->received = n;
            job->files[i]->total = 2 * n;
            job->files[i]->phase = n % 2 ? FILE_DONE : FILE_WAITING;
        }
        tally_files_locked(job, 0);
        lock_drop(&engine_lock);
    }
}

static bool belong_together(const struct job_progress *progress)
{
    UINT64 n = progress->bytes_transferred / 3;

    return progress->bytes_transferred == 3 * n && progress->bytes_total == 6 * n &&
           progress->files_total == 3 && progress->files_transferred == (n % 2 ? 3u : 0u);
}

static void figures_belong_together(void **state)
{
    struct job *job = *state;
    struct writer writer = {.job = job};
    ULONGLONG deadline = GetTickCount64() + UNIT_LIMIT;
    struct job_progress progress, before = {0};
    unsigned int changes = 0;
    bool together = true, forward = true;
    HANDLE thread;
    int i;

    for (i = 0; i < 3; i++)
        add_file(job, 0);
    assert_int_equal(S_OK, thread_start("writer", write_steps, &writer, &thread));
    while (together && forward && changes < 100000 && GetTickCount64() < deadline)
    {
        engine_job_progress(job, &progress);
        together = belong_together(&progress);
        forward = progress.bytes_transferred >= before.bytes_transferred;
        changes += progress.bytes_transferred != before.bytes_transferred;
        before = progress;
    }
    writer.stop = true;
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, UNIT_LIMIT));
    handle_close(thread);
    assert_true(together);
    assert_true(forward);
    assert_true(changes > 100);
}

/* It lost its processor between two figures. */
struct stuck
{
    struct job *job;
    HANDLE begun;
};

static void get_stuck(void *context)
{
    struct stuck *stuck = context;
    struct tally *tally = &stuck->job->tally;

    lock_take(&engine_lock);
    tally->version++;
    tally->bytes_transferred = 1;
    SetEvent(stuck->begun);
    kit_pass(200);
    tally->bytes_transferred = 0;
    tally->version++;
    lock_drop(&engine_lock);
}

static void a_reader_waits_for_a_writer_that_is_stuck(void **state)
{
    struct job *job = *state;
    struct stuck stuck = {.job = job, .begun = handle_event(false, false)};
    HANDLE thread;

    add_file(job, 4);
    assert_int_equal(S_OK, thread_start("stuck", get_stuck, &stuck, &thread));
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(stuck.begun, UNIT_LIMIT));
    assert_progress(job, 4, 0, 1, 0);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, UNIT_LIMIT));
    handle_close(thread);
    handle_close(stuck.begun);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_job_without_files_has_nothing),
        CASE(what_files_have_adds_up),
        CASE(one_unknown_length_makes_the_sum_unknown),
        CASE(lengths_beyond_64_bits_are_unknown_until_they_are_not),
        CASE(files_are_done_and_no_longer_done),
        CASE(an_emptied_file_counts_with_what_is_asked_of_it),
        CASE(nothing_new_is_not_told_again),
        CASE(a_file_that_is_not_the_jobs_yet_does_not_count),
        CASE(files_that_come_together_are_told_together),
        CASE(what_was_forgotten_is_found),
        CASE(any_changes_give_what_adding_up_gives),
        CASE(figures_belong_together),
        CASE(a_reader_waits_for_a_writer_that_is_stuck),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
