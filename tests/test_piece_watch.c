/* Pieces held against bytes as they come. */
#include "unit.h"

#include "core/piece_watch.h"

#include <stdlib.h>
#include <string.h>

#define PIECE 1000
#define SIZE 3500 /* three pieces and a shorter one */
#define COUNT 4

static BYTE content[SIZE];
static BYTE digests[COUNT][DIGEST_SIZE];
static struct pieces pieces = {.length = SIZE, .size = PIECE, .count = COUNT, .digests = digests};

static void digest_of(const BYTE *bytes, size_t size, BYTE value[DIGEST_SIZE])
{
    struct digest *digest;

    assert_hr(S_OK, digest_open(&digest));
    assert_hr(S_OK, digest_update(digest, bytes, size));
    assert_hr(S_OK, digest_finish(digest, value));
    digest_close(digest);
}

static void open_watch(struct piece_watch *watch)
{
    size_t i;

    content_fill(1, 0, content, SIZE);
    for (i = 0; i < COUNT; i++)
        digest_of(content + i * PIECE, MIN(PIECE, SIZE - i * PIECE), digests[i]);
    memset(watch, 0, sizeof(*watch));
    assert_hr(S_OK, piece_watch_open(watch, &pieces));
}

/* So many bytes at a time. */
static void show(struct piece_watch *watch, const BYTE *bytes, size_t size, size_t step)
{
    size_t at;

    for (at = 0; at < size; at += step)
        watch->watcher.see(&watch->watcher, bytes + at, MIN(step, size - at));
}

static void good_pieces_are_found_however_the_bytes_come(void **state)
{
    static const size_t steps[] = {1, 7, 999, 1000, 1001, 2500, SIZE};
    struct piece_watch watch;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(steps); i++)
    {
        open_watch(&watch);
        show(&watch, content, SIZE, steps[i]);
        assert_int_equal(COUNT, piece_watch_good(&watch, SIZE));
        piece_watch_close(&watch);
    }
}

static void it_stops_at_the_first_bad_piece(void **state)
{
    struct piece_watch watch;
    size_t bad;

    (void)state;
    for (bad = 0; bad < COUNT; bad++)
    {
        open_watch(&watch);
        content[bad * PIECE + 10] ^= 1;
        show(&watch, content, SIZE, 300);
        assert_int_equal(bad, piece_watch_good(&watch, SIZE));
        piece_watch_close(&watch);
    }
}

static void what_was_not_all_seen_is_not_known(void **state)
{
    struct piece_watch watch = {0};

    (void)state;
    assert_int_equal(0, piece_watch_good(&watch, 0)); /* never opened */
    open_watch(&watch);
    assert_int_equal(0, piece_watch_good(&watch, SIZE));
    show(&watch, content, SIZE - 1, 300);
    assert_int_equal(0, piece_watch_good(&watch, SIZE));
    piece_watch_close(&watch);
}

static void it_begins_anew(void **state)
{
    struct piece_watch watch;

    (void)state;
    open_watch(&watch);
    content[10] ^= 1;
    show(&watch, content, 1700, 300);
    content[10] ^= 1;
    watch.watcher.see(&watch.watcher, NULL, 0);
    show(&watch, content, SIZE, 300);
    assert_int_equal(COUNT, piece_watch_good(&watch, SIZE));
    piece_watch_close(&watch);
}

static void more_bytes_than_the_pieces_have_are_no_harm(void **state)
{
    struct piece_watch watch;
    BYTE longer[SIZE + PIECE];

    (void)state;
    open_watch(&watch);
    content_fill(1, 0, longer, sizeof(longer));
    show(&watch, longer, sizeof(longer), 700);
    assert_true(piece_watch_good(&watch, sizeof(longer)) < COUNT);
    piece_watch_close(&watch);
}

static void one_piece_may_be_all_of_a_file(void **state)
{
    struct piece_watch watch = {0};
    BYTE value[DIGEST_SIZE];
    struct pieces whole;

    (void)state;
    content_fill(1, 0, content, SIZE);
    digest_of(content, SIZE, value);
    assert_hr(S_OK, pieces_of_file(value, &whole));
    assert_hr(S_OK, piece_watch_open(&watch, &whole));
    show(&watch, content, SIZE, 800);
    assert_int_equal(1, piece_watch_good(&watch, SIZE));
    piece_watch_close(&watch);
    pieces_cleanup(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(good_pieces_are_found_however_the_bytes_come),
        unit_case(it_stops_at_the_first_bad_piece),
        unit_case(what_was_not_all_seen_is_not_known),
        unit_case(it_begins_anew),
        unit_case(more_bytes_than_the_pieces_have_are_no_harm),
        unit_case(one_piece_may_be_all_of_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
