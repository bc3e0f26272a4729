#include "io/http_wait.h"

#include "base/handle.h"
#include "base/mem.h"
#include "io/http_look.h"

#include <stdatomic.h>

#define EVENTS_MAX (MAXIMUM_WAIT_OBJECTS - 1) /* and one to be woken by; sockets may share one */
#define TURNS_MAX 4 /* reads in a row of one socket: half of what buffers hold */
#define BLIND_MS 20 /* between looks at sockets that are not watched for want of memory */

struct watched /* a socket that libcurl wants to hear of */
{
    struct watched *next;
    SOCKET socket;
    CURL *easy;
    int what;           /* CURL_POLL_* */
    unsigned int event; /* in http_wait.events */
    bool ready;
    bool hot; /* its last read brought bytes */
};

struct http_wait
{
    CURLM *multi;
    const struct http_wait_client *client;
    void *context;
    struct watched *first;
    unsigned int count; /* of events; they are kept once made */
    unsigned int users[EVENTS_MAX];
    HANDLE events[EVENTS_MAX + 1];
    HANDLE wake;
    atomic_bool sleeping; /* or about to: whoever wakes must set the event */
    atomic_bool woken;
    bool blind; /* not every socket is watched */
};

/* ---- what libcurl wants ---- */

static long network_events(int what)
{
    long events = FD_CLOSE;

    if (what & CURL_POLL_IN)
        events |= FD_READ | FD_ACCEPT;
    if (what & CURL_POLL_OUT)
        events |= FD_WRITE | FD_CONNECT;
    return events;
}

static void forget(struct http_wait *wait, struct watched *watched)
{
    struct watched **link = &wait->first;

    while (*link != watched)
        link = &(*link)->next;
    *link = watched->next;
    wait->users[watched->event]--;
    mem_free(watched); /* at worst its event is set once more, for nobody */
}

/* An event of its own if there can be one, else the one with the fewest users. False: there is
 * none. */
static bool take_event(struct http_wait *wait, unsigned int *event)
{
    unsigned int least = 0;
    unsigned int i;

    for (i = 1; i < wait->count; i++)
        if (wait->users[i] < wait->users[least])
            least = i;
    if ((!wait->count || wait->users[least]) && wait->count < EVENTS_MAX &&
        (wait->events[wait->count] = handle_event(false, false)))
        least = wait->count++;
    if (!wait->count)
        return false;
    wait->users[least]++;
    *event = least;
    return true;
}

static struct watched *watch(struct http_wait *wait, SOCKET socket)
{
    struct watched *made = mem_zalloc(sizeof(*made));

    if (!made)
        return NULL;
    if (!take_event(wait, &made->event))
    {
        mem_free(made);
        return NULL;
    }
    made->socket = socket;
    made->next = wait->first;
    wait->first = made;
    return made;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *of_socket)
{
    struct http_wait *wait = context;
    struct watched *watched = of_socket;

    if (what == CURL_POLL_REMOVE)
    {
        if (watched)
            forget(wait, watched);
        return 0;
    }
    if (!watched)
    {
        watched = watch(wait, socket);
        curl_multi_assign(wait->multi, socket, watched);
    }
    if (watched)
        watched->easy = easy;
    /* asks for what is the case already as well, so nothing that was missed is lost */
    if (watched && !WSAEventSelect(socket, wait->events[watched->event], network_events(what)))
        watched->what = what;
    else
        wait->blind = true;
    return 0;
}

/* ---- work ---- */

/* That the other side has closed is told once, even if not all was read by then. */
static bool has_more(const struct watched *watched)
{
    WSAPOLLFD asked = {.fd = watched->socket, .events = POLLRDNORM};

    return (watched->what & CURL_POLL_IN) &&
           (http_look_has_bytes(watched->socket) || WSAPoll(&asked, 1, 0) > 0);
}

static struct watched *find(const struct http_wait *wait, SOCKET socket)
{
    struct watched *watched = wait->first;

    while (watched && watched->socket != socket)
        watched = watched->next;
    return watched;
}

/* Where libcurl lacks memory for it, a socket is not watched. */
static void tell(struct http_wait *wait, curl_socket_t socket, int bits)
{
    int running;

    if (curl_multi_socket_action(wait->multi, socket, bits, &running) != CURLM_OK)
        wait->blind = true;
}

