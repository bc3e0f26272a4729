/*
 * Changes that the fake's store refuses, as a full disk would make the real one do.
 */
#ifndef DOSVC_FAKE_REFUSAL_H
#define DOSVC_FAKE_REFUSAL_H

#include "base/platform.h"

/* The next `times` changes are answered with hr. In place of what was said before. Any thread. */
void refusal_set(HRESULT hr, ULONG times);

#endif
