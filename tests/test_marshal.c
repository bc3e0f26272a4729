/* Our objects inside the process are the very pointers everywhere; another one gets references. */
#include "delivery_kit.h"

#include "com/callback.h"
#include "com/reference.h"

/* Marshals to the destination and back; what came out. */
static HRESULT round_trip(IUnknown *object, DWORD context, DWORD flags, IUnknown **out)
{
    LARGE_INTEGER start = {{0}};
    IStream *stream;
    HRESULT hr;

    *out = NULL;
    hr = CreateStreamOnHGlobal(NULL, TRUE, &stream);
    if (FAILED(hr))
        return hr;
    hr = CoMarshalInterface(stream, &IID_IBackgroundCopyJob, object, context, NULL, flags);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    if (SUCCEEDED(hr))
        hr = CoUnmarshalInterface(stream, &IID_IBackgroundCopyJob, (void **)out);
    IStream_Release(stream);
    return hr;
}

static void in_the_process_the_pointer_itself_travels(void **state)
{
    static const DWORD contexts[] = {MSHCTX_INPROC, MSHCTX_CROSSCTX};
    struct fixture *fixture = *state;
    IUnknown *out;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(contexts); i++)
    {
        assert_hr(S_OK, round_trip((IUnknown *)fixture->job, contexts[i], MSHLFLAGS_NORMAL, &out));
        assert_ptr_equal(fixture->job, out);
        IUnknown_Release(out);
        assert_int_equal(1, fake_job_references(fixture->fake));
    }
}

static void a_packet_that_is_given_up_keeps_nothing(void **state)
{
    struct fixture *fixture = *state;
    LARGE_INTEGER start = {{0}};
    IStream *stream;

    assert_hr(S_OK, CreateStreamOnHGlobal(NULL, TRUE, &stream));
    assert_hr(S_OK, CoMarshalInterface(stream, &IID_IBackgroundCopyJob, (IUnknown *)fixture->job,
                                       MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL));
    assert_int_equal(2, fake_job_references(fixture->fake));
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    assert_hr(S_OK, CoReleaseMarshalData(stream));
    assert_int_equal(1, fake_job_references(fixture->fake));
    IStream_Release(stream);
}

static void an_object_does_not_leave_the_machine(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *out;

    assert_hr(E_NOINTERFACE, round_trip((IUnknown *)fixture->job, MSHCTX_DIFFERENTMACHINE,
                                        MSHLFLAGS_NORMAL, &out));
    assert_int_equal(1, fake_job_references(fixture->fake));
}

static void another_process_gets_a_reference_and_nothing_is_kept_for_it(void **state)
{
    static const DWORD contexts[] = {MSHCTX_LOCAL, MSHCTX_NOSHAREDMEM};
    struct fixture *fixture = *state;
    LARGE_INTEGER start = {{0}};
    IStream *stream;
    CLSID clsid;
    IMarshal *marshal;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(contexts); i++)
    {
        marshal = kit_face(fixture->job, &IID_IMarshal);
        assert_hr(S_OK, IMarshal_GetUnmarshalClass(marshal, &IID_IBackgroundCopyJob, fixture->job,
                                                   contexts[i], NULL, MSHLFLAGS_NORMAL, &clsid));
        assert_true(IsEqualCLSID(&clsid, &CLSID_DosvcUnmarshaler));
        IMarshal_Release(marshal);
        assert_hr(S_OK, CreateStreamOnHGlobal(NULL, TRUE, &stream));
        assert_hr(S_OK,
                  CoMarshalInterface(stream, &IID_IBackgroundCopyJob, (IUnknown *)fixture->job,
                                     contexts[i], NULL, MSHLFLAGS_NORMAL));
        assert_int_equal(1, fake_job_references(fixture->fake));
        IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
        assert_hr(S_OK, CoReleaseMarshalData(stream));
        IStream_Release(stream);
    }
}

static IStream *stream_of(const void *data, ULONG size)
{
    LARGE_INTEGER start = {{0}};
    IStream *stream;

    assert_hr(S_OK, CreateStreamOnHGlobal(NULL, TRUE, &stream));
    IStream_Write(stream, data, size, NULL);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    return stream;
}

