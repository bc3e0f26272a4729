#include "com/registrar.h"

#include "base/log.h"
#include "base/mem.h"

#include <assert.h>

/* ---- life ---- */

HRESULT registrar_init(struct registrar *registrar, const struct lane_class *lane_class,
                       void *context)
{
    registrar->references = 1;
    lock_init(&registrar->turn, LOCK_ENGINE);
    lock_init(&registrar->lock, LOCK_LEAF);
    return lane_create(lane_class, context, &registrar->lane);
}

void registrar_release(struct registrar *registrar)
{
    if (!InterlockedDecrement(&registrar->references))
        lane_free(registrar->lane);
}

static void registration_free(struct registration *registration)
{
    assert(lock_none_held());
    notify_target_release(registration->target);
    lane_shut(registration->registrar->lane);
    IUnknown_Release(registration->facade); /* may be the last of all it stands for */
    registrar_release(registration->registrar);
    mem_free(registration);
}

void registration_release(struct registration *registration)
{
    struct registrar *registrar;

    if (!registration || InterlockedDecrement(&registration->references))
        return;
    if (!notify_target_is_foreign(registration->target))
    {
        registration_free(registration);
        return;
    }
    registrar = registration->registrar;
    InterlockedIncrement(&registrar->references); /* the lane may be faster than its wake */
    lock_take(&registrar->lock);
    registration->next = registrar->discarded;
    registrar->discarded = registration;
    lock_drop(&registrar->lock);
    lane_wake(registrar->lane);
    registrar_release(registrar);
}

static void free_discarded(struct registrar *registrar)
{
    struct registration *list, *next;

    lock_take(&registrar->lock);
    list = registrar->discarded;
    registrar->discarded = NULL;
    lock_drop(&registrar->lock);
    for (; list; list = next)
    {
        next = list->next;
        registration_free(list);
    }
}

static HRESULT registration_create(struct registrar *registrar, enum parcel_kind kind,
                                   IUnknown *object, IUnknown *facade,
                                   struct registration **registration)
{
    struct registration *created;
    HRESULT hr;

    if (!(created = mem_zalloc(sizeof(*created))))
        return E_OUTOFMEMORY;
    if (FAILED(hr = lane_open(registrar->lane)))
    {
        mem_free(created);
        return hr;
    }
    if (FAILED(hr = notify_target_create_of(kind, object, &created->target)))
    {
        lane_shut(registrar->lane);
        mem_free(created);
        return hr;
    }
    created->references = 1;
    created->registrar = registrar;
    InterlockedIncrement(&registrar->references);
    created->facade = facade;
    IUnknown_AddRef(facade);
    *registration = created;
    return S_OK;
}

/* ---- changes ---- */

HRESULT registrar_set(struct registrar *registrar, enum parcel_kind kind, IUnknown *object,
                      IUnknown *facade)
{
    struct registration *added, *old;
    HRESULT hr;

    if (FAILED(hr = registration_create(registrar, kind, object, facade, &added)))
        return hr;
    lock_take(&registrar->turn);
    lock_take(&registrar->lock);
    if (registrar->closed)
    {
        old = added;
        hr = E_NOT_VALID_STATE;
    }
    else
    {
        old = registrar->current;
        registrar->current = added;
        if (registrar->changed)
            registrar->changed(registrar, true);
    }
    lock_drop(&registrar->lock);
    if (SUCCEEDED(hr))
    {
        lane_move(registrar->lane, notify_target_home(added->target));
        lane_wake(registrar->lane);
    }
    lock_drop(&registrar->turn);
    registration_release(old);
    return hr;
}

static void end_registration(struct registrar *registrar, const struct registration *only)
{
    struct registration *old = NULL;

    lock_take(&registrar->turn);
    lock_take(&registrar->lock);
    if (!only || registrar->current == only)
    {
        old = registrar->current;
        registrar->current = NULL;
        if (registrar->changed)
            registrar->changed(registrar, false);
    }
    lock_drop(&registrar->lock);
    if (old)
        lane_move(registrar->lane, NULL);
    lock_drop(&registrar->turn);
    registration_release(old);
}

void registrar_close(struct registrar *registrar)
{
    lock_take(&registrar->lock);
    registrar->closed = true;
    lock_drop(&registrar->lock);
    end_registration(registrar, NULL);
}

/* The present one, counted, or NULL. */
static struct registration *find_current(struct registrar *registrar)
{
    struct registration *registration;

    lock_take(&registrar->lock);
    if ((registration = registrar->current))
        InterlockedIncrement(&registration->references);
    lock_drop(&registrar->lock);
    return registration;
}

void registrar_part(struct registrar *registrar, struct parting *parting)
{
    struct registration *registration = find_current(registrar);

    *parting = (struct parting){NULL};
    if (registration)
        notify_target_part(registration->target, parting);
    registration_release(registration);
}

void registrar_clear(struct registrar *registrar, const struct registration *only)
{
    struct parting parting = {NULL};

    if (!only)
        registrar_part(registrar, &parting);
    end_registration(registrar, only);
    parting_wait(&parting);
    parting_cleanup(&parting);
}

HRESULT registrar_query(struct registrar *registrar, REFIID iid, void **out)
{
    struct registration *registration;
    HRESULT hr;

    *out = NULL;
    if (!(registration = find_current(registrar)))
        return S_OK;
    hr = notify_target_query(registration->target, iid, out);
    registration_release(registration);
    return hr;
}

void registrar_wake(struct registrar *registrar)
{
    bool wanted;

    lock_take_shared(&registrar->lock);
    wanted = registrar->current != NULL;
    lock_drop_shared(&registrar->lock);
    if (wanted)
        lane_wake(registrar->lane);
}

/* ---- runs ---- */

unsigned int registrar_begin(struct registrar *registrar)
{
    unsigned int run;

    free_discarded(registrar);
    lock_take(&registrar->lock);
    run = ++registrar->runs;
    lock_drop(&registrar->lock);
    return run;
}

struct registration *registrar_find(struct registrar *registrar, unsigned int run,
                                    struct home *where)
{
    struct registration *registration = NULL;
    bool closed;

    lock_take(&registrar->lock);
    if (registrar->runs == run && (registration = registrar->current))
        InterlockedIncrement(&registration->references);
    closed = registrar->closed;
    lock_drop(&registrar->lock);
    if (!registration)
        return NULL;
    if (closed || notify_target_is_gone(registration->target))
    {
        INFO("a registration ends, %s", closed ? "the job is final" : "its apartment ended");
        registrar_clear(registrar, registration);
    }
    else if (notify_target_home(registration->target) == where)
        return registration;
    registration_release(registration);
    return NULL;
}

bool registrar_counts_locked(const struct registrar *registrar, unsigned int run,
                             const struct registration *registration)
{
    return registrar->runs == run && registrar->current == registration;
}

bool registrar_stands(struct registrar *registrar, const struct registration *registration)
{
    bool stands;

    lock_take_shared(&registrar->lock);
    stands = registrar->current == registration && !registrar->closed;
    lock_drop_shared(&registrar->lock);
    return stands;
}
