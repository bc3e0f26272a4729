#ifndef CORE_LOG_NAME_H
#define CORE_LOG_NAME_H

#include "base/log.h"
#include "core/job.h"

/* What a line of the log is about: "job {id}" or "job {id}, file 3". Arguments of a line, as
 * LOG_GUID and its like. Any thread; what they read never changes. */
#define LOG_JOB(job) log_name_job((job), (struct log_text[1]){{{0}}})
#define LOG_FILE(file) log_name_file((file), (struct log_text[1]){{{0}}})

const char *log_name_job(const struct job *job, struct log_text *scratch);
const char *log_name_file(const struct file *file, struct log_text *scratch);

/* The code and its name, as far as it has one: "0x80D02002 DO_E_DOWNLOAD_NO_PROGRESS". */
#define LOG_CODE(code) log_name_code((code), (struct log_text[1]){{{0}}})
const char *log_name_code(HRESULT code, struct log_text *scratch);

#endif
