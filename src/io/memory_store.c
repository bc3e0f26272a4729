#include "io/memory_store.h"

#include "base/fault.h"
#include "base/lock.h"
#include "base/mem.h"

struct row
{
    GUID job;
    size_t files;
};

static struct lock rows_lock = LOCK_INIT(LOCK_LEAF); /* protects rows, row_count, row_capacity */
static struct row *rows;
static size_t row_count;
static size_t row_capacity;

static struct row *find_locked(const GUID *job)
{
    size_t i;

    for (i = row_count; i > 0; i--)
        if (IsEqualGUID(&rows[i - 1].job, job))
            return &rows[i - 1];
    return NULL;
}

static void apply_locked(const struct store_change *change)
{
    struct row *row = find_locked(&change->job);

    switch (change->verb)
    {
    case STORE_PUT_JOB:
        if (!row)
            rows[row_count++] = (struct row){.job = change->job};
        break;
    case STORE_PUT_FILE:
        if (row && change->file >= row->files)
            row->files = change->file + 1;
        break;
    case STORE_REMOVE_JOB:
        if (row)
            *row = rows[--row_count];
        break;
    }
    if (!row_count)
    {
        mem_free(rows);
        rows = NULL;
        row_capacity = 0;
    }
}

HRESULT store_commit(const struct store_change *changes, size_t count)
{
    HRESULT hr = S_OK;
    size_t i;

    lock_take(&rows_lock);
    if (fault_hit(FAULT_STORE))
        hr = HRESULT_FROM_WIN32(fault_error(FAULT_STORE));
    for (i = 0; SUCCEEDED(hr) && i < count; i++)
    {
        struct row *grown;

        if (changes[i].verb != STORE_PUT_JOB)
            continue;
        if ((grown = mem_array_grow(rows, &row_capacity, row_count + count, sizeof(*rows))))
            rows = grown;
        else
            hr = E_OUTOFMEMORY;
    }
    for (i = 0; SUCCEEDED(hr) && i < count; i++)
        apply_locked(&changes[i]);
    lock_drop(&rows_lock);
    return hr;
}
