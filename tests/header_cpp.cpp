/* Compiled, never run: a public header alone is enough for a C++ program. */
#include "dosvc_fake.h"

HRESULT header_in_cpp(IDODownload **download);

/* A client's own callback: every method is declared the way it has to be overridden. */
class callback : public IBackgroundCopyCallback3, public IDODownloadStatusCallback
{
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **object) override
    {
        *object = iid == __uuidof(IDODownloadStatusCallback)
                      ? static_cast<void *>(static_cast<IDODownloadStatusCallback *>(this))
                      : static_cast<void *>(static_cast<IBackgroundCopyCallback3 *>(this));
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return 2;
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        return 1;
    }
    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob *job) override
    {
        return job->Complete();
    }
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob *, IBackgroundCopyError *) override
    {
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob *, DWORD) override
    {
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE FileTransferred(IBackgroundCopyJob *, IBackgroundCopyFile *) override
    {
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE FileRangesTransferred(IBackgroundCopyJob *, IBackgroundCopyFile *,
                                                    DWORD, const BG_FILE_RANGE *) override
    {
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE OnStatusChange(IDODownload *download,
                                             const DO_DOWNLOAD_STATUS *status) override
    {
        return status->State == DODownloadState_Transferred ? download->Finalize() : S_OK;
    }
};

HRESULT header_in_cpp(IDODownload **download)
{
    static callback target;
    IDOManager *manager;
    VARIANT value;
    HRESULT hr;

    hr = DosvcCreateInstance(__uuidof(DosvcManager), __uuidof(IDOManager),
                             reinterpret_cast<void **>(&manager));
    if (FAILED(hr))
        return hr;
    hr = manager->CreateDownload(download);
    manager->Release();
    if (FAILED(hr))
        return hr;
    value.vt = VT_UNKNOWN;
    value.punkVal = static_cast<IDODownloadStatusCallback *>(&target);
    hr = (*download)->SetProperty(DODownloadProperty_CallbackInterface, &value);
    return SUCCEEDED(hr) ? DosvcFakeDownloadTransfer(*download) : hr;
}
