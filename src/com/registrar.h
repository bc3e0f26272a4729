/*
 * Which callback of a client is registered for something, the lane on which it is called, and how
 * one takes another's place while calls are under way.
 *
 * A registration keeps the client's object and the facade it is called with. The lane follows the
 * registration: it runs where the client's object may be called. The owner embeds a registrar,
 * gives it a lane class whose run begins with registrar_begin, and adds what it protects by `lock`.
 *
 * Threads: every function may be called from any thread with no lock held, except where said.
 */
#ifndef DOSVC_COM_REGISTRAR_H
#define DOSVC_COM_REGISTRAR_H

#include "base/lock.h"
#include "com/delivery.h"
#include "com/notify_target.h"

struct registrar;

struct registration /* counted: the registrar's, and that of a run using it */
{
    LONG references;
    struct registrar *registrar; /* counted; its lane is open for this */
    IUnknown *facade;            /* counted, like `target`; all never change */
    struct notify_target *target;
    struct registration *next; /* of `discarded` */
};

struct registrar
{
    LONG references; /* the owner's and one a registration */
    struct lane *lane;
    /* Told of every change, under `lock`: whether there is a new registration, or none. Or NULL. */
    void (*changed)(struct registrar *registrar, bool registered);

    /* Serialises changes of registration and, with it, of the lane's place. Taken before `lock`
     * and the lane's; memory only, like those. */
    struct lock turn;

    struct lock lock; /* protects all that follows */
    bool closed;      /* no registration any more: set it under the lock, then wake the lane */
    struct registration *current;
    struct registration *discarded; /* to be freed on a delivery thread */
    unsigned int runs;              /* how many have begun: the last one counts */
};

/* The registrar is zeroed but for `changed`. lane_class.free(context) is called once it is of no
 * use to anybody. */
HRESULT registrar_init(struct registrar *registrar, const struct lane_class *lane_class,
                       void *context);
/* Ends the registration for good. May be repeated. Does not wait (registrar_part). */
void registrar_close(struct registrar *registrar);
/* The owner's last call, after registrar_close. */
void registrar_release(struct registrar *registrar);

/*
 * Registers object, of the kind, in place of the one before, which is released with no lock held.
 * `facade` is kept while the registration lasts. On failure nothing has changed;
 * E_NOT_VALID_STATE once closed.
 *
 * Never waits for a call in progress. After it returned no new delivery to the old object is begun;
 * the one already begun may still arrive, with references of its own.
 */
HRESULT registrar_set(struct registrar *registrar, enum parcel_kind kind, IUnknown *object,
                      IUnknown *facade);
/* What the caller's thread, if it is the STA of the registered object, is to wait for once the
 * registration has ended, whoever ended it. */
void registrar_part(struct registrar *registrar, struct parting *parting);
/* Ends the registration if it is `only`; NULL: whichever it is, and then it waits like that. */
void registrar_clear(struct registrar *registrar, const struct registration *only);
/* An interface of the registered object that is valid in the caller's apartment, counted; S_OK and
 * NULL when there is none. */
HRESULT registrar_query(struct registrar *registrar, REFIID iid, void **out);
void registration_release(struct registration *registration);

/* Has the lane run if there is anybody to be called. Also under engine.lock; memory only. */
void registrar_wake(struct registrar *registrar);

/* At the begin of a run: its number. */
unsigned int registrar_begin(struct registrar *registrar);
/* The registration that this run is to serve here, counted, or NULL. Ends one that is closed or
 * whose apartment is no more. */
struct registration *registrar_find(struct registrar *registrar, unsigned int run,
                                    struct home *where);
/* Whether the run still counts, and the registration with it. The caller holds `lock`. */
bool registrar_counts_locked(const struct registrar *registrar, unsigned int run,
                             const struct registration *registration);
/* Whether the registration still stands: the check after which one delivery may still arrive. */
bool registrar_stands(struct registrar *registrar, const struct registration *registration);

#endif
