/*
 * CPU seconds that Windows programs cost under Wine: their own and those of the prefix's wineserver
 * meanwhile, a GiB of what they fetch. The programs take turns, and each run follows an untimed one
 * of the same program.
 *
 *     cpu ROW BYTES RUNS NAME COMMAND [ARGUMENT...] [-- NAME COMMAND [ARGUMENT...]]...
 *
 * The wineserver of $WINEPREFIX must be running. The first name is held against the others.
 */
#include "../lib/report.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAMES_MAX 4
#define GOAL 0.8
#define GIVEN_BACK_US 2500000 /* until no free memory is on its way to the host: lib/ways.h */

static size_t read_proc(const char *pid, const char *name, char *text, size_t size)
{
    char path[64];
    size_t got = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, name);
    if ((file = fopen(path, "rb")))
    {
        got = fread(text, 1, size - 1, file);
        fclose(file);
    }
    text[got] = 0;
    return got;
}

static int has_prefix(const char *pid, const char *prefix)
{
    char text[65536];
    size_t size = read_proc(pid, "environ", text, sizeof(text));
    const char *line;

    for (line = text; line < text + size; line += strlen(line) + 1)
        if (!strncmp(line, "WINEPREFIX=", 11) && !strcmp(line + 11, prefix))
            return 1;
    return 0;
}

static int find_wineserver(char *pid, size_t size)
{
    const char *prefix = getenv("WINEPREFIX");
    DIR *folder = opendir("/proc");
    struct dirent *entry;
    char text[64];
    int found = 0;

    while (prefix && folder && !found && (entry = readdir(folder)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            read_proc(entry->d_name, "comm", text, sizeof(text)) &&
            !strncmp(text, "wineserver", 10) && has_prefix(entry->d_name, prefix))
        {
            snprintf(pid, size, "%.20s", entry->d_name);
            found = 1;
        }
    if (folder)
        closedir(folder);
    return found;
}

static double wineserver_seconds(const char *pid)
{
    unsigned long user = 0, system = 0;
    char text[1024];
    const char *after;

    read_proc(pid, "stat", text, sizeof(text));
    if ((after = strrchr(text, ')')))
        sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* Negative if the program failed. */
static double run(char **command, const char *wineserver)
{
    double before = wineserver_seconds(wineserver);
    struct rusage usage;
    pid_t child = fork();
    int status;

    if (!child)
    {
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0 || status)
        return -1;
    return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime) +
           wineserver_seconds(wineserver) - before;
}

int main(int argc, char **argv)
{
    static double costs[NAMES_MAX][REPORT_RUNS_MAX];
    char **commands[NAMES_MAX], wineserver[32], what[64];
    int names = 0, runs = argc > 3 ? atoi(argv[3]) : 0, i, round, code = 0;
    double gib = argc > 2 ? atof(argv[2]) / (1 << 30) : 0, medians[NAMES_MAX];
    size_t counts[NAMES_MAX] = {0};

    for (i = 4; i < argc - 1 && names < NAMES_MAX; i++)
    {
        commands[names++] = argv + i;
        while (i < argc && strcmp(argv[i], "--"))
            i++;
        if (i < argc)
            argv[i] = NULL;
    }
    if (!names || runs < 1 || runs > REPORT_RUNS_MAX || !(gib > 0))
    {
        fprintf(stderr, "usage: cpu ROW BYTES RUNS NAME COMMAND... [-- NAME COMMAND...]...\n");
        return 2;
    }
    if (!find_wineserver(wineserver, sizeof(wineserver)))
    {
        fprintf(stderr, "cpu: no wineserver of this WINEPREFIX runs\n");
        return 1;
    }
    for (round = 0; round < runs; round++)
        for (i = 0; i < names; i++)
        {
            double cost;

            usleep(GIVEN_BACK_US);
            run(commands[i] + 1, wineserver);
            cost = run(commands[i] + 1, wineserver);
            if (cost >= 0)
                costs[i][counts[i]++] = cost / gib;
            else
                code = 1;
        }
    for (i = 0; i < names; i++)
        medians[i] = report_way(argv[1], commands[i][0], "CPU s/GiB", costs[i], counts[i]);
    for (i = 1; i < names; i++)
    {
        snprintf(what, sizeof(what), "%s / %s", commands[0][0], commands[i][0]);
        report_result(argv[1], what, medians[i] > 0 ? medians[0] / medians[i] : 0,
                      strcmp(commands[i][0], "curl.exe") ? NO_GOAL : AT_MOST, GOAL, "times");
    }
    return code;
}