static void act(struct http_wait *wait, struct watched *watched)
{
    SOCKET socket = watched->socket;
    UINT64 before = wait->client->taken(wait->context);
    int bits = 0;

    if (watched->what & CURL_POLL_IN)
        bits |= CURL_CSELECT_IN;
    if (watched->what & CURL_POLL_OUT)
        bits |= CURL_CSELECT_OUT;
    watched->ready = watched->hot = false;
    tell(wait, socket, bits);
    if ((watched = find(wait, socket))) /* still */
        watched->hot = wait->client->taken(wait->context) != before || has_more(watched);
}

/* What is not taken now stays in the socket, which costs less than letting libcurl pause. */
static bool may_act(const struct http_wait *wait, const struct watched *watched)
{
    return watched->ready &&
           (watched->what != CURL_POLL_IN || wait->client->may_read(wait->context, watched->easy));
}

/* Each call of libcurl may change the list. */
static void act_on_ready(struct http_wait *wait)
{
    struct watched *watched = wait->first;

    while (watched)
    {
        if (may_act(wait, watched))
        {
            act(wait, watched);
            watched = wait->first;
        }
        else
            watched = watched->next;
    }
}

/* Those that brought bytes likely have more. */
static bool heat(struct http_wait *wait)
{
    struct watched *watched;
    bool any = false;

    for (watched = wait->first; watched; watched = watched->next)
    {
        watched->ready = watched->ready || watched->hot;
        watched->hot = false;
        any = any || may_act(wait, watched);
    }
    return any;
}

static void act_on_timer(struct http_wait *wait)
{
    long due = -1;
    int running;

    if (wait->blind)
    {
        curl_multi_perform(wait->multi, &running);
        if (!running)
            wait->blind = false;
    }
    curl_multi_timeout(wait->multi, &due);
    if (!due)
        tell(wait, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- the wait ---- */

static DWORD time_left(const struct http_wait *wait, DWORD milliseconds)
{
    long due = -1;

    if (wait->blind)
        milliseconds = MIN(milliseconds, BLIND_MS);
    curl_multi_timeout(wait->multi, &due);
    return due < 0 ? milliseconds : MIN(milliseconds, (DWORD)due);
}

static void mark_ready(struct http_wait *wait, unsigned int event)
{
    struct watched *watched;

    for (watched = wait->first; watched; watched = watched->next)
        watched->ready = watched->ready || watched->event == event;
}

/* A wait tells of the first event only, and takes it back. */
static void wait_for_events(struct http_wait *wait, DWORD milliseconds)
{
    unsigned int from = 0;
    DWORD answer;

    wait->events[wait->count] = wait->wake; /* the place of the next event to be made */
    answer = WaitForMultipleObjects(wait->count + 1, wait->events, FALSE, milliseconds);
    while (answer < WAIT_OBJECT_0 + wait->count - from)
    {
        mark_ready(wait, from + answer - WAIT_OBJECT_0);
        from += answer - WAIT_OBJECT_0 + 1;
        if (from == wait->count)
            return;
        answer = WaitForMultipleObjects(wait->count - from, wait->events + from, FALSE, 0);
    }
}

void http_wait_work(struct http_wait *wait, DWORD milliseconds)
{
    unsigned int turn;

    if (heat(wait))
        milliseconds = 0;
    milliseconds = time_left(wait, milliseconds);
    atomic_store(&wait->sleeping, true);
    wait_for_events(wait, atomic_load(&wait->woken) ? 0 : milliseconds);
    atomic_store(&wait->sleeping, false);
    atomic_store(&wait->woken, false);
    for (turn = 0; turn < TURNS_MAX; turn++)
    {
        act_on_ready(wait);
        act_on_timer(wait);
        if (!heat(wait))
            break;
    }
}

void http_wait_wake(struct http_wait *wait)
{
    if (!atomic_exchange(&wait->woken, true) && atomic_load(&wait->sleeping))
        SetEvent(wait->wake);
}

HRESULT http_wait_open(CURLM *multi, const struct http_wait_client *client, void *context,
                       struct http_wait **wait)
{
    struct http_wait *made = mem_zalloc(sizeof(*made));

    if (!made)
        return E_OUTOFMEMORY;
    if (!(made->wake = handle_event(false, false)))
    {
        HRESULT hr = HRESULT_FROM_WIN32(GetLastError());

        mem_free(made);
        return hr;
    }
    made->multi = multi;
    made->client = client;
    made->context = context;
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, made);
    *wait = made;
    return S_OK;
}

void http_wait_close(struct http_wait *wait)
{
    unsigned int i;

    if (!wait)
        return;
    while (wait->first)
        forget(wait, wait->first);
    for (i = 0; i < wait->count; i++)
        handle_close(wait->events[i]);
    handle_close(wait->wake);
    mem_free(wait);
}
