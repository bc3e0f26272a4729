#include "com/enum_object.h"
#include "com/com_object.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"

/* The list itself, shared by an enumerator and its clones. Never changes. */
struct snapshot
{
    LONG references;
    IUnknown **items;
    size_t count;
};

struct enum_object
{
    struct com_object com;
    /* One of them is used; which, says the class. */
    IEnumBackgroundCopyJobs IEnumBackgroundCopyJobs_iface;
    IEnumBackgroundCopyFiles IEnumBackgroundCopyFiles_iface;
    IEnumUnknown IEnumUnknown_iface;
    struct snapshot *snapshot;
    struct lock lock; /* protects position */
    size_t position;
};
COM_IMPLEMENTS(enum_object, IEnumBackgroundCopyJobs)
COM_IMPLEMENTS(enum_object, IEnumBackgroundCopyFiles)
COM_IMPLEMENTS(enum_object, IEnumUnknown)

static void items_free(IUnknown **items, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        IUnknown_Release(items[i]);
    mem_free(items);
}

static void snapshot_release(struct snapshot *snapshot)
{
    if (InterlockedDecrement(&snapshot->references))
        return;
    items_free(snapshot->items, snapshot->count);
    mem_free(snapshot);
}

/* Moves on by at most count; returns by how much, and where it was. */
static size_t advance(struct enum_object *object, size_t count, size_t *from)
{
    size_t left;

    lock_take(&object->lock);
    *from = object->position;
    left = object->snapshot->count - object->position;
    if (count > left)
        count = left;
    object->position += count;
    lock_drop(&object->lock);
    return count;
}

static HRESULT enum_next(struct enum_object *object, ULONG count, IUnknown **items, ULONG *fetched)
{
    size_t from, got, i;

    TRACE("%p %lu %p %p", (void *)object, count, (void *)items, (void *)fetched);
    if (fetched)
        *fetched = 0;
    if (!items || (!fetched && count != 1))
        return E_INVALIDARG;
    got = advance(object, count, &from);
    for (i = 0; i < got; i++)
    {
        items[i] = object->snapshot->items[from + i];
        IUnknown_AddRef(items[i]);
    }
    for (; i < count; i++)
        items[i] = NULL;
    if (fetched)
        *fetched = (ULONG)got;
    return got == count ? S_OK : S_FALSE;
}

static HRESULT enum_skip(struct enum_object *object, ULONG count)
{
    size_t from;

    TRACE("%p %lu", (void *)object, count);
    return advance(object, count, &from) == count ? S_OK : S_FALSE;
}

static HRESULT enum_reset(struct enum_object *object)
{
    TRACE("%p", (void *)object);
    lock_take(&object->lock);
    object->position = 0;
    lock_drop(&object->lock);
    return S_OK;
}

static HRESULT enum_count(struct enum_object *object, ULONG *count)
{
    TRACE("%p %p", (void *)object, (void *)count);
    if (!count)
        return E_INVALIDARG;
    *count = (ULONG)object->snapshot->count;
    return S_OK;
}

static HRESULT enum_create(const struct com_class *com_class, struct snapshot *snapshot,
                           size_t position, void **out);

static HRESULT enum_clone(struct enum_object *object, void **clone)
{
    size_t position;

    TRACE("%p %p", (void *)object, (void *)clone);
    if (!clone)
        return E_INVALIDARG;
    *clone = NULL;
    advance(object, 0, &position);
    InterlockedIncrement(&object->snapshot->references);
    return enum_create(object->com.class, object->snapshot, position, clone);
}