static void an_error_goes_with_what_it_says(void **state)
{
    struct fixture *fixture = *state;
    struct reference reference;
    IBackgroundCopyError *error;
    LARGE_INTEGER start = {{0}};
    ULONG estimate, written;
    STATSTG stat;
    IStream *stream;

    fake_job_add_file(fixture->fake, L"http://a", L"c:\\a", 1);
    fake_job_set_error(fixture->fake, BG_ERROR_CONTEXT_REMOTE_FILE, (HRESULT)0x80190194, 0);
    fake_job_move(fixture->fake, BG_JOB_STATE_ERROR);
    assert_hr(S_OK, IBackgroundCopyJob_GetError(fixture->job, &error));
    stream = stream_of(NULL, 0);
    assert_hr(S_OK, CoMarshalInterface(stream, &IID_IBackgroundCopyError, (IUnknown *)error,
                                       MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL));
    assert_hr(S_OK, IStream_Stat(stream, &stat, STATFLAG_NONAME));
    assert_hr(S_OK, CoGetMarshalSizeMax(&estimate, &IID_IBackgroundCopyError, (IUnknown *)error,
                                        MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL));
    written = stat.cbSize.LowPart;
    assert_true(written <= estimate);
    IBackgroundCopyError_Release(error);

    /* what is ours stands at its end */
    memset(&reference, 0, sizeof(reference));
    reference.kind = REFERENCE_ERROR;
    start.QuadPart = written - reference_bytes(&reference);
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    assert_hr(S_OK, reference_read(stream, &reference));
    assert_int_equal(REFERENCE_ERROR, reference.kind);
    assert_int_equal(0, reference.file);
    assert_int_equal(BG_ERROR_CONTEXT_REMOTE_FILE, reference.error.context);
    assert_hr((HRESULT)0x80190194, reference.error.code);
    IStream_Release(stream);
}

static void what_is_no_reference_is_refused(void **state)
{
    static const BYTE nonsense[40] = {'D', 'S', 'V', 'C', 9, 9, 9};
    static const ULONG sizes[] = {0, 1, sizeof(nonsense) - 1, sizeof(nonsense)};
    struct reference reference;
    IStream *stream;
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(sizes); i++)
    {
        stream = stream_of(nonsense, sizes[i]);
        assert_hr(E_UNEXPECTED, reference_read(stream, &reference));
        IStream_Release(stream);
    }
}

/* Cut off anywhere, and with a text that has no end. */
static void an_error_that_is_not_whole_is_refused(void **state)
{
    static const LARGE_INTEGER start = {{0}};
    struct reference reference = {.kind = REFERENCE_ERROR, .file = REFERENCE_NO_FILE};
    ULONG size = reference_bytes(&reference), cut;
    BYTE data[512];
    IStream *stream;

    (void)state;
    assert_true(size <= sizeof(data));
    stream = stream_of(NULL, 0);
    assert_hr(S_OK, reference_write(&reference, stream));
    IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);
    assert_hr(S_OK, IStream_Read(stream, data, size, NULL));
    IStream_Release(stream);
    for (cut = 0; cut < size; cut += 13)
    {
        stream = stream_of(data, cut);
        assert_hr(E_UNEXPECTED, reference_read(stream, &reference));
        IStream_Release(stream);
    }
    memset(data + size - JOB_DETAIL_CHARS, 'x', JOB_DETAIL_CHARS);
    stream = stream_of(data, size);
    assert_hr(E_UNEXPECTED, reference_read(stream, &reference));
    IStream_Release(stream);
}

struct visit
{
    IBackgroundCopyJob *job;
    IStream *stream;
    IUnknown *out;
    HRESULT hr;
};

static DWORD WINAPI visit_sta(void *context)
{
    struct visit *visit = context;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    visit->hr = CoGetInterfaceAndReleaseStream(visit->stream, &IID_IBackgroundCopyJob,
                                               (void **)&visit->out);
    if (visit->out)
        IUnknown_Release(visit->out);
    CoUninitialize();
    return 0;
}

