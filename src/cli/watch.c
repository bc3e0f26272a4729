#include "watch.h"

#include "com.h"
#include "entry.h"
#include "exit_code.h"
#include "interrupt.h"
#include "print.h"
#include "progress.h"
#include "screen.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define INTERVAL 500 /* ms between two looks */

static const WCHAR usage[] =
    L"usage: doctl watch [--until-idle] [--json] [JOB...]\n"
    L"\n"
    L"Shows the queue, or the jobs that are named, as they go; Ctrl+C ends it. On a console the\n"
    L"picture is drawn over and over; elsewhere there is a line for each change, with --json a "
    L"JSON\n"
    L"object. A job whose own program is gone goes on while this runs.\n"
    L"\n"
    L"  --until-idle  end by itself once no job runs any more; with exit code 1 if one is in "
    L"error\n";

enum
{
    GIVEN_UNTIL_IDLE,
    GIVEN_JSON
};

struct seen /* what was told last of one job */
{
    WCHAR id[ID_CHARS];
    const WCHAR *state;
    UINT64 bytes;
    unsigned int percent;
    double rate;    /* bytes per second, smoothed */
    bool there;     /* at the last look */
    ULONGLONG when; /* tick of the last look */
};

struct watch
{
    struct entries entries;
    const struct words *words;
    struct screen screen;
    struct seen *seen;
    size_t seen_count;
    bool running; /* any, at the last look */
    bool failed;
};

static struct seen *find_seen(struct watch *watch, const WCHAR *id)
{
    struct seen *larger;
    size_t i;

    for (i = 0; i < watch->seen_count; i++)
        if (!wcscmp(watch->seen[i].id, id))
            return &watch->seen[i];
    larger = realloc(watch->seen, (watch->seen_count + 1) * sizeof(*larger));
    if (!larger)
        return NULL;
    watch->seen = larger;
    larger += watch->seen_count++;
    *larger = (struct seen){.percent = 1000};
    wcscpy(larger->id, id);
    return larger;
}

static unsigned int percent_of(const struct look *look)
{
    return look->total == SIZE_UNKNOWN || !look->total
               ? 0
               : (unsigned int)((double)look->bytes * 100 / (double)look->total);
}

static void tell_json(const struct entry *entry, const struct look *look)
{
    struct json document = {0};

    json_open(&document, NULL, '{');
    entry_json(&document, entry, look);
    json_close(&document, '}');
    json_print(&document);
}

static void line_of(const struct entry *entry, const struct look *look, const struct seen *seen,
                    WCHAR *line, size_t room)
{
    WCHAR bytes[TEXT_CHARS], total[TEXT_CHARS], rate[TEXT_CHARS], left[TEXT_CHARS];
    int used;

    used = swprintf(line, room, L"%.9ls  %-8ls  %-15ls", entry->id, entry_kind_name(entry->kind),
                    look->state);
    if (look->total != SIZE_UNKNOWN)
        used += swprintf(line + used, room - (size_t)used, L"  %3u%%  %ls of %ls", percent_of(look),
                         size_text(look->bytes, bytes), size_text(look->total, total));
    else
        used += swprintf(line + used, room - (size_t)used, L"        %ls of ?",
                         size_text(look->bytes, bytes));
    if (look->runs && seen->rate >= 1)
        used += swprintf(line + used, room - (size_t)used, L"  %ls/s",
                         size_text((UINT64)seen->rate, rate));
    if (look->runs && seen->rate >= 1 && look->total != SIZE_UNKNOWN && look->total > look->bytes)
        used += swprintf(
            line + used, room - (size_t)used, L"  %ls left",
            time_text((UINT64)((double)(look->total - look->bytes) / seen->rate) + 1, left));
    if (look->failed)
        used += swprintf(line + used, room - (size_t)used, L"  0x%08lX", (unsigned long)look->code);
    swprintf(line + used, room - (size_t)used, L"  %.100ls", look->name);
}

/* The rate since the last look; bytes go back when a file starts over. */
static void measure(struct seen *seen, const struct look *look)
{
    ULONGLONG now = GetTickCount64();
    double rate;

    if (seen->when && now > seen->when && look->bytes >= seen->bytes)
    {
        rate = (double)(look->bytes - seen->bytes) * 1000 / (double)(now - seen->when);
        seen->rate = seen->rate > 0 ? seen->rate * 0.7 + rate * 0.3 : rate;
    }
    else
        seen->rate = 0;
    seen->when = now;
}

