#include "model/bans.h"
#include "model/cache_host.h"
#include "model/rendezvous.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cache_hosts hosts_of(const char *text)
{
    struct cache_hosts hosts;

    cache_hosts_parse(&hosts, text);
    return hosts;
}

static void assert_at(const char *expected, const char *url, const char *cache)
{
    char out[URL_SIZE] = "";

    assert_true(cache_host_url(url, cache, out, sizeof(out)));
    assert_string_equal(expected, out);
}

static void a_list_may_hold_ports_and_spaces(void **state)
{
    struct cache_hosts hosts = hosts_of(" One , two:8080,[::1]:81;10.0.0.7,, one ");

    (void)state;
    assert_int_equal(4, hosts.count);
    assert_string_equal("one", hosts.names[0]);
    assert_string_equal("two:8080", hosts.names[1]);
    assert_string_equal("[::1]:81", hosts.names[2]);
    assert_string_equal("10.0.0.7", hosts.names[3]);
}

static void what_is_no_host_is_left_out(void **state)
{
    static const char *const bad[] = {"",        " ,, ",   "http://a", "a/b", "me@a",
                                      "a:70000", "a:0x50", "a?b",      "a#b", "a\\b"};
    char many[2000] = "", longer[400];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(0, hosts_of(bad[i]).count);
    memset(longer, 'a', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = 0;
    assert_int_equal(0, hosts_of(longer).count);
    for (i = 0; i < 100; i++)
        snprintf(many + strlen(many), 20, "h%u,", (unsigned)i);
    assert_int_equal(CACHE_HOSTS_MAX, hosts_of(many).count);
}

static void the_host_is_replaced_and_told(void **state)
{
    (void)state;
    assert_at("http://cache/a/b?cacheHostOrigin=cdn.example.com", "http://CDN.example.com/a/b",
              "cache");
    assert_at("http://cache/a?x=1&y&cacheHostOrigin=o", "http://o/a?x=1&y", "cache");
    assert_at("https://cache/?cacheHostOrigin=o", "https://o", "cache");
    assert_at("http://cache/?q&cacheHostOrigin=o", "http://o?q", "cache");
    assert_at("http://cache/a?cacheHostOrigin=o", "http://o/a#part?x", "cache");
}

static void the_port_is_the_origins_unless_the_cache_has_one(void **state)
{
    (void)state;
    assert_at("http://cache:8080/a?cacheHostOrigin=o:8080", "http://o:8080/a", "cache");
    assert_at("http://cache:81/a?cacheHostOrigin=o:8080", "http://o:8080/a", "cache:81");
    assert_at("http://cache:80/a?cacheHostOrigin=o:8080", "http://o:8080/a", "cache:80");
    assert_at("http://[::1]:81/a?cacheHostOrigin=%5B::2%5D", "http://[::2]:80/a", "[::1]:81");
}

static void what_does_not_fit_or_is_private_is_not_asked_of_a_cache(void **state)
{
    char url[URL_SIZE + 100] = "http://o/", out[URL_SIZE] = "untouched";

    (void)state;
    assert_false(cache_host_url("http://me:secret@o/a", "cache", out, sizeof(out)));
    assert_false(cache_host_url("ftp://o/a", "cache", out, sizeof(out)));
    assert_false(cache_host_url("http://o/a", "cache", out, 20));
    memset(url + strlen(url), 'a', URL_SIZE - 10);
    url[URL_SIZE - 2] = 0;
    assert_false(cache_host_url(url, "cache", out, sizeof(out)));
    assert_string_equal("untouched", out);
}

static void each_url_has_its_cache_and_keeps_it(void **state)
{
    struct cache_hosts all = hosts_of("a,b,c,d"), without = hosts_of("d,c,a");
    unsigned counts[4] = {0}, moved = 0;
    char url[40];
    int i, here;

    (void)state;
    for (i = 0; i < 4000; i++)
    {
        snprintf(url, sizeof(url), "http://o/file-%d", i);
        here = cache_hosts_pick(&all, url, 0);
        counts[here]++;
        /* the order of the list says nothing, and only what b had moves when b goes */
        if (strcmp(all.names[here], without.names[cache_hosts_pick(&without, url, 0)]))
        {
            assert_int_equal(1, here);
            moved++;
        }
    }
    assert_int_equal(counts[1], moved);
    for (i = 0; i < 4; i++)
        assert_in_range(counts[i], 850, 1150);
}

static void one_that_is_left_out_is_not_picked(void **state)
{
    struct cache_hosts hosts = hosts_of("a,b");
    int first = cache_hosts_pick(&hosts, "http://o/x", 0);

    (void)state;
    assert_int_equal(1 - first, cache_hosts_pick(&hosts, "http://o/x", 1u << first));
    assert_int_equal(-1, cache_hosts_pick(&hosts, "http://o/x", 3));
    hosts.count = 0;
    assert_int_equal(-1, cache_hosts_pick(&hosts, "http://o/x", 0));
}

static void weights_are_the_same_for_ever(void **state)
{
    (void)state;
    assert_true(rendezvous_weight("a", "bc") != rendezvous_weight("ab", "c"));
    assert_true(rendezvous_weight("cache", "http://o/a") == 0xfddcc076b7a50bebu);
}

static void bans_follow_from_failures(void **state)
{
    (void)state;
    assert_int_equal(CACHE_BAN_ALL,
                     cache_host_ban(&(struct failure_info){.kind = FAILURE_CONNECT}));
    assert_int_equal(CACHE_BAN_ALL,
                     cache_host_ban(&(struct failure_info){.kind = FAILURE_RESOLVE}));
    assert_int_equal(CACHE_BAN_ALL,
                     cache_host_ban(&(struct failure_info){.kind = FAILURE_TIMEOUT}));
    assert_int_equal(CACHE_BAN_ORIGIN, cache_host_ban(&(struct failure_info){
                                           .kind = FAILURE_HTTP_STATUS, .http_status = 404}));
    assert_int_equal(CACHE_BAN_NONE, cache_host_ban(&(struct failure_info){
                                         .kind = FAILURE_HTTP_STATUS, .http_status = 502}));
    assert_int_equal(CACHE_BAN_NONE,
                     cache_host_ban(&(struct failure_info){.kind = FAILURE_CONNECTION_RESET}));
}

static void a_ban_ends(void **state)
{
    struct bans bans = {0};

    (void)state;
    assert_false(bans_cover(&bans, "c", "o", 0));
    bans_add(&bans, "c", "o", 100, 200);
    assert_true(bans_cover(&bans, "c", "o", 199));
    assert_false(bans_cover(&bans, "c", "o", 200));
    assert_false(bans_cover(&bans, "c", "p", 150));
    assert_false(bans_cover(&bans, "d", "o", 150));
    bans_add(&bans, "c", NULL, 150, 300);
    assert_true(bans_cover(&bans, "c", "p", 150));
    assert_true(bans_cover(&bans, "c", "o", 299));
}

static void of_too_many_bans_the_oldest_is_forgotten(void **state)
{
    struct bans bans = {0};
    char origin[20];
    unsigned i;

    (void)state;
    for (i = 0; i < BANS_MAX + 1; i++)
    {
        snprintf(origin, sizeof(origin), "o%u", i);
        bans_add(&bans, "c", origin, 0, 1000 + i);
        bans_add(&bans, "c", origin, 0, 1000 + i); /* the same one takes no second place */
    }
    assert_false(bans_cover(&bans, "c", "o0", 500));
    for (i = 1; i < BANS_MAX + 1; i++)
    {
        snprintf(origin, sizeof(origin), "o%u", i);
        assert_true(bans_cover(&bans, "c", origin, 500));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_may_hold_ports_and_spaces),
        cmocka_unit_test(what_is_no_host_is_left_out),
        cmocka_unit_test(the_host_is_replaced_and_told),
        cmocka_unit_test(the_port_is_the_origins_unless_the_cache_has_one),
        cmocka_unit_test(what_does_not_fit_or_is_private_is_not_asked_of_a_cache),
        cmocka_unit_test(each_url_has_its_cache_and_keeps_it),
        cmocka_unit_test(one_that_is_left_out_is_not_picked),
        cmocka_unit_test(weights_are_the_same_for_ever),
        cmocka_unit_test(bans_follow_from_failures),
        cmocka_unit_test(a_ban_ends),
        cmocka_unit_test(of_too_many_bans_the_oldest_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