static void an_sta_gets_the_very_pointer(void **state)
{
    struct fixture *fixture = *state;
    struct visit visit = {.job = fixture->job};
    HANDLE thread;

    assert_hr(S_OK, CoMarshalInterThreadInterfaceInStream(&IID_IBackgroundCopyJob,
                                                          (IUnknown *)fixture->job, &visit.stream));
    thread = CreateThread(NULL, 0, visit_sta, &visit, 0, NULL);
    assert_int_equal(WAIT_OBJECT_0, WaitForSingleObject(thread, KIT_LIMIT));
    CloseHandle(thread);
    assert_hr(S_OK, visit.hr);
    assert_ptr_equal(fixture->job, visit.out);
    assert_int_equal(1, fake_job_references(fixture->fake));
}

static void the_table_keeps_the_very_pointer(void **state)
{
    static const CLSID clsid = {0x323, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};
    struct fixture *fixture = *state;
    IGlobalInterfaceTable *table;
    IUnknown *out;
    DWORD cookie;

    assert_hr(S_OK, CoCreateInstance(&clsid, NULL, CLSCTX_INPROC_SERVER, &IID_IGlobalInterfaceTable,
                                     (void **)&table));
    assert_hr(S_OK, IGlobalInterfaceTable_RegisterInterfaceInGlobal(
                        table, (IUnknown *)fixture->job, &IID_IBackgroundCopyJob, &cookie));
    assert_hr(S_OK, IGlobalInterfaceTable_GetInterfaceFromGlobal(
                        table, cookie, &IID_IBackgroundCopyJob, (void **)&out));
    assert_ptr_equal(fixture->job, out);
    IUnknown_Release(out);
    assert_hr(S_OK, IGlobalInterfaceTable_RevokeInterfaceFromGlobal(table, cookie));
    IGlobalInterfaceTable_Release(table);
    assert_int_equal(1, fake_job_references(fixture->fake));
}

static void identity_holds_through_the_marshaler(void **state)
{
    struct fixture *fixture = *state;
    IUnknown *identity, *again;
    IMarshal *marshal;

    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(fixture->job, &IID_IUnknown, (void **)&identity));
    assert_hr(S_OK,
              IBackgroundCopyJob_QueryInterface(fixture->job, &IID_IMarshal, (void **)&marshal));
    assert_hr(S_OK, IMarshal_QueryInterface(marshal, &IID_IUnknown, (void **)&again));
    assert_ptr_equal(identity, again);
    IUnknown_Release(again);
    IMarshal_Release(marshal);
    IUnknown_Release(identity);
    assert_int_equal(1, fake_job_references(fixture->fake));
}

/* DosvcCallback is everybody's: another process may have a proxy of it. */
static void our_callback_leaves_the_process_as_a_proxy(void **state)
{
    IMarshal *marshal;
    IUnknown *callback;
    CLSID clsid;

    (void)state;
    assert_hr(S_OK, callback_create(&callback));
    assert_hr(S_OK, IUnknown_QueryInterface(callback, &IID_IMarshal, (void **)&marshal));
    assert_hr(S_OK, IMarshal_GetUnmarshalClass(marshal, &IID_IBackgroundCopyCallback, callback,
                                               MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL, &clsid));
    IMarshal_Release(marshal);
    assert_int_equal(0, IUnknown_Release(callback));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        delivery_case(in_the_process_the_pointer_itself_travels),
        delivery_case(a_packet_that_is_given_up_keeps_nothing),
        delivery_case(an_object_does_not_leave_the_machine),
        delivery_case(another_process_gets_a_reference_and_nothing_is_kept_for_it),
        delivery_case(an_error_goes_with_what_it_says),
        delivery_case(what_is_no_reference_is_refused),
        delivery_case(an_error_that_is_not_whole_is_refused),
        delivery_case(an_sta_gets_the_very_pointer),
        delivery_case(the_table_keeps_the_very_pointer),
        delivery_case(identity_holds_through_the_marshaler),
        delivery_case(our_callback_leaves_the_process_as_a_proxy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
