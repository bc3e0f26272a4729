/* What a puppet and its test agree on. */
#ifndef TESTKIT_PUPPET_INTERNAL_H
#define TESTKIT_PUPPET_INTERNAL_H

#include "testkit/puppet.h"

#define PUPPET_ARGUMENT "puppet-"

struct puppet_names
{
    wchar_t go[64];
    wchar_t done[64];
    wchar_t section[64];
};

void puppet_names(unsigned long parent, unsigned int number, struct puppet_names *names);

#endif
