/* A callback on its way to another apartment. */
#include "delivery_kit.h"

#include "com/parcel.h"

struct stubborn /* an IMarshal that refuses */
{
    IBackgroundCopyCallback IBackgroundCopyCallback_iface;
    IMarshal IMarshal_iface;
    LONG references;
};

static struct stubborn stubborn;

static HRESULT STDMETHODCALLTYPE stubborn_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid,
                                                         void **out)
{
    (void)iface;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        *out = &stubborn.IBackgroundCopyCallback_iface;
    else if (IsEqualIID(iid, &IID_IMarshal))
        *out = &stubborn.IMarshal_iface;
    else
        return E_NOINTERFACE;
    InterlockedIncrement(&stubborn.references);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE stubborn_AddRef(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return (ULONG)InterlockedIncrement(&stubborn.references);
}

static ULONG STDMETHODCALLTYPE stubborn_Release(IBackgroundCopyCallback *iface)
{
    (void)iface;
    return (ULONG)InterlockedDecrement(&stubborn.references);
}

static HRESULT STDMETHODCALLTYPE marshal_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    (void)iface;
    return stubborn_QueryInterface(NULL, iid, out);
}

static ULONG STDMETHODCALLTYPE marshal_AddRef(IMarshal *iface)
{
    (void)iface;
    return stubborn_AddRef(NULL);
}

static ULONG STDMETHODCALLTYPE marshal_Release(IMarshal *iface)
{
    (void)iface;
    return stubborn_Release(NULL);
}

static HRESULT STDMETHODCALLTYPE marshal_GetUnmarshalClass(IMarshal *iface, REFIID iid,
                                                           void *object, DWORD context, void *data,
                                                           DWORD flags, CLSID *clsid)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)data, (void)flags, (void)clsid;
    return E_ACCESSDENIED;
}

static HRESULT STDMETHODCALLTYPE marshal_GetMarshalSizeMax(IMarshal *iface, REFIID iid,
                                                           void *object, DWORD context, void *data,
                                                           DWORD flags, DWORD *size)
{
    (void)iface, (void)iid, (void)object, (void)context, (void)data, (void)flags, (void)size;
    return E_ACCESSDENIED;
}

static HRESULT STDMETHODCALLTYPE marshal_MarshalInterface(IMarshal *iface, IStream *stream,
                                                          REFIID iid, void *object, DWORD context,
                                                          void *data, DWORD flags)
{
    (void)iface, (void)stream, (void)iid, (void)object, (void)context, (void)data, (void)flags;
    return E_ACCESSDENIED;
}

static void what_cannot_be_marshalled_is_refused(void **state)
{
    static const IMarshalVtbl marshal_vtbl = {.QueryInterface = marshal_QueryInterface,
                                              .AddRef = marshal_AddRef,
                                              .Release = marshal_Release,
                                              .GetUnmarshalClass = marshal_GetUnmarshalClass,
                                              .GetMarshalSizeMax = marshal_GetMarshalSizeMax,
                                              .MarshalInterface = marshal_MarshalInterface};
    static const IBackgroundCopyCallbackVtbl vtbl = {.QueryInterface = stubborn_QueryInterface,
                                                     .AddRef = stubborn_AddRef,
                                                     .Release = stubborn_Release};
    struct fixture *fixture = *state;
    IUnknown *callback;

    stubborn.IBackgroundCopyCallback_iface.lpVtbl = &vtbl;
    stubborn.IMarshal_iface.lpVtbl = &marshal_vtbl;
    recorder_attach(fixture->recorder, fixture->job, ALL_FLAGS);
    assert_hr(E_ACCESSDENIED,
              IBackgroundCopyJob_SetNotifyInterface(
                  fixture->job, (IUnknown *)&stubborn.IBackgroundCopyCallback_iface));
    assert_int_equal(0, stubborn.references);
    assert_hr(S_OK, IBackgroundCopyJob_GetNotifyInterface(fixture->job, &callback));
    assert_ptr_equal(recorder_unknown(fixture->recorder), callback);
    IUnknown_Release(callback);
}

/* ---- parcels ---- */

static void a_parcel_is_the_very_object_where_it_came_from(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *faces[PARCEL_FACES], *back[PARCEL_FACES];
    struct parcel parcel;
    size_t i;

    assert_hr(S_OK, parcel_faces(PARCEL_OF_JOB, recorder_unknown(fixture->recorder), faces));
    assert_hr(S_OK, parcel_pack(&parcel, PARCEL_OF_JOB, faces));
    assert_hr(S_OK, parcel_unpack(&parcel, back));
    for (i = 0; i < PARCEL_FACES; i++)
        assert_ptr_equal(faces[i], back[i]);
    parcel_release_faces(back);
    parcel_release_faces(faces);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
}

static void a_parcel_may_be_dropped(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *faces[PARCEL_FACES];
    struct parcel parcel;

    assert_hr(S_OK, parcel_faces(PARCEL_OF_JOB, recorder_unknown(fixture->recorder), faces));
    assert_hr(S_OK, parcel_pack(&parcel, PARCEL_OF_JOB, faces));
    parcel_release_faces(faces);
    assert_int_not_equal(1, recorder_references(fixture->recorder));
    parcel_drop(&parcel);
    assert_true(recorder_wait_released(fixture->recorder, KIT_LIMIT));
    parcel_drop(&parcel); /* an empty one */
}

static void a_parcel_holds_the_faces_there_are(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *faces[PARCEL_FACES];

    recorder_set_faces(fixture->recorder, RECORDER_CALLBACK | RECORDER_CALLBACK2);
    assert_hr(S_OK, parcel_faces(PARCEL_OF_JOB, recorder_unknown(fixture->recorder), faces));
    assert_non_null(faces[PARCEL_CALLBACK]);
    assert_non_null(faces[PARCEL_CALLBACK2]);
    assert_null(faces[PARCEL_CALLBACK3]);
    parcel_release_faces(faces);
    recorder_set_faces(fixture->recorder, 0);
    assert_hr(E_NOINTERFACE,
              parcel_faces(PARCEL_OF_JOB, recorder_unknown(fixture->recorder), faces));
    assert_int_equal(1, recorder_references(fixture->recorder));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        delivery_case_sta(what_cannot_be_marshalled_is_refused),
        delivery_case_sta(a_parcel_is_the_very_object_where_it_came_from),
        delivery_case_sta(a_parcel_may_be_dropped),
        delivery_case(a_parcel_holds_the_faces_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
