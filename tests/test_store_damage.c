/* A database that is not as it should be: damage is put aside and a fresh queue begins; what is not
 * ours, or not yet, is left as it is. */
#include "store_kit.h"

struct bytes
{
    char *data;
    size_t size;
};

static WCHAR *path_of(struct store_kit *kit, const WCHAR *name, WCHAR path[MAX_PATH])
{
    return kit_path(&kit->kit, name, path);
}

static struct bytes read_all(struct store_kit *kit, const WCHAR *name)
{
    struct bytes bytes = {NULL, 0};
    WCHAR path[MAX_PATH];
    FILE *file = _wfopen(path_of(kit, name, path), L"rb");

    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    bytes.size = (size_t)ftell(file);
    rewind(file);
    bytes.data = malloc(bytes.size + 1);
    assert_non_null(bytes.data);
    assert_int_equal(bytes.size, fread(bytes.data, 1, bytes.size, file));
    fclose(file);
    return bytes;
}

static void write_all(struct store_kit *kit, const WCHAR *name, const void *data, size_t size)
{
    WCHAR path[MAX_PATH];
    FILE *file = _wfopen(path_of(kit, name, path), L"wb");

    assert_non_null(file);
    assert_int_equal(size, fwrite(data, 1, size, file));
    fclose(file);
}

/* A file that SQLite has beside a database. */
static bool is_by(const WCHAR *name)
{
    const WCHAR *end = name + wcslen(name) - 4;

    return !wcscmp(end, L"-wal") || !wcscmp(end, L"-shm");
}

