#include "core/log_name.h"

#include "model/code_text.h"

#include <stdio.h>

const char *log_name_job(const struct job *job, struct log_text *scratch)
{
    snprintf(scratch->text, sizeof(scratch->text), "job %s", LOG_GUID(&job->id));
    return scratch->text;
}

const char *log_name_file(const struct file *file, struct log_text *scratch)
{
    snprintf(scratch->text, sizeof(scratch->text), "job %s, file %u", LOG_GUID(&file->job->id),
             (unsigned int)file->index);
    return scratch->text;
}

const char *log_name_code(HRESULT code, struct log_text *scratch)
{
    const struct code_text *known = code_text_find((uint32_t)code);

    snprintf(scratch->text, sizeof(scratch->text), "0x%08lX%s%s", (unsigned long)code,
             known ? " " : "", known ? known->name : "");
    return scratch->text;
}
