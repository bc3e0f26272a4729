#include "base/lock.h"

#ifdef NDEBUG

static void note_taken(enum lock_rank rank)
{
    (void)rank;
}

static void note_dropped(enum lock_rank rank)
{
    (void)rank;
}

bool lock_none_held(void)
{
    return true;
}

#else

/* The ranks this thread holds, one bit each, kept as the value of a TLS slot: __thread would bring
 * libgcc's emulation into the DLL, with allocations that nobody frees when it is unloaded. */
static volatile LONG slot_plus_one;

static bool find_slot(DWORD *slot)
{
    LONG known = slot_plus_one;
    DWORD fresh;

    if (!known)
    {
        if ((fresh = TlsAlloc()) == TLS_OUT_OF_INDEXES)
            return false;
        known = InterlockedCompareExchange(&slot_plus_one, (LONG)fresh + 1, 0);
        if (known)
            TlsFree(fresh);
        else
            known = (LONG)fresh + 1;
    }
    *slot = (DWORD)known - 1;
    return true;
}

static unsigned int ranks_held(void)
{
    DWORD error = GetLastError(); /* TlsGetValue clears it */
    unsigned int held = 0;
    DWORD slot;

    if (find_slot(&slot))
        held = (unsigned int)(UINT_PTR)TlsGetValue(slot);
    SetLastError(error);
    return held;
}

static void set_ranks_held(unsigned int held)
{
    DWORD error = GetLastError();
    DWORD slot;

    if (find_slot(&slot))
        TlsSetValue(slot, (void *)(UINT_PTR)held);
    SetLastError(error);
}

static void note_taken(enum lock_rank rank)
{
    unsigned int held = ranks_held();

    assert(!(held >> rank) && "a lock of this rank or a later one is held");
    set_ranks_held(held | 1u << rank);
}

static void note_dropped(enum lock_rank rank)
{
    unsigned int held = ranks_held();

    /* Without a slot nothing is known. */
    assert(!slot_plus_one || held & 1u << rank);
    set_ranks_held(held & ~(1u << rank));
}

bool lock_none_held(void)
{
    return !ranks_held();
}

#endif

void lock_init(struct lock *lock, enum lock_rank rank)
{
    InitializeSRWLock(&lock->srw);
    lock->rank = rank;
}

/* Noted before it is taken: a wrong order is then an assertion and not a deadlock. */
void lock_take(struct lock *lock)
{
    note_taken(lock->rank);
    AcquireSRWLockExclusive(&lock->srw);
}

void lock_drop(struct lock *lock)
{
    ReleaseSRWLockExclusive(&lock->srw);
    note_dropped(lock->rank);
}

void lock_take_shared(struct lock *lock)
{
    note_taken(lock->rank);
    AcquireSRWLockShared(&lock->srw);
}

void lock_drop_shared(struct lock *lock)
{
    ReleaseSRWLockShared(&lock->srw);
    note_dropped(lock->rank);
}

bool lock_wait(struct lock *lock, CONDITION_VARIABLE *condition, DWORD ms)
{
    return SleepConditionVariableSRW(condition, &lock->srw, ms, 0);
}