/* How many files of the folder match; the first one's name goes into `first`. */
static unsigned int count_files(struct store_kit *kit, const WCHAR *pattern, WCHAR first[MAX_PATH])
{
    WCHAR path[MAX_PATH];
    WIN32_FIND_DATAW found;
    unsigned int count = 0;
    HANDLE search = FindFirstFileW(path_of(kit, pattern, path), &found);

    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
    {
        if (!wcsstr(pattern, L"-wal") && is_by(found.cFileName))
            continue;
        if (!count++ && first)
            wcscpy(first, found.cFileName);
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

/* A closed store with a few jobs in it. */
static void fill_and_close(struct store_kit *kit)
{
    int i;

    for (i = 0; i < 200; i++)
        store_kit_add(kit, L"a job with a name that is long enough to make some pages of them");
    store_kit_close(kit);
}

/* Opens; what was there is aside, byte for byte, and the queue is fresh and of use. */
static void assert_replaced(struct store_kit *kit, struct bytes damaged)
{
    WCHAR aside[MAX_PATH] = L"";
    struct bytes kept;

    store_kit_open(kit);
    assert_int_equal(0, store_kit_all(kit).jobs);
    store_kit_add(kit, L"x");
    store_kit_reopen(kit);
    assert_int_equal(1, store_kit_all(kit).jobs);
    assert_int_equal(1, count_files(kit, L"queue.db.damaged-????????T??????Z", aside));
    kept = read_all(kit, aside);
    assert_int_equal(damaged.size, kept.size);
    assert_memory_equal(damaged.data, kept.data, kept.size);
    free(kept.data);
    free(damaged.data);
}

static void overwrite(struct bytes *bytes, const WCHAR *text)
{
    size_t length = wcslen(text) * sizeof(*text), found = 0, i;

    for (i = 0; i + length <= bytes->size; i++)
    {
        if (!memcmp(bytes->data + i, text, length))
        {
            memset(bytes->data + i, 'g', length);
            found++;
        }
    }
    assert_true(found > 0);
}

static void damage_is_put_aside(void **state)
{
    static const struct
    {
        const char *what;
        size_t offset, size; /* what is overwritten; offset -1: the file has only these bytes */
        size_t truncated;    /* to; 0: not */
        const WCHAR *text;   /* overwritten wherever it stands */
    } rows[] = {
        {"another file", SIZE_MAX, 10000, 0, NULL},
        {"a short one", SIZE_MAX, 10, 0, NULL},
        {"one byte", SIZE_MAX, 1, 0, NULL},
        {"no first page", 0, 4096, 0, NULL},
        {"no magic", 0, 16, 0, NULL},
        {"half a file", 0, 0, 20000, NULL},
        {"half a page", 0, 0, 2000, NULL},
        {"a page in the middle", 3 * 4096, 4096, 0, NULL},
        {"the schema's text", 0, 0, 0, L"CREATE TABLE job("},
    };
    struct store_kit *kit = *state;
    struct bytes bytes;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        print_message("%s\n", rows[i].what);
        fill_and_close(kit);
        bytes = read_all(kit, L"queue.db");
        assert_true(bytes.size > 30000);
        if (rows[i].truncated)
            bytes.size = rows[i].truncated;
        else if (rows[i].offset == SIZE_MAX)
            memset(bytes.data, 'g', bytes.size = rows[i].size);
        else
            memset(bytes.data + rows[i].offset, 'g', rows[i].size);
        if (rows[i].text)
            overwrite(&bytes, rows[i].text);
        write_all(kit, L"queue.db", bytes.data, bytes.size);
        assert_replaced(kit, bytes);
        store_kit_close(kit);
        kit_remove_folder(kit->kit.folder); /* all but the lock, which is open */
        CreateDirectoryW(kit->kit.folder, NULL);
        store_kit_open(kit);
    }
}

/* The next time nothing is put aside. */
static void what_was_put_aside_stays(void **state)
{
    struct store_kit *kit = *state;

    store_kit_close(kit);
    write_all(kit, L"queue.db", "garbage", 7);
    store_kit_open(kit);
    store_kit_close(kit);
    write_all(kit, L"queue.db", "other garbage", 13); /* in the same second, perhaps */
    store_kit_open(kit);
    assert_int_equal(2, count_files(kit, L"queue.db.damaged-*", NULL));
    store_kit_reopen(kit);
    assert_int_equal(2, count_files(kit, L"queue.db.damaged-*", NULL));
}

static void an_empty_file_is_a_queue_that_was_not_begun(void **state)
{
    struct store_kit *kit = *state;

    store_kit_close(kit);
    write_all(kit, L"queue.db", "", 0);
    store_kit_open(kit);
    store_kit_add(kit, L"x");
    assert_int_equal(0, count_files(kit, L"queue.db.damaged-*", NULL));
}

/* SQLite deletes a log whose database is empty or missing; but jobs are in it. */
static void a_log_without_its_database_is_kept(void **state)
{
    struct store_kit *kit = *state;
    WCHAR path[MAX_PATH];
    struct bytes kept;

    store_kit_close(kit);
    write_all(kit, L"queue.db", "", 0);
    write_all(kit, L"queue.db-wal", "jobs", 4);
    store_kit_open(kit);
    assert_int_equal(1, count_files(kit, L"queue.db.damaged-*-wal", path));
    kept = read_all(kit, path);
    assert_int_equal(4, kept.size);
    free(kept.data);

    store_kit_close(kit);
    assert_true(DeleteFileW(path_of(kit, L"queue.db", path)));
    write_all(kit, L"queue.db-wal", "jobs", 4);
    store_kit_open(kit);
    assert_int_equal(2, count_files(kit, L"queue.db.damaged-*-wal", NULL));
}

/* The newest commits may be in the log alone: it goes where its database goes. */
static void the_log_is_put_aside_with_its_database(void **state)
{
    struct store_kit *kit = *state;
    struct bytes database, log, kept;
    WCHAR aside[MAX_PATH];
    struct store_job job;

    job = store_kit_add(kit, L"x");
    store_kit_reopen(kit);
    assert_hr(S_OK, store_kit_do(kit, STORE_TOUCH_JOB, &job));
    database = read_all(kit, L"queue.db");
    log = read_all(kit, L"queue.db-wal");
    store_kit_close(kit);
    memset(database.data, 'g', 4096);
    write_all(kit, L"queue.db-wal", log.data, log.size);
    write_all(kit, L"queue.db", database.data, database.size);
    assert_replaced(kit, database);
    assert_int_equal(1, count_files(kit, L"queue.db.damaged-*-wal", aside));
    kept = read_all(kit, aside);
    assert_int_equal(log.size, kept.size);
    assert_memory_equal(log.data, kept.data, log.size);
    free(log.data);
    free(kept.data);
}

/* A commit that was cut off is no damage: it did not happen. */
static void a_torn_log_is_no_damage(void **state)
{
    struct store_kit *kit = *state;
    struct bytes database, log;

    store_kit_add(kit, L"x");
    database = read_all(kit, L"queue.db");
    log = read_all(kit, L"queue.db-wal");
    store_kit_add(kit, L"y");
    store_kit_close(kit);
    log.data = realloc(log.data, log.size + 5000);
    assert_non_null(log.data);
    memset(log.data + log.size, 'g', 5000);
    write_all(kit, L"queue.db-wal", log.data, log.size + 5000);
    write_all(kit, L"queue.db", database.data, database.size);
    free(log.data);
    free(database.data);
    store_kit_open(kit);
    assert_int_equal(1, store_kit_all(kit).jobs);
    assert_int_equal(0, count_files(kit, L"queue.db.damaged-*", NULL));
}

/* Opening fails with that, and the file's bytes stay. */
static void assert_left_alone(struct store_kit *kit, HRESULT expected)
{
    struct bytes before = read_all(kit, L"queue.db"), after;

    assert_hr(expected, store_open(kit->kit.folder, kit->lock, false, &kit->store));
    assert_null(kit->store);
    after = read_all(kit, L"queue.db");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    assert_int_equal(0, count_files(kit, L"queue.db.damaged-*", NULL));
    free(before.data);
    free(after.data);
}

static void change_and_assert_left_alone(struct store_kit *kit, const char *sql, HRESULT expected)
{
    sqlite3 *stranger = store_kit_stranger(kit);

    store_kit_sql(stranger, sql);
    sqlite3_close(stranger);
    assert_left_alone(kit, expected);
}

static void a_newer_queue_is_left_alone(void **state)
{
    struct store_kit *kit = *state;

    fill_and_close(kit);
    change_and_assert_left_alone(kit, "PRAGMA user_version=2000000000", STORE_E_NEWER);
    change_and_assert_left_alone(kit, "PRAGMA user_version=3", STORE_E_NEWER);
    change_and_assert_left_alone(kit, "DROP TABLE job", STORE_E_NEWER);
}

static void an_older_queue_is_taken_over(void **state)
{
    struct store_kit *kit = *state;
    sqlite3 *stranger;

    fill_and_close(kit);
    stranger = store_kit_stranger(kit);
    store_kit_sql(stranger, "ALTER TABLE file DROP COLUMN cache_bytes;"
                            "ALTER TABLE file DROP COLUMN cache_connections;"
                            "PRAGMA user_version=1");
    sqlite3_close(stranger);
    store_kit_open(kit);
    assert_int_equal(200, store_kit_all(kit).jobs);
    store_kit_add(kit, L"x");
    store_kit_reopen(kit);
    assert_int_equal(201, store_kit_all(kit).jobs);
    assert_int_equal(0, count_files(kit, L"queue.db.damaged-*", NULL));
}

static void another_programs_database_is_left_alone(void **state)
{
    struct store_kit *kit = *state;
    WCHAR path[MAX_PATH];

    fill_and_close(kit);
    change_and_assert_left_alone(kit, "PRAGMA application_id=4711", STORE_E_FOREIGN);
    assert_true(DeleteFileW(path_of(kit, L"queue.db", path)));
    change_and_assert_left_alone(kit, "CREATE TABLE job(x)", STORE_E_FOREIGN);
}

static void a_queue_that_lacks_tables_is_damaged(void **state)
{
    static const char *const rows[] = {"DROP TABLE value", "PRAGMA user_version=0",
                                       "PRAGMA user_version=-1",
                                       "ALTER TABLE file RENAME COLUMN idx TO x"};
    struct store_kit *kit = *state;
    sqlite3 *stranger;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(rows); i++)
    {
        fill_and_close(kit);
        stranger = store_kit_stranger(kit);
        store_kit_sql(stranger, rows[i]);
        sqlite3_close(stranger);
        store_kit_open(kit);
        assert_int_equal(0, store_kit_all(kit).jobs);
        assert_int_equal(i + 1, count_files(kit, L"queue.db.damaged-*", NULL));
    }
}

