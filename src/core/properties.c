/*
 * What clients set on a job.
 */
#include "core/engine.h"

#include "base/mem.h"
#include "core/change.h"
#include "core/runner.h"

struct edit
{
    const struct job_setting *settings;
    size_t count;
    WCHAR **copies; /* of the texts, by setting; what is left is freed */
};

/* ---- the change ---- */

static HRESULT decide(struct change *change, void *context)
{
    const struct edit *edit = context;
    bool renames = false;
    size_t i;

    if (job_state_is_final(change->job->state))
        return job_hr(change->job, FAILURE_INVALID_STATE);
    for (i = 0; i < edit->count; i++)
        renames = renames || (edit->settings[i].is_text && edit->settings[i].text == JOB_NAME);
    if (renames)
        change_job_locked(change);
    else
        change_touch_locked(change);
    for (i = 0; i < edit->count; i++)
    {
        const struct job_setting *setting = &edit->settings[i];

        if (setting->is_text)
            change_text_locked(change, setting->text, setting->content);
        else
            change_number_locked(change, setting->number, setting->value);
    }
    return S_OK;
}

/* A property that only steers notifications is no modification of the job. */
static bool is_modification(const struct edit *edit)
{
    return edit->count != 1 || edit->settings[0].is_text ||
           edit->settings[0].number != JOB_NOTIFY_FLAGS;
}

static void publish(struct change *change, void *context)
{
    struct edit *edit = context;
    struct job *job = change->job;
    size_t i;

    for (i = 0; i < edit->count; i++)
    {
        const struct job_setting *setting = &edit->settings[i];
        WCHAR *old;

        if (setting->is_text)
        {
            old = job->texts[setting->text];
            job->texts[setting->text] = edit->copies[i];
            edit->copies[i] = old;
        }
        else
        {
            job->numbers[setting->number] = setting->value;
            job->numbers_set |= 1ull << setting->number;
        }
    }
    if (is_modification(edit))
        job_touch_locked(job);
    else
        job_tell_locked(job, JOB_EVENT_FLAGS);
}

static const struct change_plan plan = {decide, publish};

/* ---- the calls ---- */

HRESULT engine_set_job(struct job *job, const struct job_setting *settings, size_t count)
{
    struct edit edit = {settings, count, mem_array_alloc(count, sizeof(*edit.copies))};
    HRESULT hr = edit.copies ? S_OK : E_OUTOFMEMORY;
    size_t i;

    for (i = 0; SUCCEEDED(hr) && i < count; i++)
        if (settings[i].is_text && settings[i].content &&
            !(edit.copies[i] = mem_wcsdup(settings[i].content)))
            hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr) && SUCCEEDED(hr = change_run(job, &plan, &edit)))
        runner_wake();
    for (i = 0; edit.copies && i < count; i++)
        mem_free(edit.copies[i]);
    mem_free(edit.copies);
    return hr;
}

HRESULT engine_set_job_number(struct job *job, enum job_number which, UINT64 value)
{
    const struct job_setting setting = {.number = which, .value = value};

    return engine_set_job(job, &setting, 1);
}

HRESULT engine_set_job_text(struct job *job, enum job_text which, const WCHAR *text)
{
    const struct job_setting setting = {.is_text = true, .text = which, .content = text};

    return engine_set_job(job, &setting, 1);
}
