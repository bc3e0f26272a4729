/*
 * Further URLs of one file, kept as the client gave them: a text with white space between them.
 * Any thread.
 */
#ifndef DOSVC_CORE_MIRRORS_H
#define DOSVC_CORE_MIRRORS_H

#include "base/platform.h"

#define MIRRORS_MAX 16

unsigned int mirrors_count(const WCHAR *list); /* NULL is fine, here and below */
/* The n-th, from 0, as UTF-8; false if there are fewer, or if it does not fit. */
bool mirrors_at(const WCHAR *list, unsigned int n, char *url, size_t size);

#endif
