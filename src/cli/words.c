#include "words.h"

#include "exit_code.h"
#include "print.h"

#include <wchar.h>

/* Its index, or -1. */
static int find(const struct option *options, const WCHAR *word)
{
    int i;

    for (i = 0; options[i].name; i++)
        if (!wcscmp(word, options[i].name) || (options[i].brief && !wcscmp(word, options[i].brief)))
            return i;
    return -1;
}

static bool take_option(struct words *words, const WCHAR *command, const struct option *options,
                        int argc, WCHAR **argv, int *next)
{
    int which = find(options, argv[*next]);

    if (which < 0)
    {
        print_problem(L"%ls has no option %ls", command, argv[*next]);
        return false;
    }
    words->given[which] = true;
    if (options[which].type == OPTION_FLAG)
        return true;
    if (++*next >= argc)
    {
        print_problem(L"%ls needs a value", options[which].name);
        return false;
    }
    words->values[which] = argv[*next];
    return true;
}

bool words_parse(struct words *words, const WCHAR *command, const struct option *options, int argc,
                 WCHAR **argv, int most, const WCHAR *usage, int *code)
{
    bool words_only = false;
    int i;

    *words = (struct words){.words = (const WCHAR **)argv};
    *code = EXIT_USAGE;
    for (i = 0; i < argc; i++)
    {
        if (words_only || argv[i][0] != '-' || !argv[i][1])
            words->words[words->count++] = argv[i];
        else if (!wcscmp(argv[i], L"--"))
            words_only = true;
        else if (!wcscmp(argv[i], L"-h") || !wcscmp(argv[i], L"--help"))
        {
            print_text(usage);
            *code = EXIT_DONE;
            return false;
        }
        else if (!take_option(words, command, options, argc, argv, &i))
            return false;
    }
    if (most < 0 || words->count <= most)
        return true;
    print_problem(L"%ls takes no \"%ls\"", command, words->words[most]);
    return false;
}
