/*
 * What every COM object of ours begins with: references, QueryInterface by a table, identity.
 *
 *     struct thing
 *     {
 *         struct com_object com;
 *         IThing2 IThing2_iface;
 *     };
 *     COM_IMPLEMENTS(thing, IThing2)
 *
 *     static const IThing2Vtbl thing_vtbl = {COM_UNKNOWN(thing, IThing2), thing_DoIt};
 *     static const struct com_interface thing_interfaces[] = {
 *         {&IID_IThing, offsetof(struct thing, IThing2_iface)},
 *         {&IID_IThing2, offsetof(struct thing, IThing2_iface)},
 *     };
 *     static const struct com_class thing_class = {
 *         "thing", thing_interfaces, ARRAY_SIZE(thing_interfaces), thing_free, NULL, NULL};
 *
 * Every such object also answers IAgileObject, IMarshal (com/marshal) and IClientSecurity
 * (com/security), and counts in base/module while it lives.
 *
 * Threads: any. An object is freed on the thread of its last Release, with no lock held.
 */
#ifndef DOSVC_COM_COM_OBJECT_H
#define DOSVC_COM_COM_OBJECT_H

#include "base/platform.h"
#include <stddef.h>

struct com_object;
struct reference; /* com/reference */

struct com_interface
{
    const IID *iid;
    size_t offset; /* of the interface's member in the object */
};

struct com_class
{
    const char *name; /* for the log */
    const struct com_interface *interfaces;
    size_t interface_count; /* at least one: the first is the object's IUnknown */
    /* Undoes the object and frees its memory. */
    void (*free)(struct com_object *object);
    /* Asked for what the table lacks; NULL = the common three named above. On success *out is
     * counted; on failure it is NULL. */
    HRESULT (*query)(struct com_object *object, REFIID iid, void **out);
    /* Says what the object is of, for another process; NULL = it does not leave this one. */
    void (*refer)(const struct com_object *object, struct reference *reference);
};

struct com_object
{
    const struct com_class *class;
    LONG references;
    IMarshal IMarshal_iface;               /* methods: com/marshal */
    IClientSecurity IClientSecurity_iface; /* methods: com/security */
};

/* One reference, the caller's. Counts the object in base/module. */
void com_object_init(struct com_object *object, const struct com_class *com_class);

HRESULT com_object_query(struct com_object *object, REFIID iid, void **out);
ULONG com_object_addref(struct com_object *object);
ULONG com_object_release(struct com_object *object);

/* The pointer by which clients tell objects apart; not counted anew. */
IUnknown *com_object_identity(struct com_object *object);

/* Defines <object>_from_<face>() and the face's three IUnknown methods, which need no more
 * than where the face lies in the object. */
#define COM_IMPLEMENTS(object, face)                                                               \
    static inline struct object *object##_from_##face(face *iface)                                 \
    {                                                                                              \
        return CONTAINING_RECORD(iface, struct object, face##_iface);                              \
    }                                                                                              \
    static inline HRESULT STDMETHODCALLTYPE object##_##face##_QueryInterface(                      \
        face *iface, REFIID iid, void **out)                                                       \
    {                                                                                              \
        return com_object_query(&object##_from_##face(iface)->com, iid, out);                      \
    }                                                                                              \
    static inline ULONG STDMETHODCALLTYPE object##_##face##_AddRef(face *iface)                    \
    {                                                                                              \
        return com_object_addref(&object##_from_##face(iface)->com);                               \
    }                                                                                              \
    static inline ULONG STDMETHODCALLTYPE object##_##face##_Release(face *iface)                   \
    {                                                                                              \
        return com_object_release(&object##_from_##face(iface)->com);                              \
    }

/* The first three entries of a vtable. */
#define COM_UNKNOWN(object, face)                                                                  \
    object##_##face##_QueryInterface, object##_##face##_AddRef, object##_##face##_Release

#endif
