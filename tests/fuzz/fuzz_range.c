#include "fuzz.h"

#include "model/range.h"

/* Each range is two bytes of offset, two of length; 0xffff stands for "to the end". */

const char *const fuzz_seeds[] = {
    "\x01\x01\x02\x02\x05\x05\xff\xff",
    "\x01\x01\x01\x01\x02\x02\x01\x01\x09\x01\x01\x01",
    "\xff\xfe\x01\x01",
    NULL,
};

#define COUNT_MAX 8

static uint64_t number(const uint8_t *data)
{
    uint64_t value = (uint64_t)data[0] << 8 | data[1];

    return value == 0xffff ? UINT64_MAX : value >= 0xff00 ? UINT64_MAX - (value & 0xff) : value;
}

/* Every local byte comes from one range and, going on, from the next. */
static void walk(const struct range *ranges, size_t count)
{
    uint64_t local = 0, remote, left;
    size_t index, i;

    for (i = 0; i < count; i++)
    {
        MUST(range_locate(ranges, count, local, &index, &remote, &left));
        MUST(index == i && remote == ranges[i].offset && left == ranges[i].length);
        if (left == RANGE_TO_END || left > UINT64_MAX - local)
            return;
        local += left;
    }
    MUST(!count || !range_locate(ranges, count, local, &index, &remote, &left));
    MUST(!count || range_total(ranges, count, RANGE_UNKNOWN) == local);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct range ranges[COUNT_MAX] = {{0, 0}};
    size_t count = 0;

    for (; size >= 4 && count < COUNT_MAX; data += 4, size -= 4, count++)
    {
        ranges[count].offset = number(data);
        ranges[count].length = number(data + 2);
    }
    if (range_judge(ranges, count) == FAILURE_NONE)
        walk(ranges, count);
    range_total(ranges, count, size);
    range_within(ranges, count, size);
    return 0;
}
