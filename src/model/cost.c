#include "model/cost.h"

/* NLM_CONNECTION_COST */
#define NLM_UNRESTRICTED 0x1u
#define NLM_FIXED 0x2u
#define NLM_VARIABLE 0x4u
#define NLM_OVER_LIMIT 0x10000u
#define NLM_CONGESTED 0x20000u
#define NLM_ROAMING 0x40000u
#define NLM_NEAR_LIMIT 0x80000u

/* BITS_COST_STATE */
#define STATE_UNRESTRICTED 0x01u
#define STATE_BELOW_CAP 0x04u
#define STATE_NEAR_CAP 0x08u
#define STATE_OVER_CHARGED 0x10u
#define STATE_OVER_THROTTLED 0x20u
#define STATE_USAGE_BASED 0x40u
#define STATE_ROAMING 0x80u

static uint32_t state_of(uint32_t network)
{
    uint32_t roaming = network & NLM_ROAMING ? STATE_ROAMING : 0;

    if (network & NLM_VARIABLE)
        return STATE_USAGE_BASED | roaming;
    if (!(network & NLM_FIXED))
        return (network & NLM_UNRESTRICTED ? STATE_UNRESTRICTED : 0) | roaming;
    if (network & NLM_OVER_LIMIT)
        return (network & NLM_CONGESTED ? STATE_OVER_THROTTLED : STATE_OVER_CHARGED) | roaming;
    return (network & NLM_NEAR_LIMIT ? STATE_NEAR_CAP : STATE_BELOW_CAP) | roaming;
}

bool cost_accepts(uint32_t policy, uint32_t network)
{
    return !(state_of(network) & ~policy);
}

uint32_t cost_policy_of_download(uint32_t policy)
{
    static const uint32_t policies[] = {
        COST_POLICY_ALWAYS, /* Always */
        0x80000021u,        /* Unrestricted */
        0x80000067u,        /* Standard */
        0x8000007fu,        /* NoRoaming */
        0x8000006fu,        /* NoSurcharge */
        COST_POLICY_ALWAYS, /* NoCellular: a kind of network, not a cost */
    };

    return policy < sizeof(policies) / sizeof(policies[0]) ? policies[policy] : COST_POLICY_ALWAYS;
}
