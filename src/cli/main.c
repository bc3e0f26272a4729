/* doctl: dosvc.dll on the command line. A client like any other: it uses the public API only. */
#include "doctor.h"
#include "exit_code.h"
#include "explain.h"
#include "get.h"
#include "limit.h"
#include "list.h"
#include "log_view.h"
#include "order.h"
#include "print.h"
#include "purge.h"
#include "show.h"
#include "watch.h"

#include <wchar.h>

struct command
{
    const WCHAR *name;
    int (*run)(int argc, WCHAR **argv); /* the words after the name */
};

static const struct command commands[] = {
    {L"get", get_run},         {L"list", list_run},         {L"show", show_run},
    {L"watch", watch_run},     {L"suspend", suspend_run},   {L"resume", resume_run},
    {L"cancel", cancel_run},   {L"complete", complete_run}, {L"priority", priority_run},
    {L"purge", purge_run},     {L"log", log_run},           {L"doctor", doctor_run},
    {L"explain", explain_run}, {L"limit", limit_run},
};

static const WCHAR usage[] =
    L"usage: doctl COMMAND ...\n"
    L"\n"
    L"  get URL [FILE]              download a file\n"
    L"  get URL URL...              download files at once, named after their URLs\n"
    L"  list                        show what is in this user's queue\n"
    L"  show JOB...                 all there is to know about jobs\n"
    L"  watch [JOB...]              the queue as it goes\n"
    L"  suspend|resume JOB...       stop jobs, make them go on\n"
    L"  cancel|complete JOB...      drop jobs, put their files in place\n"
    L"  priority PRIORITY JOB...    foreground, high, normal or low\n"
    L"  limit [all|JOB...] [RATE]   how fast bytes may come\n"
    L"  purge --days DAYS           cancel what stood still for so long\n"
    L"  log                         the end of the log file\n"
    L"  doctor                      say what keeps downloads from working\n"
    L"  explain CODE...             say what an HRESULT means\n"
    L"\n"
    L"`doctl COMMAND --help` shows a command's options; `doctl --version` the version.\n"
    L"\n"
    L"Examples\n"
    L"  doctl get https://example.com/file.iso\n"
    L"  doctl get https://example.com/file.iso D:\\images\\file.iso\n"
    L"  doctl get -d D:\\images https://example.com/one.iso https://example.com/two.iso\n"
    L"  doctl get --timeout 60 --header \"Authorization: Bearer ...\" "
    L"https://example.com/file.iso\n"
    L"  doctl list --json\n"
    L"  doctl resume --all\n"
    L"  doctl explain 0x80D02013\n"
    L"\n"
    L"Exit codes\n"
    L"  0    done: every file is in place, every job obeyed, nothing is wrong\n"
    L"  1    a download failed, a job is unknown or did not obey, a code is unknown\n"
    L"  2    the command line makes no sense\n"
    L"  3    COM, dosvc.dll or its queue could not be used\n"
    L"  130  interrupted with Ctrl+C\n";

/* What is wrong has been said. */
static int usage_error(const WCHAR *command)
{
    print_error(L"Try `doctl %ls%ls--help`.\n", command, *command ? L" " : L"");
    return EXIT_USAGE;
}

static bool is_word(const WCHAR *word, const WCHAR *brief, const WCHAR *name)
{
    return !wcscmp(word, brief) || !wcscmp(word, name);
}

int wmain(int argc, WCHAR **argv); /* the C runtime declares it nowhere */

int wmain(int argc, WCHAR **argv)
{
    const WCHAR *word = argc > 1 ? argv[1] : L"";
    size_t i;
    int code;

    if (is_word(word, L"-h", L"--help"))
    {
        print(L"%ls", usage);
        return EXIT_DONE;
    }
    if (is_word(word, L"-V", L"--version"))
    {
        print(L"doctl %ls\n", DOCTL_VERSION);
        return EXIT_DONE;
    }
    for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
    {
        if (wcscmp(word, commands[i].name))
            continue;
        code = commands[i].run(argc - 2, argv + 2);
        return code == EXIT_USAGE ? usage_error(commands[i].name) : code;
    }
    if (*word)
        print_problem(L"there is no command \"%ls\"", word);
    return usage_error(L"");
}
