#include "base/fault.h"

#include "base/log.h"

#include <limits.h>
#include <string.h>

#define KILLS_MAX 8
#define KILL_NAME_SIZE 32
#define SCRIPT_SIZE 1024
#define CLOCK_SPEED_MAX 1000000
#define KILL_EXIT_CODE 99
#define DELAY_MAX 86400000 /* ms */
#define STATUS_MIN 400
#define STATUS_MAX 599

struct rule /* of one point; all zero: never fails */
{
    unsigned int first; /* passages that fail, counted from 1 */
    unsigned int last;
    DWORD error; /* 0: the point's usual one */
    bool has_more;
    unsigned int more; /* what follows the error */
};

struct kill
{
    char name[KILL_NAME_SIZE];
    unsigned int at;
};

struct script
{
    struct rule rules[FAULT_COUNT];
    struct kill kills[KILLS_MAX];
    unsigned int kill_count;
    UINT64 cut;
    unsigned int delay;
    unsigned int clock;
};

static const struct
{
    const char *name;
    DWORD error;
} points[] = {
    [FAULT_ALLOC] = {"alloc", ERROR_OUTOFMEMORY},
    [FAULT_THREAD] = {"thread", ERROR_NOT_ENOUGH_MEMORY},
    [FAULT_HANDLE] = {"handle", ERROR_NO_SYSTEM_RESOURCES},
    [FAULT_CONNECT] = {"connect", WSAECONNREFUSED},
    [FAULT_OPEN] = {"open", ERROR_ACCESS_DENIED},
    [FAULT_READ] = {"read", ERROR_CRC},
    [FAULT_WRITE] = {"write", ERROR_DISK_FULL},
    [FAULT_FLUSH] = {"flush", ERROR_IO_DEVICE},
    [FAULT_SPARSE] = {"sparse", ERROR_INVALID_FUNCTION},
    [FAULT_RENAME] = {"rename", ERROR_SHARING_VIOLATION},
    [FAULT_DELETE] = {"delete", ERROR_SHARING_VIOLATION},
    [FAULT_STORE] = {"store", ERROR_DISK_FULL},
    [FAULT_STATUS] = {"status", 503},
    [FAULT_RING] = {"ring", ERROR_INVALID_HANDLE},
};
static_assert(ARRAY_SIZE(points) == FAULT_COUNT, "every point has a row");

atomic_int fault_mode = FAULT_MODE_UNREAD;

static SRWLOCK reading = SRWLOCK_INIT; /* protects the first reading of the environment */
static struct script active;           /* constant once fault_mode is ON */
static atomic_uint passed[FAULT_COUNT];
static atomic_uint kill_passed[KILLS_MAX];

/* --- the script's grammar ---------------------------------------------------------------- */

static bool take_number(const char **text, UINT64 max, UINT64 *value)
{
    const char *c = *text;
    UINT64 sum = 0;

    for (; *c >= '0' && *c <= '9'; c++)
    {
        if (sum > (max - (UINT64)(*c - '0')) / 10)
            return false;
        sum = sum * 10 + (UINT64)(*c - '0');
    }
    if (c == *text)
        return false;
    *text = c;
    *value = sum;
    return true;
}

static bool take_char(const char **text, char c)
{
    if (**text != c)
        return false;
    ++*text;
    return true;
}

/* n, n-m, n+ or * */
static bool take_passages(const char **text, struct rule *rule)
{
    UINT64 first = 1, last = UINT_MAX;

    if (!take_char(text, '*'))
    {
        if (!take_number(text, UINT_MAX, &first) || !first)
            return false;
        if (take_char(text, '-'))
        {
            if (!take_number(text, UINT_MAX, &last) || last < first)
                return false;
        }
        else if (!take_char(text, '+'))
            last = first;
    }
    rule->first = (unsigned int)first;
    rule->last = (unsigned int)last;
    return true;
}

/* Passages, perhaps with :error; a status is one of a failure, perhaps with :seconds. */
static bool parse_rule(const char *text, enum fault_point point, struct rule *rule)
{
    bool is_status = point == FAULT_STATUS;
    UINT64 value;

    if (rule->first || !take_passages(&text, rule))
        return false;
    if (take_char(&text, ':'))
    {
        if (!take_number(&text, is_status ? STATUS_MAX : UINT_MAX, &value) ||
            value < (is_status ? STATUS_MIN : 1))
            return false;
        rule->error = (DWORD)value;
        if (is_status && take_char(&text, ':'))
        {
            if (!take_number(&text, UINT_MAX, &value))
                return false;
            rule->has_more = true;
            rule->more = (unsigned int)value;
        }
    }
    return !*text;
}

static bool parse_number(const char *text, UINT64 max, UINT64 *value)
{
    return take_number(&text, max, value) && !*text && *value;
}

static bool parse_kill(const char *text, struct script *script)
{
    const char *colon = strchr(text, ':');
    struct kill *kill = &script->kills[script->kill_count];
    UINT64 at;

    if (!colon || colon == text || colon - text >= KILL_NAME_SIZE)
        return false;
    if (script->kill_count == KILLS_MAX || !parse_number(colon + 1, UINT_MAX, &at))
        return false;
    memcpy(kill->name, text, (size_t)(colon - text));
    kill->at = (unsigned int)at;
    script->kill_count++;
    return true;
}

