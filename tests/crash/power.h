/*
 * A power cut, simulated in the process that it hits: what files and the database wrote, created or
 * renamed since they were last flushed is taken back, then the process ends where it stands.
 *
 * The layer lies between the library and the disk: the partfile functions are wrapped by the linker
 * (--wrap), and SQLite gets a file system (VFS) of ours. A rename that asks to be written through
 * counts as durable, and so does a name once its file was flushed, as a journaling file system has
 * it.
 */
#ifndef CRASH_POWER_H
#define CRASH_POWER_H

#define POWER_CUT_CODE 97 /* what the process ends with */

/* To be called before anything else: counts what reaches the disk from now on, and cuts the power
 * before the event of that number (from 1; 0: never). False: SQLite took no file system. */
int power_watch(unsigned int cut_at);

/* How many events there were. */
unsigned int power_events(void);

#endif
