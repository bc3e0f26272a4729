#include "doctor.h"

#include "checks.h"
#include "com.h"
#include "exit_code.h"
#include "json.h"
#include "print.h"
#include "words.h"

#include <wchar.h>

static const WCHAR usage[] = L"usage: doctl doctor [--json]\n"
                             L"\n"
                             L"Checks what a download needs - the queue's folder, its database, "
                             L"the registration, the proxy\n"
                             L"and TLS - and says in sentences what is wrong and what helps. "
                             L"Changes nothing. Exit code 1 if\n"
                             L"something is wrong.\n";

static const WCHAR *verdict_name(enum verdict verdict)
{
    static const WCHAR *const names[] = {L"good", L"note", L"wrong"};

    return names[verdict];
}

int doctor_run(int argc, WCHAR **argv)
{
    static const struct option options[] = {{L"--json", NULL, OPTION_FLAG}, {0}};
    struct json document = {0};
    struct words words;
    struct check check;
    int code;
    size_t i;

    if (!words_parse(&words, L"doctor", options, argc, argv, 0, usage, &code))
        return code;
    if (FAILED(com_open()))
        return EXIT_NO_SERVICE;
    code = EXIT_DONE;
    if (words.given[0])
        json_open(&document, NULL, '[');
    for (i = 0; check_run(i, &check); i++)
    {
        if (check.verdict == VERDICT_WRONG)
            code = EXIT_FAILED;
        if (words.given[0])
        {
            json_open(&document, NULL, '{');
            json_text(&document, L"check", check.name);
            json_text(&document, L"verdict", verdict_name(check.verdict));
            json_text(&document, L"finding", check.finding);
            json_close(&document, '}');
        }
        else
            print(L"%-12ls  %-5ls  %ls\n", check.name, verdict_name(check.verdict), check.finding);
    }
    if (words.given[0])
    {
        json_close(&document, ']');
        if (!json_print(&document))
            code = EXIT_FAILED;
    }
    com_close();
    return code;
}
