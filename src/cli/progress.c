#include "progress.h"

#include "print.h"

#include <stdio.h>
#include <wchar.h>

#define LIVE_INTERVAL 250    /* ms between two drawings of the bar */
#define REDRAW_INTERVAL 1000 /* ms after which a bar without news is drawn anew */
#define LINE_INTERVAL 2000   /* ms between two lines */
#define SAMPLE_INTERVAL 500  /* ms */
#define SMOOTHING 0.3        /* the weight of the newest sample */
#define LINE_CHARS 200

const WCHAR *size_text(UINT64 bytes, WCHAR buffer[TEXT_CHARS])
{
    static const WCHAR *const units[] = {L"KiB", L"MiB", L"GiB", L"TiB", L"PiB", L"EiB"};
    double size = (double)bytes / 1024;
    size_t unit = 0;

    if (bytes < 1024)
    {
        swprintf(buffer, TEXT_CHARS, L"%u B", (unsigned int)bytes);
        return buffer;
    }
    while (size >= 1000 && unit + 1 < sizeof(units) / sizeof(units[0]))
    {
        size /= 1024;
        unit++;
    }
    swprintf(buffer, TEXT_CHARS, L"%.*f %ls", size < 100 ? 1 : 0, size, units[unit]);
    return buffer;
}

const WCHAR *time_text(UINT64 seconds, WCHAR buffer[TEXT_CHARS])
{
    unsigned long hours = (unsigned long)(seconds / 3600);
    unsigned int minutes = (unsigned int)(seconds / 60 % 60), rest = (unsigned int)(seconds % 60);

    if (hours)
        swprintf(buffer, TEXT_CHARS, L"%lu:%02u:%02u", hours, minutes, rest);
    else if (minutes)
        swprintf(buffer, TEXT_CHARS, L"%u:%02u", minutes, rest);
    else
        swprintf(buffer, TEXT_CHARS, L"%u s", rest);
    return buffer;
}

void progress_init(struct progress *progress, bool quiet, bool plain)
{
    *progress = (struct progress){.quiet = quiet};
    progress->live = !quiet && !plain && print_columns() > 0;
    progress->shown = GetTickCount64();
}

DWORD progress_interval(const struct progress *progress)
{
    return progress->live ? REDRAW_INTERVAL : INFINITE;
}

static void sample(struct progress *progress, UINT64 bytes, ULONGLONG now)
{
    double rate;

    /* Bytes go back when a file has to start over. */
    if (!progress->sampled || bytes < progress->sampled_bytes)
        progress->rate = 0;
    else if (now - progress->sampled < SAMPLE_INTERVAL)
        return;
    else
    {
        rate = (double)(bytes - progress->sampled_bytes) * 1000 / (double)(now - progress->sampled);
        progress->rate =
            progress->rate > 0 ? progress->rate * (1 - SMOOTHING) + rate * SMOOTHING : rate;
    }
    progress->sampled = now;
    progress->sampled_bytes = bytes;
}

static bool knows_total(const struct progress_sum *sum)
{
    return sum->total != SIZE_UNKNOWN && sum->total > 0;
}

static unsigned int percent(const struct progress_sum *sum)
{
    return (unsigned int)((double)sum->bytes * 100 / (double)sum->total);
}

/* "45%  120 MiB of 256 MiB, 85.1 MiB/s, 2 s left, 1 of 3 files" */
static void describe(const struct progress *progress, const struct progress_sum *sum, WCHAR *line)
{
    WCHAR first[TEXT_CHARS], second[TEXT_CHARS];
    int used;

    if (knows_total(sum))
        used = swprintf(line, LINE_CHARS, L"%3u%%  %ls of %ls", percent(sum),
                        size_text(sum->bytes, first), size_text(sum->total, second));
    else
        used = swprintf(line, LINE_CHARS, L"%ls", size_text(sum->bytes, first));
    if (progress->rate > 0)
        used += swprintf(line + used, LINE_CHARS - (size_t)used, L", %ls/s",
                         size_text((UINT64)progress->rate, first));
    if (progress->rate >= 1 && knows_total(sum) && sum->bytes < sum->total)
        used += swprintf(
            line + used, LINE_CHARS - (size_t)used, L", %ls left",
            time_text((UINT64)((double)(sum->total - sum->bytes) / progress->rate) + 1, first));
    if (sum->files > 1)
        swprintf(line + used, LINE_CHARS - (size_t)used, L", %u of %u files", sum->files_done,
                 sum->files);
}

static void draw(struct progress *progress, const struct progress_sum *sum, const WCHAR *text)
{
    WCHAR line[LINE_CHARS * 2] = L"";
    unsigned int columns = print_columns(), width = 0, length, full, i;

    /* The last column stays free: a character there would begin a new line. */
    columns = columns > LINE_CHARS ? LINE_CHARS : columns;
    if (columns < 8)
        return;
    length = (unsigned int)wcslen(text);
    if (knows_total(sum) && columns > length + 14)
        width = columns - length - 4 < 30 ? columns - length - 4 : 30;
    if (width)
    {
        full = (unsigned int)((double)sum->bytes * width / (double)sum->total);
        line[0] = '[';
        for (i = 0; i < width; i++)
            line[i + 1] = i < full ? '=' : i == full ? '>' : ' ';
        wcscpy(line + width + 1, L"] ");
    }
    wcscat(line, text);
    line[columns - 1] = 0;
    length = (unsigned int)wcslen(line);
    print(L"\r%ls%*ls", line, progress->drawn > length ? (int)(progress->drawn - length) : 0, L"");
    progress->drawn = length;
}

void progress_show(struct progress *progress, const struct progress_sum *sum)
{
    const ULONGLONG now = GetTickCount64();
    WCHAR text[LINE_CHARS];

    sample(progress, sum->bytes, now);
    if (progress->quiet)
        return;
    if (now - progress->shown < (progress->live ? LIVE_INTERVAL : LINE_INTERVAL))
        return;
    progress->shown = now;
    describe(progress, sum, text);
    if (progress->live)
        draw(progress, sum, text);
    else
        print(L"%ls\n", text);
}

void progress_erase(struct progress *progress)
{
    if (progress->drawn)
        print(L"\r%*ls\r", (int)progress->drawn, L"");
    progress->drawn = 0;
}
