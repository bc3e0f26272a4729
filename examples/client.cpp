// Downloads one file from C++, with a lambda for what happens: client.exe URL FULL-PATH
#include <cstdio>
#include <functional>
#include <memory>
#include "dosvc.h"

struct releaser
{
    void operator()(IUnknown *object) const
    {
        object->Release();
    }
};
template <class T> using com_ptr = std::unique_ptr<T, releaser>;

// A callback object that hands both outcomes to one function.
class callback final : public IBackgroundCopyCallback
{
    using function = std::function<void(IBackgroundCopyJob *, HRESULT)>;
    LONG references = 1;
    function done;

  public:
    explicit callback(function told) : done(std::move(told))
    {
    }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **out) override
    {
        *out = nullptr;
        if (iid != __uuidof(IUnknown) && iid != __uuidof(IBackgroundCopyCallback))
            return E_NOINTERFACE;
        *out = static_cast<IBackgroundCopyCallback *>(this);
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override
    {
        return InterlockedIncrement(&references);
    }
    ULONG STDMETHODCALLTYPE Release() override
    {
        LONG left = InterlockedDecrement(&references);
        return left ? left : (delete this, 0);
    }
    HRESULT STDMETHODCALLTYPE JobTransferred(IBackgroundCopyJob *job) override
    {
        done(job, S_OK);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE JobError(IBackgroundCopyJob *job,
                                       IBackgroundCopyError *error) override
    {
        BG_ERROR_CONTEXT context;
        HRESULT code = E_FAIL;
        error->GetError(&context, &code);
        done(job, code);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE JobModification(IBackgroundCopyJob *, DWORD) override
    {
        return S_OK;
    }
};

static HRESULT download(const WCHAR *url, const WCHAR *path)
{
    IBackgroundCopyManager *raw_manager;
    HRESULT hr = DosvcCreateInstance(CLSID_DosvcManager, __uuidof(IBackgroundCopyManager),
                                     (void **)&raw_manager);
    if (FAILED(hr))
        return hr;
    com_ptr<IBackgroundCopyManager> manager(raw_manager);
    IBackgroundCopyJob *raw_job;
    GUID id; // the job can be found by it later
    if (FAILED(hr = manager->CreateJob(L"client", BG_JOB_TYPE_DOWNLOAD, &id, &raw_job)))
        return hr;
    com_ptr<IBackgroundCopyJob> job(raw_job);
    HANDLE ended = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    com_ptr<callback> told(new callback(
        [&hr, ended](IBackgroundCopyJob *subject, HRESULT code)
        {
            hr = SUCCEEDED(code) ? subject->Complete() : (subject->Cancel(), code);
            SetEvent(ended);
        }));
    if (SUCCEEDED(hr = job->AddFile(url, path)) &&
        SUCCEEDED(hr = job->SetNotifyInterface(told.get())) && SUCCEEDED(hr = job->Resume()))
        WaitForSingleObject(ended, INFINITE);
    CloseHandle(ended);
    return hr;
}

int wmain(int argc, WCHAR **argv)
{
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    HRESULT hr = argc == 3 ? download(argv[1], argv[2]) : E_INVALIDARG;
    CoUninitialize();
    std::printf("0x%08lx\n", static_cast<unsigned long>(hr));
    return FAILED(hr);
}
