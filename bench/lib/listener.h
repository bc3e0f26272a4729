#ifndef BENCH_LISTENER_H
#define BENCH_LISTENER_H

#include "base/platform.h"
#include "deliveryoptimization.h"

/* A callback that is told of files that arrived. Lives as long as the process. */
struct listener
{
    IBackgroundCopyCallback2 callback;
    void (*told)(struct listener *listener); /* on the callback's thread */
};

void listener_init(struct listener *listener, void (*told)(struct listener *listener));

#endif
