#include "base/mem.h"

#include "base/fault.h"

#include <stdlib.h>
#include <string.h>

static volatile LONG live_blocks;

static void *refuse(void)
{
    SetLastError(ERROR_OUTOFMEMORY);
    return NULL;
}

void *mem_realloc(void *block, size_t size)
{
    void *moved;

    if (fault_hit(FAULT_ALLOC))
        return refuse();
    if (!(moved = realloc(block, size ? size : 1)))
        return refuse();
    if (!block)
        InterlockedIncrement(&live_blocks);
    return moved;
}

void *mem_alloc(size_t size)
{
    return mem_realloc(NULL, size);
}

void *mem_zalloc(size_t size)
{
    return mem_array_alloc(1, size);
}

void *mem_array_alloc(size_t count, size_t size)
{
    void *block;

    if (fault_hit(FAULT_ALLOC))
        return refuse();
    if (size && count > SIZE_MAX / size)
        return refuse();
    if (!(block = count && size ? calloc(count, size) : calloc(1, 1)))
        return refuse();
    InterlockedIncrement(&live_blocks);
    return block;
}

void *mem_array_grow(void *array, size_t *capacity, size_t needed, size_t size)
{
    size_t room = *capacity;
    void *moved;

    if (needed <= room && array)
        return array;
    room = room <= SIZE_MAX / 2 && room * 2 >= needed ? room * 2 : needed;
    if (room < 4)
        room = 4;
    if (size && room > SIZE_MAX / size)
        return refuse();
    if (!(moved = mem_realloc(array, room * size)))
        return NULL;
    *capacity = room;
    return moved;
}

void mem_free(void *block)
{
    DWORD error;

    if (!block)
        return;
    error = GetLastError();
    free(block);
    InterlockedDecrement(&live_blocks);
    SetLastError(error);
}

void *mem_dup(const void *block, size_t size)
{
    void *copy = mem_alloc(size);

    if (copy && size)
        memcpy(copy, block, size);
    return copy;
}

WCHAR *mem_wcsdup(const WCHAR *text)
{
    return text ? mem_dup(text, (wcslen(text) + 1) * sizeof(*text)) : NULL;
}

char *mem_strdup(const char *text)
{
    return text ? mem_dup(text, strlen(text) + 1) : NULL;
}

LONG mem_live_blocks(void)
{
    return live_blocks;
}
