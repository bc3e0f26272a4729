/*
 * Whether the client of a job approves of a server's certificate. It is asked on a thread made for
 * the question, while no request of the transfer is under way; then the request is made again.
 */
#ifndef DOSVC_CORE_VERDICT_H
#define DOSVC_CORE_VERDICT_H

#include "core/job.h"

struct transfer;

/* Engine thread. Takes the certificate over. */
void verdict_ask(struct transfer *transfer, struct certificate *certificate);

#endif
