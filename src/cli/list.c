#include "list.h"

#include "com.h"
#include "entry.h"
#include "exit_code.h"
#include "print.h"
#include "progress.h"
#include "words.h"

#include <wchar.h>

static const WCHAR usage[] =
    L"usage: doctl list [--json]\n"
    L"\n"
    L"Lists what is in this user's queue, whichever program put it there: the jobs of Delivery\n"
    L"Optimization, those of BITS, and downloads.\n";

static void print_line(const struct entry *entry, const struct look *look)
{
    WCHAR bytes[TEXT_CHARS], total[TEXT_CHARS];

    print(L"%ls  %-8ls  %-15ls  %ls of %ls  %ls\n", entry->id, entry_kind_name(entry->kind),
          look->state, size_text(look->bytes, bytes),
          look->total == SIZE_UNKNOWN ? L"?" : size_text(look->total, total), look->name);
}

static int list(struct entries *entries, bool json)
{
    struct json document = {0};
    struct look look;
    size_t i;

    if (json)
        json_open(&document, NULL, '[');
    for (i = 0; i < entries->count; i++)
    {
        entry_look(&entries->all[i], &look);
        if (json)
        {
            json_open(&document, NULL, '{');
            entry_json(&document, &entries->all[i], &look);
            json_close(&document, '}');
        }
        else
            print_line(&entries->all[i], &look);
        look_free(&look);
    }
    if (json)
        json_close(&document, ']');
    else if (!entries->count)
        print(L"no jobs\n");
    return !json || json_print(&document) ? EXIT_DONE : EXIT_FAILED;
}

int list_run(int argc, WCHAR **argv)
{
    static const struct option options[] = {{L"--json", NULL, OPTION_FLAG}, {0}};
    struct words words;
    struct entries entries;
    int code;

    if (!words_parse(&words, L"list", options, argc, argv, 0, usage, &code))
        return code;
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    code = EXIT_NO_SERVICE;
    if (SUCCEEDED(entries_open(&entries)) && SUCCEEDED(entries_load(&entries)))
        code = list(&entries, words.given[0]);
    entries_close(&entries);
    com_close();
    return code;
}