static void show(struct watch *watch, const struct entry *entry, const struct look *look)
{
    struct seen *seen = find_seen(watch, entry->id);
    unsigned int percent = percent_of(look);
    bool news;
    WCHAR line[512];

    if (!seen)
        return;
    measure(seen, look);
    news = !seen->state || wcscmp(seen->state, look->state) || seen->percent != percent;
    seen->state = look->state;
    seen->bytes = look->bytes;
    seen->percent = percent;
    seen->there = true;
    line_of(entry, look, seen, line, sizeof(line) / sizeof(line[0]));
    if (watch->screen.live)
        screen_line(&watch->screen, line);
    else if (news && watch->words->given[GIVEN_JSON])
        tell_json(entry, look);
    else if (news)
        print(L"%ls\n", line);
}

/* Those that were there at the last look and are not any more. */
static void tell_gone(struct watch *watch)
{
    struct json document = {0};
    size_t i;

    for (i = 0; i < watch->seen_count; i++)
    {
        struct seen *seen = &watch->seen[i];

        if (seen->there || !seen->state)
            continue;
        seen->state = NULL;
        if (watch->screen.live)
            continue;
        if (!watch->words->given[GIVEN_JSON])
        {
            print(L"%.9ls  has left the queue\n", seen->id);
            continue;
        }
        json_open(&document, NULL, '{');
        json_text(&document, L"id", seen->id);
        json_text(&document, L"state", L"GONE");
        json_close(&document, '}');
        json_print(&document);
    }
}

static bool is_wanted(const struct words *words, const struct entry *entry)
{
    const WCHAR *id = *entry->id == '{' ? entry->id + 1 : entry->id;
    int i;

    for (i = 0; i < words->count; i++)
    {
        const WCHAR *word = *words->words[i] == '{' ? words->words[i] + 1 : words->words[i];

        if (!_wcsnicmp(id, word, wcslen(word)))
            return true;
    }
    return !words->count;
}

static HRESULT look_at_all(struct watch *watch)
{
    HRESULT hr = entries_load(&watch->entries);
    unsigned int count = 0;
    struct look look;
    size_t i;

    watch->running = watch->failed = false;
    for (i = 0; i < watch->seen_count; i++)
        watch->seen[i].there = false;
    screen_begin(&watch->screen);
    for (i = 0; SUCCEEDED(hr) && i < watch->entries.count; i++)
    {
        if (!is_wanted(watch->words, &watch->entries.all[i]))
            continue;
        count++;
        entry_look(&watch->entries.all[i], &look);
        show(watch, &watch->entries.all[i], &look);
        watch->running = watch->running || look.runs;
        watch->failed = watch->failed || (look.failed && !look.runs);
        look_free(&look);
    }
    if (watch->screen.live && !count)
        screen_line(&watch->screen, L"no jobs");
    screen_end(&watch->screen);
    tell_gone(watch);
    return hr;
}

static int follow(struct watch *watch)
{
    bool until_idle = watch->words->given[GIVEN_UNTIL_IDLE];

    screen_init(&watch->screen, watch->words->given[GIVEN_JSON]);
    interrupt_watch(NULL);
    do
    {
        if (FAILED(look_at_all(watch)))
            return EXIT_NO_SERVICE;
        if (until_idle && !watch->running)
            return watch->failed ? EXIT_FAILED : EXIT_DONE;
    } while (!interrupt_wait(INTERVAL));
    return EXIT_INTERRUPTED;
}

int watch_run(int argc, WCHAR **argv)
{
    static const struct option options[] = {
        {L"--until-idle", NULL, OPTION_FLAG}, {L"--json", NULL, OPTION_FLAG}, {0}};
    struct watch watch = {0};
    struct words words;
    int code, i;

    if (!words_parse(&words, L"watch", options, argc, argv, -1, usage, &code))
        return code;
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    code = EXIT_NO_SERVICE;
    watch.words = &words;
    if (SUCCEEDED(entries_open(&watch.entries)) && SUCCEEDED(entries_load(&watch.entries)))
    {
        code = EXIT_DONE;
        for (i = 0; i < words.count; i++)
            if (!entries_find(&watch.entries, words.words[i]))
                code = EXIT_FAILED;
        if (code == EXIT_DONE)
            code = follow(&watch);
        interrupt_unwatch();
    }
    free(watch.seen);
    entries_close(&watch.entries);
    com_close();
    return code;
}
