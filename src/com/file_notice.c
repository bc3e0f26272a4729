#include "com/file_notice.h"

#include "com/notify_target.h"

void file_cursor_cleanup(struct file_cursor *cursor)
{
    if (cursor->files)
        IEnumBackgroundCopyFiles_Release(cursor->files);
    memset(cursor, 0, sizeof(*cursor));
}

static HRESULT open_cursor(struct file_cursor *cursor, IBackgroundCopyJob *job)
{
    HRESULT hr;

    file_cursor_cleanup(cursor);
    hr = IBackgroundCopyJob_EnumFiles(job, &cursor->files);
    if (FAILED(hr))
        cursor->files = NULL;
    else
        cursor->job = job;
    return hr;
}

/* From where the cursor stands; S_FALSE if the list ends before. */
static HRESULT advance(struct file_cursor *cursor, size_t index, IBackgroundCopyFile **file)
{
    HRESULT hr;

    if (index > cursor->position)
    {
        hr = IEnumBackgroundCopyFiles_Skip(cursor->files, (ULONG)(index - cursor->position));
        if (hr != S_OK)
            return hr;
        cursor->position = index;
    }
    hr = IEnumBackgroundCopyFiles_Next(cursor->files, 1, file, NULL);
    if (hr == S_OK)
        cursor->position++;
    return hr;
}

static HRESULT find_file(struct file_cursor *cursor, IBackgroundCopyJob *job, size_t index,
                         IBackgroundCopyFile **file)
{
    HRESULT hr = S_FALSE;

    if (index > ULONG_MAX)
        return FILE_NOTICE_NO_FILE;
    if (cursor->files && cursor->job == job && index >= cursor->position)
        hr = advance(cursor, index, file);
    if (hr == S_OK)
        return S_OK;

    /* behind it, or added since the list was made */
    if (FAILED(hr = open_cursor(cursor, job)))
        return hr;
    hr = advance(cursor, index, file);
    if (hr != S_OK)
        file_cursor_cleanup(cursor);
    return hr == S_FALSE ? FILE_NOTICE_NO_FILE : hr;
}

static HRESULT ask_complete(IBackgroundCopyFile *file)
{
    BG_FILE_PROGRESS progress;
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyFile_GetProgress(file, &progress)))
        return hr;
    return progress.BytesTransferred == progress.BytesTotal ? S_OK : S_FALSE;
}

static HRESULT ask_ranges(struct file_notice *prepared)
{
    IBackgroundCopyFile6 *file;
    HRESULT hr;

    if (FAILED(IBackgroundCopyFile_QueryInterface(prepared->file, &IID_IBackgroundCopyFile6,
                                                  (void **)&file)))
        return S_FALSE;
    prepared->ranges = NULL;
    hr = IBackgroundCopyFile6_GetFilledFileRanges(file, &prepared->range_count, &prepared->ranges);
    IBackgroundCopyFile6_Release(file);
    if (hr == E_NOTIMPL)
        return S_FALSE;
    return FAILED(hr) || prepared->range_count ? hr : S_FALSE;
}

HRESULT file_notice_prepare(struct file_cursor *cursor, IBackgroundCopyJob *job,
                            const struct notice *notice, struct file_notice *prepared)
{
    HRESULT hr;

    memset(prepared, 0, sizeof(*prepared));
    if (FAILED(hr = find_file(cursor, job, notice->file, &prepared->file)))
        return hr;
    switch (notice->kind)
    {
    case NOTICE_FILE:
        break;
    case NOTICE_RANGE:
        prepared->of_ranges = true;
        prepared->range_count = 1;
        prepared->range.InitialOffset = notice->offset;
        prepared->range.Length = notice->length;
        prepared->ranges = &prepared->range;
        break;
    case NOTICE_ASK_RANGES:
        prepared->of_ranges = true;
        hr = ask_ranges(prepared);
        break;
    case NOTICE_ASK_FILE:
        hr = ask_complete(prepared->file);
        break;
    }
    if (hr != S_OK)
        file_notice_cleanup(prepared);
    return hr;
}

HRESULT file_notice_deliver(const struct file_notice *prepared, IBackgroundCopyJob *job,
                            struct notify_target *target)
{
    if (prepared->of_ranges)
        return notify_target_file_ranges(target, job, prepared->file, prepared->range_count,
                                         prepared->ranges);
    return notify_target_file_transferred(target, job, prepared->file);
}

void file_notice_cleanup(struct file_notice *prepared)
{
    if (prepared->ranges != &prepared->range)
        CoTaskMemFree(prepared->ranges);
    if (prepared->file)
        IBackgroundCopyFile_Release(prepared->file);
    memset(prepared, 0, sizeof(*prepared));
}