static bool parse_clause(char *clause, struct script *script)
{
    char *value = strchr(clause, '=');
    UINT64 number;
    unsigned int i;

    if (!value)
        return false;
    *value++ = 0;
    for (i = 0; i < FAULT_COUNT; i++)
        if (!strcmp(clause, points[i].name))
            return parse_rule(value, (enum fault_point)i, &script->rules[i]);
    if (!strcmp(clause, "kill"))
        return parse_kill(value, script);
    if (!strcmp(clause, "cut") && !script->cut)
        return parse_number(value, UINT64_MAX, &script->cut);
    if (!strcmp(clause, "delay") && !script->delay && parse_number(value, DELAY_MAX, &number))
    {
        script->delay = (unsigned int)number;
        return true;
    }
    if (strcmp(clause, "clock") || script->clock || !parse_number(value, CLOCK_SPEED_MAX, &number))
        return false;
    script->clock = (unsigned int)number;
    return true;
}

/* Clauses may be empty, as after a last ';'. */
static bool parse_script(const char *text, struct script *script)
{
    char clause[SCRIPT_SIZE];
    size_t length = 0;

    memset(script, 0, sizeof(*script));
    for (;; text++)
    {
        if (*text && *text != ';')
        {
            if (*text == ' ')
                continue;
            if (length == sizeof(clause) - 1)
                return false;
            clause[length++] = *text;
            continue;
        }
        clause[length] = 0;
        if (length && !parse_clause(clause, script))
            return false;
        length = 0;
        if (!*text)
            return true;
    }
}

/* --- the active script ------------------------------------------------------------------- */

static bool is_blank(const char *text)
{
    return !text[strspn(text, " ;")];
}

/* Nobody looks at the script before the mode is stored. */
static bool apply(const char *text)
{
    enum fault_mode mode = FAULT_MODE_OFF;
    bool well_formed = true;
    unsigned int i;

    memset(&active, 0, sizeof(active));
    if (text && !is_blank(text))
    {
        if ((well_formed = parse_script(text, &active)))
        {
            mode = FAULT_MODE_ON;
            WARN("fault injection is on: %s", text);
        }
        else
            ERR("DOSVC_FAULTS is malformed and ignored: %s", text);
    }
    for (i = 0; i < FAULT_COUNT; i++)
        atomic_store(&passed[i], 0);
    for (i = 0; i < KILLS_MAX; i++)
        atomic_store(&kill_passed[i], 0);
    atomic_store_explicit(&fault_mode, mode, memory_order_release);
    return well_formed;
}

bool fault_configure(const char *text)
{
    atomic_store(&fault_mode, FAULT_MODE_OFF);
    return apply(text);
}

static void read_environment(void)
{
    DWORD last_error = GetLastError();
    char text[SCRIPT_SIZE];
    DWORD length;

    AcquireSRWLockExclusive(&reading);
    if (atomic_load(&fault_mode) == FAULT_MODE_UNREAD)
    {
        length = GetEnvironmentVariableA("DOSVC_FAULTS", text, sizeof(text));
        if (length >= sizeof(text))
        {
            ERR("DOSVC_FAULTS is longer than %d bytes and ignored", SCRIPT_SIZE - 1);
            length = 0;
        }
        apply(length ? text : NULL);
    }
    ReleaseSRWLockExclusive(&reading);
    SetLastError(last_error);
}

static bool is_on(void)
{
    int mode = atomic_load_explicit(&fault_mode, memory_order_acquire);

    if (mode == FAULT_MODE_UNREAD)
    {
        read_environment();
        mode = atomic_load_explicit(&fault_mode, memory_order_acquire);
    }
    return mode == FAULT_MODE_ON;
}

bool fault_hit_slow(enum fault_point point)
{
    const struct rule *rule = &active.rules[point];
    unsigned int n;

    if (!is_on() || !rule->first)
        return false;
    n = atomic_fetch_add(&passed[point], 1) + 1;
    if (n < rule->first || n > rule->last)
        return false;
    INFO("%s number %u fails", points[point].name, n);
    return true;
}

DWORD fault_error(enum fault_point point)
{
    DWORD chosen = is_on() ? active.rules[point].error : 0;

    return chosen ? chosen : points[point].error;
}

bool fault_retry_after(unsigned int *seconds)
{
    bool says = is_on() && active.rules[FAULT_STATUS].has_more;

    if (says)
        *seconds = active.rules[FAULT_STATUS].more;
    return says;
}

unsigned int fault_delay(void)
{
    return is_on() ? active.delay : 0;
}

UINT64 fault_cut(void)
{
    return is_on() ? active.cut : 0;
}

unsigned int fault_clock_speed(void)
{
    return is_on() && active.clock ? active.clock : 1;
}

void fault_point_slow(const char *name)
{
    unsigned int i;

    if (!is_on())
        return;
    for (i = 0; i < active.kill_count; i++)
    {
        if (strcmp(name, active.kills[i].name))
            continue;
        if (atomic_fetch_add(&kill_passed[i], 1) + 1 == active.kills[i].at)
            TerminateProcess(GetCurrentProcess(), KILL_EXIT_CODE);
    }
}
