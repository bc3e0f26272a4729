/*
 * The process that is killed: a client that wants some files, and goes on wherever an earlier one
 * of its kind was ended.
 */
#ifndef CRASH_WORKER_H
#define CRASH_WORKER_H

#include "base/platform.h"

#include <stdint.h>

/* How much faster time runs in the DLL of a CRASH_PARTS round: it is to become several connections
 * before it is over. */
#define CRASH_PARTS_CLOCK 20

/* How the files are asked for. */
enum crash_face
{
    CRASH_DO,       /* one job of Delivery Optimization */
    CRASH_BITS,     /* one job of BITS */
    CRASH_DOWNLOAD, /* a download each */
    CRASH_PARTS,    /* as CRASH_DO, in the foreground: the first file over several connections */
    CRASH_FACES
};

#define CRASH_FILES 3

struct crash_task
{
    enum crash_face face;
    unsigned int round; /* part of the server's paths and of all names */
};

uint64_t crash_file_size(unsigned int index);
uint32_t crash_file_seed(const struct crash_task *task, unsigned int index);

/* Exit codes of the worker. */
enum
{
    CRASH_DONE = 0,
    CRASH_LOST = 3,   /* a job that was made is not there, and its files are not either */
    CRASH_FAILED = 4, /* a call or a download failed: the output says which */
    CRASH_LEFT = 5    /* something is still in the queue at the end */
};

typedef HRESULT (*crash_create)(REFCLSID clsid, REFIID iid, void **object);

/* main() of the child. The environment says which task (crash_offer); `create` makes COM objects.
 */
int crash_work(crash_create create);

/* Puts the task into the environment of children: `base` is the server's URL without a path. */
void crash_offer(const struct crash_task *task, const wchar_t *base, const wchar_t *folder);

#endif
