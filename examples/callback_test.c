/*
 * A unit test of a callback, with no service and no network: the fake calls it when told. Link
 * dosvc_fake and no dosvc.dll. Exit code 0 when everything held.
 */
#define COBJMACROS
#define CONST_VTABLE
#include <stdio.h>
#include "dosvc_fake.h"

/* ---- the callback under test: completes a job that has come, once it can ---- */

static unsigned int transferred, completed, failed;
static HRESULT disk = S_OK; /* what the program's own work says */

static HRESULT STDMETHODCALLTYPE QueryInterface(IBackgroundCopyCallback *self, REFIID iid,
                                                void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyCallback))
        return E_NOINTERFACE;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Count(IBackgroundCopyCallback *self)
{
    (void)self;
    return 1; /* it is static */
}

static HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyCallback *self,
                                                IBackgroundCopyJob *job)
{
    (void)self;
    transferred++;
    if (FAILED(disk))
        return disk; /* it is called again later */
    completed += IBackgroundCopyJob_Complete(job) == S_OK;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyCallback *self, IBackgroundCopyJob *job,
                                          IBackgroundCopyError *error)
{
    (void)self, (void)error;
    failed++;
    return IBackgroundCopyJob_Cancel(job);
}

static HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyCallback *self,
                                                 IBackgroundCopyJob *job, DWORD reserved)
{
    (void)self, (void)job, (void)reserved;
    return S_OK;
}

static const IBackgroundCopyCallbackVtbl methods = {QueryInterface, Count,    Count,
                                                    JobTransferred, JobError, JobModification};
static IBackgroundCopyCallback callback = {&methods};

/* ---- the test ---- */

#define CHECK(what) ((what) ? 0 : (printf("line %d: %s\n", __LINE__, #what), wrong++))

int main(void)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *jobs[2];
    struct dosvc_live_counts live;
    int i, wrong = 0;
    GUID id;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    DosvcFakeCreateInstance(&CLSID_DosvcManager, &IID_IBackgroundCopyManager, (void **)&manager);
    for (i = 0; i < 2; i++)
    {
        IBackgroundCopyManager_CreateJob(manager, L"test", BG_JOB_TYPE_DOWNLOAD, &id, &jobs[i]);
        IBackgroundCopyJob_AddFile(jobs[i], L"http://example.com/a", L"C:\\a");
        IBackgroundCopyJob_SetNotifyInterface(jobs[i], (IUnknown *)&callback);
        IBackgroundCopyJob_Resume(jobs[i]);
    }
    disk = E_OUTOFMEMORY;
    CHECK(DosvcFakeJobTransfer(jobs[0]) == S_OK);
    CHECK(transferred == 1 && !completed); /* it has been called, here */
    disk = S_OK;
    DosvcFakeAdvance(5000); /* milliseconds, at once */
    CHECK(transferred == 2 && completed == 1);
    CHECK(DosvcFakeJobFail(jobs[1], BG_ERROR_CONTEXT_REMOTE_FILE, 0x80190194, 0) == S_OK);
    CHECK(failed == 1);
    for (i = 0; i < 2; i++)
        IBackgroundCopyJob_Release(jobs[i]);
    IBackgroundCopyManager_Release(manager);
    DosvcFakeReset();
    DosvcFakeGetLiveCounts(&live);
    CHECK(!live.objects && !live.blocks && !live.threads);
    CoUninitialize();
    return wrong != 0;
}