/* The methods of the three interfaces differ in the type of what they hand out. */
#define ENUM_METHODS(face, item)                                                                   \
    static HRESULT STDMETHODCALLTYPE enum_object_##face##_Next(face *iface, ULONG count,           \
                                                               item **items, ULONG *fetched)       \
    {                                                                                              \
        return enum_next(enum_object_from_##face(iface), count, (IUnknown **)items, fetched);      \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE enum_object_##face##_Skip(face *iface, ULONG count)           \
    {                                                                                              \
        return enum_skip(enum_object_from_##face(iface), count);                                   \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE enum_object_##face##_Reset(face *iface)                       \
    {                                                                                              \
        return enum_reset(enum_object_from_##face(iface));                                         \
    }                                                                                              \
    static HRESULT STDMETHODCALLTYPE enum_object_##face##_Clone(face *iface, face **clone)         \
    {                                                                                              \
        return enum_clone(enum_object_from_##face(iface), (void **)clone);                         \
    }

#define ENUM_ENTRIES(face)                                                                         \
    COM_UNKNOWN(enum_object, face), enum_object_##face##_Next, enum_object_##face##_Skip,          \
        enum_object_##face##_Reset, enum_object_##face##_Clone

ENUM_METHODS(IEnumBackgroundCopyJobs, IBackgroundCopyJob)
ENUM_METHODS(IEnumBackgroundCopyFiles, IBackgroundCopyFile)
ENUM_METHODS(IEnumUnknown, IUnknown)

static HRESULT STDMETHODCALLTYPE enum_object_jobs_GetCount(IEnumBackgroundCopyJobs *iface,
                                                           ULONG *count)
{
    return enum_count(enum_object_from_IEnumBackgroundCopyJobs(iface), count);
}

static HRESULT STDMETHODCALLTYPE enum_object_files_GetCount(IEnumBackgroundCopyFiles *iface,
                                                            ULONG *count)
{
    return enum_count(enum_object_from_IEnumBackgroundCopyFiles(iface), count);
}

static const IEnumBackgroundCopyJobsVtbl jobs_vtbl = {
    ENUM_ENTRIES(IEnumBackgroundCopyJobs),
    enum_object_jobs_GetCount,
};

static const IEnumBackgroundCopyFilesVtbl files_vtbl = {
    ENUM_ENTRIES(IEnumBackgroundCopyFiles),
    enum_object_files_GetCount,
};

static const IEnumUnknownVtbl unknowns_vtbl = {ENUM_ENTRIES(IEnumUnknown)};

static void enum_object_free(struct com_object *com)
{
    struct enum_object *object = CONTAINER_OF(com, struct enum_object, com);

    snapshot_release(object->snapshot);
    mem_free(object);
}

static const struct com_interface interfaces[] = {
    {&IID_IEnumBackgroundCopyJobs, offsetof(struct enum_object, IEnumBackgroundCopyJobs_iface)},
    {&IID_IEnumBackgroundCopyFiles, offsetof(struct enum_object, IEnumBackgroundCopyFiles_iface)},
    {&IID_IEnumUnknown, offsetof(struct enum_object, IEnumUnknown_iface)},
};

static const struct com_class classes[] = {
    {"enumerator of jobs", &interfaces[0], 1, enum_object_free, NULL, NULL},
    {"enumerator of files", &interfaces[1], 1, enum_object_free, NULL, NULL},
    {"enumerator of downloads", &interfaces[2], 1, enum_object_free, NULL, NULL},
};
static_assert(ARRAY_SIZE(classes) == ARRAY_SIZE(interfaces), "one class an interface");

/* Takes the caller's reference of snapshot, whether it succeeds or not. */
static HRESULT enum_create(const struct com_class *com_class, struct snapshot *snapshot,
                           size_t position, void **out)
{
    struct enum_object *object = mem_zalloc(sizeof(*object));

    if (!object)
    {
        snapshot_release(snapshot);
        return E_OUTOFMEMORY;
    }
    com_object_init(&object->com, com_class);
    object->IEnumBackgroundCopyJobs_iface.lpVtbl = &jobs_vtbl;
    object->IEnumBackgroundCopyFiles_iface.lpVtbl = &files_vtbl;
    object->IEnumUnknown_iface.lpVtbl = &unknowns_vtbl;
    object->snapshot = snapshot;
    lock_init(&object->lock, LOCK_LEAF);
    object->position = position;
    *out = com_object_identity(&object->com);
    return S_OK;
}

HRESULT enum_object_create(REFIID iid, IUnknown **items, size_t count, void **out)
{
    const struct com_class *class = classes;
    struct snapshot *snapshot;

    while (!IsEqualIID(iid, class->interfaces->iid))
    {
        class ++;
        assert(class < classes + ARRAY_SIZE(classes));
    }
    snapshot = mem_alloc(sizeof(*snapshot));
    if (!snapshot)
    {
        items_free(items, count);
        return E_OUTOFMEMORY;
    }
    snapshot->references = 1;
    snapshot->items = items;
    snapshot->count = count;
    return enum_create(class, snapshot, 0, out);
}