static void damage_that_is_in_use_is_said(void **state)
{
    struct store_kit *kit = *state;
    WCHAR path[MAX_PATH];
    HANDLE user;

    fill_and_close(kit);
    write_all(kit, L"queue.db", "garbage", 7);
    user = CreateFileW(path_of(kit, L"queue.db", path), GENERIC_READ,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(user != INVALID_HANDLE_VALUE);
    assert_left_alone(kit, STORE_E_DAMAGED);
    CloseHandle(user);
    store_kit_open(kit);
}

/* Nobody's business but SQLite's: a row that cannot be is found when it is read. */
static void damage_that_appears_later_is_said(void **state)
{
    struct store_kit *kit = *state;
    sqlite3 *stranger;
    struct seen seen = {0};
    INT64 sequence = 0;

    store_kit_add(kit, L"x");
    stranger = store_kit_stranger(kit);
    store_kit_sql(stranger, "UPDATE job SET guid=x'00'");
    sqlite3_close(stranger);
    assert_hr(STORE_E_DAMAGED, store_read(kit->store, &sequence, &seen_visitor, &seen));
    assert_int_equal(0, sequence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(damage_is_put_aside),
        store_case(what_was_put_aside_stays),
        store_case(an_empty_file_is_a_queue_that_was_not_begun),
        store_case(a_log_without_its_database_is_kept),
        store_case(the_log_is_put_aside_with_its_database),
        store_case(a_torn_log_is_no_damage),
        store_case(a_newer_queue_is_left_alone),
        store_case(an_older_queue_is_taken_over),
        store_case(another_programs_database_is_left_alone),
        store_case(a_queue_that_lacks_tables_is_damaged),
        store_case(damage_that_is_in_use_is_said),
        store_case(damage_that_appears_later_is_said),
    };

    kit_process(NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
