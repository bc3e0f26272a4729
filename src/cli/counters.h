/* What a job, a file or a download has cost so far. */
#ifndef CLI_COUNTERS_H
#define CLI_COUNTERS_H

#include "json.h"

#include "dosvc.h"

/* A line with that label; nothing where the object does not tell. */
void counters_print(IUnknown *object, const WCHAR *label);
/* The same, as members of the object that is open. */
void counters_json(IUnknown *object, struct json *json);

#endif
