/*
 * What the enums are called in the store's rows. These numbers and names are a promise to later
 * versions, the values of the enums are none.
 */
#ifndef DOSVC_CORE_RECORD_NAMES_H
#define DOSVC_CORE_RECORD_NAMES_H

#include "core/job.h"

int record_state(enum job_state state);
bool record_to_state(int number, enum job_state *state);
int record_face(enum job_face face);
bool record_to_face(int number, enum job_face *face);
int record_failure(enum failure failure);
enum failure record_to_failure(int number); /* FAILURE_INTERNAL for one of a later version */

/* Names of values; NULL for what is not kept. */
const char *record_number_name(enum job_number which);
const char *record_text_name(enum job_text which);
const char *record_file_text_name(enum file_text which);
const char *record_credentials_name(enum auth_target target, unsigned int index);

/* False: no such name, or one of a later version. */
bool record_to_number(const char *name, enum job_number *which);
bool record_to_text(const char *name, enum job_text *which);
bool record_to_file_text(const char *name, enum file_text *which);
bool record_to_credentials(const char *name, enum auth_target *target, unsigned int *index);

#endif
