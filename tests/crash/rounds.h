/*
 * One round of a crash test: some files that a worker wants, ways to end it, and the proof that the
 * next one carries on.
 */
#ifndef CRASH_ROUNDS_H
#define CRASH_ROUNDS_H

#include "crash/worker.h"

#include "testkit/kit.h"

#define ROUND_LIMIT 90000 /* ms for one worker */

/* A fixture without a manager: this process keeps out of the queue, or it would carry on itself. */
int round_setup(void **state);

/* New files on the server, offered to workers. */
struct crash_task round_begin(struct kit *kit, enum crash_face face);
/* A worker on the task with these DOSVC_FAULTS (NULL: none). */
void round_start(struct kit_child *child, const struct kit *kit, const struct crash_task *task,
                 const wchar_t *faults);
/* A fresh worker finishes what the ended one began: asserts that no job is lost, the files are
 * identical, little was fetched twice and nothing is left behind. */
void round_finish(struct kit *kit, const struct crash_task *task);
/* Bytes: the most that was fetched twice of any one file so far. */
uint64_t round_fetched_twice(void);

/* Below limit; CRASH_SEED repeats the sequence. */
uint32_t round_random(uint32_t limit);
/* Of the environment. */
uint32_t round_number_from(const wchar_t *name, uint32_t otherwise);
bool round_is_slow(void); /* DOSVC_SLOW_TESTS is set */

#endif
