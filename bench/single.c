/*
 * One file, in several ways.
 *
 *     single ROW --url URL [--plain URL] [--digest HEX] [--runs N] [--ways a,b]
 *
 *     http     dosvc, a bare recv + WriteFile loop, curl.exe ($BENCH_CURL), the system's own BITS
 *     https    dosvc, curl.exe; the loop fetches the same without TLS (--plain)
 *     sha256   dosvc with a digest (--digest), and what BCrypt makes of as many bytes in memory
 *     grow     dosvc in the foreground and as a normal job, which keeps to one connection
 *     limited  dosvc and the loop; the server limits each connection
 */
#include "lib/download.h"
#include "lib/peers.h"
#include "lib/report.h"
#include "lib/ways.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

struct single
{
    struct target target;
    struct target plain;
    const char *digest;
};

static HRESULT by_dosvc(void *context)
{
    struct single *single = context;
    struct download download = DOWNLOAD_BY_DOSVC;

    return download_target(&download, &single->target);
}

static HRESULT by_dosvc_normal(void *context)
{
    struct single *single = context;
    struct download download = DOWNLOAD_BY_DOSVC;

    download.priority = BG_JOB_PRIORITY_NORMAL;
    return download_target(&download, &single->target);
}

static HRESULT by_dosvc_with_digest(void *context)
{
    struct single *single = context;
    struct download download = DOWNLOAD_BY_DOSVC;

    download.digest = single->digest;
    return download_target(&download, &single->target);
}

static HRESULT by_bits(void *context)
{
    struct single *single = context;
    struct download download = DOWNLOAD_BY_BITS;

    return download_target(&download, &single->target);
}

static HRESULT by_loop(void *context)
{
    struct single *single = context;

    return peer_loop(&single->plain);
}

static HRESULT by_curl_exe(void *context)
{
    struct single *single = context;

    return peer_curl_exe(&single->target);
}

static HRESULT by_bcrypt(void *context)
{
    struct single *single = context;

    return peer_bcrypt(single->target.size);
}

static const struct way ways[] = {
    {"http", "dosvc", by_dosvc, false},       {"http", "loop", by_loop, false},
    {"http", "curl.exe", by_curl_exe, true},  {"http", "bits", by_bits, true},
    {"https", "dosvc", by_dosvc, false},      {"https", "loop", by_loop, false},
    {"https", "curl.exe", by_curl_exe, true}, {"sha256", "dosvc", by_dosvc_with_digest, false},
    {"sha256", "bcrypt", by_bcrypt, false},   {"grow", "grows", by_dosvc, false},
    {"grow", "one", by_dosvc_normal, false},  {"limited", "grows", by_dosvc, true},
    {"limited", "one", by_loop, true},
};

static const struct goal goals[] = {
    {"http", "dosvc", "loop", 0.9, 0.6},   {"http", "dosvc", "bits", 20, 0},
    {"https", "dosvc", "loop", 0.75, 0},   {"https", "dosvc", "curl.exe", 2.5, 0},
    {"sha256", "dosvc", "bcrypt", 0.8, 0}, {"grow", "grows", "one", 0.9, 0},
    {"limited", "grows", "one", 3.0, 0},
};

static HRESULT done(void *context, const struct way *way)
{
    struct single *single = context;
    bool complete = way->run == by_bcrypt || file_size(single->target.path) == single->target.size;

    DeleteFileW(single->target.path);
    return complete ? S_OK : HRESULT_FROM_WIN32(ERROR_HANDLE_EOF);
}

static bool read_options(struct ways *options, struct single *single, int argc, char **argv)
{
    static const struct option names[] = {
        {"url", required_argument, NULL, 'u'},    {"plain", required_argument, NULL, 'p'},
        {"digest", required_argument, NULL, 'd'}, {"runs", required_argument, NULL, 'r'},
        {"ways", required_argument, NULL, 'w'},   {0}};
    const char *url = NULL, *plain = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        switch (option)
        {
        case 'u':
            url = optarg;
            break;
        case 'p':
            plain = optarg;
            break;
        case 'd':
            single->digest = optarg;
            break;
        case 'r':
            options->runs = (unsigned int)atoi(optarg);
            break;
        case 'w':
            options->only = optarg;
            break;
        default:
            return false;
        }
    if (optind >= argc || !url || !options->runs || options->runs > REPORT_RUNS_MAX)
        return false;
    options->row = argv[optind];
    if (!target_init(&single->target, url) || !target_init(&single->plain, plain ? plain : url) ||
        !target_ask_size(&single->plain))
        return false;
    single->target.size = single->plain.size;
    return true;
}

int main(int argc, char **argv)
{
    static struct single single;
    struct ways options = {.ways = ways,
                           .way_count = ARRAY_SIZE(ways),
                           .goals = goals,
                           .goal_count = ARRAY_SIZE(goals),
                           .runs = 9,
                           .unit = "MB/s",
                           .warm = true,
                           .done = done,
                           .context = &single};

    if (!read_options(&options, &single, argc, argv))
    {
        fprintf(stderr, "usage: single http|https|sha256|grow|limited --url URL [--plain URL] "
                        "[--digest HEX] [--runs N] [--ways a,b]\n");
        return 2;
    }
    options.amount = (double)single.target.size / 1e6;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    return ways_run(&options);
}
