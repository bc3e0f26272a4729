/* A look at a socket tells what select tells, in this program as in libcurl: bytes, an end,
 * nothing, and after a wait. */
#include "unit.h"

#include "io/http_look.h"

struct pair /* of connected sockets */
{
    SOCKET here, there;
};

static SOCKET accept_from(SOCKET *here)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0), there;
    int size = sizeof(address);

    assert_int_equal(0, bind(listener, (struct sockaddr *)&address, sizeof(address)));
    assert_int_equal(0, listen(listener, 1));
    assert_int_equal(0, getsockname(listener, (struct sockaddr *)&address, &size));
    *here = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(0, connect(*here, (struct sockaddr *)&address, sizeof(address)));
    there = accept(listener, NULL, NULL);
    closesocket(listener);
    return there;
}

static int setup(void **state)
{
    static struct pair pair;
    WSADATA data;

    unit_setup(state);
    assert_int_equal(0, WSAStartup(MAKEWORD(2, 2), &data));
    pair.there = accept_from(&pair.here);
    assert_true(pair.there != INVALID_SOCKET);
    *state = &pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;

    closesocket(pair->here);
    if (pair->there != INVALID_SOCKET)
        closesocket(pair->there);
    WSACleanup();
    return unit_teardown(state);
}

/* What select says of one socket, as libcurl asks it. */
static int look(SOCKET socket, long seconds, bool *readable, bool *failed)
{
    struct timeval time = {.tv_sec = seconds};
    fd_set reads, fails;
    int answer;

    FD_ZERO(&reads);
    FD_ZERO(&fails);
    FD_SET(socket, &reads);
    FD_SET(socket, &fails);
    answer = select(0, &reads, NULL, &fails, &time);
    *readable = FD_ISSET(socket, &reads);
    *failed = FD_ISSET(socket, &fails);
    return answer;
}

static void assert_look(struct pair *pair, long seconds, bool wanted)
{
    bool readable, failed;

    assert_int_equal(wanted, look(pair->here, seconds, &readable, &failed));
    assert_int_equal(wanted, readable);
    assert_false(failed);
}

static void nothing_is_not_readable(void **state)
{
    struct pair *pair = *state;

    assert_false(http_look_has_bytes(pair->here));
    assert_look(pair, 0, false);
}

static void bytes_are_readable_until_they_are_read(void **state)
{
    struct pair *pair = *state;
    char bytes[8];

    assert_int_equal(3, send(pair->there, "abc", 3, 0));
    assert_look(pair, UNIT_LIMIT / 1000, true); /* they arrive */
    assert_true(http_look_has_bytes(pair->here));
    assert_look(pair, 0, true);
    assert_int_equal(3, recv(pair->here, bytes, sizeof(bytes), 0));
    assert_false(http_look_has_bytes(pair->here));
    assert_look(pair, 0, false);
}

static void an_end_is_readable_and_has_no_bytes(void **state)
{
    struct pair *pair = *state;

    closesocket(pair->there);
    pair->there = INVALID_SOCKET;
    assert_look(pair, UNIT_LIMIT / 1000, true);
    assert_look(pair, 0, true);
    assert_false(http_look_has_bytes(pair->here));
}

static void several_sockets_are_told_apart(void **state)
{
    struct pair *pair = *state;
    struct timeval none = {0};
    fd_set reads, writes;
    bool readable, failed;

    assert_int_equal(1, send(pair->there, "a", 1, 0));
    assert_int_equal(1, look(pair->here, UNIT_LIMIT / 1000, &readable, &failed));
    FD_ZERO(&reads);
    FD_SET(pair->here, &reads);
    FD_SET(pair->there, &reads);
    assert_int_equal(1, select(0, &reads, NULL, NULL, &none));
    assert_true(FD_ISSET(pair->here, &reads));
    assert_false(FD_ISSET(pair->there, &reads));
    FD_ZERO(&writes);
    FD_SET(pair->here, &writes);
    assert_int_equal(2, select(0, &reads, &writes, NULL, &none));
}

static void what_is_no_socket_is_refused(void **state)
{
    struct timeval none = {0};
    fd_set reads;

    (void)state;
    FD_ZERO(&reads);
    FD_SET((SOCKET)0x7ffffff0, &reads);
    assert_false(http_look_has_bytes((SOCKET)0x7ffffff0));
    assert_int_equal(SOCKET_ERROR, select(0, &reads, NULL, NULL, &none));
    assert_int_equal(WSAENOTSOCK, WSAGetLastError());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_not_readable, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_are_readable_until_they_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(an_end_is_readable_and_has_no_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(several_sockets_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_socket_is_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
