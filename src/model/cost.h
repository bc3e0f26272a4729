#ifndef MODEL_COST_H
#define MODEL_COST_H

#include <stdbool.h>
#include <stdint.h>

/* What a network costs, as the system tells it (NLM_CONNECTION_COST), against what a client is
 * willing to use (BITS_JOB_TRANSFER_POLICY: a bit for each BITS_COST_STATE it accepts). */

#define COST_UNKNOWN 0u
#define COST_POLICY_ALWAYS 0x800000ffu

/* An unknown cost is accepted by every policy. */
bool cost_accepts(uint32_t policy, uint32_t network);

/* The policy that a DODownloadCostPolicy stands for. */
uint32_t cost_policy_of_download(uint32_t policy);

#endif
