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

    /* Serialises changes of registration and, with it, of the lane's place. Taken before `lock`
     * and the lane's; memory only, like those. */
    struct lock turn;

    struct lock lock; /* protects all that follows */
    struct registration *current;
    struct registration *discarded; /* to be freed on a delivery thread */
    unsigned int changes;           /* how many registrations there were */
    unsigned int runs;              /* how many have begun: the last one counts */
};

/* lane_class.free(context) is called once the registrar is of no use to anybody. */
HRESULT registrar_init(struct registrar *registrar, const struct lane_class *lane_class,
                       void *context);
/* The owner's last call. */
void registrar_close(struct registrar *registrar);

/*
 * Registers object, of the kind, in place of the one before, which is released with no lock held.
 * `facade` is kept while the registration lasts. On failure nothing has changed.
 *
 * Never waits for a call in progress. After it returned no new delivery to the old object is begun;
 * the one already begun may still arrive, with references of its own.
 */
HRESULT registrar_set(struct registrar *registrar, enum parcel_kind kind, IUnknown *object,
                      IUnknown *facade);
/* Ends the registration if it is `only`; NULL: whichever it is. */
void registrar_clear(struct registrar *registrar, const struct registration *only);
/* The registration, counted, or NULL. */
struct registration *registrar_current(struct registrar *registrar);
void registration_release(struct registration *registration);

/* Has the lane run if there is anybody to be called. Also under engine.lock; memory only. */
void registrar_wake(struct registrar *registrar);

/* At the begin of a run: its number. */
unsigned int registrar_begin(struct registrar *registrar);
/* The registration that this run is to serve here, counted, or NULL. Ends one whose apartment is
 * no more. */
struct registration *registrar_find(struct registrar *registrar, unsigned int run,
                                    struct home *where);
/* Whether the run still counts and the registration still stands. The caller holds `lock`. */
bool registrar_stands_locked(const struct registrar *registrar, unsigned int run,
                             const struct registration *registration);

#endif
