/* Downloads into an IStream with IDODownload, and prints what came: stream.exe URL */
#define COBJMACROS
#include <stdio.h>
#include "dosvc.h"

static HRESULT set(IDODownload *download, DODownloadProperty property, VARTYPE type, void *value)
{
    VARIANT variant;
    HRESULT hr;

    VariantInit(&variant);
    if (type == VT_BSTR)
        value = SysAllocString(value);
    else
        IUnknown_AddRef((IUnknown *)value);
    V_VT(&variant) = type;
    V_BYREF(&variant) = value; /* the same place for a BSTR and an IUnknown */
    hr = IDODownload_SetProperty(download, property, &variant);
    VariantClear(&variant);
    return hr;
}

/* Until the download is where nothing more happens by itself. */
static HRESULT wait(IDosvcCallback *callback)
{
    DO_DOWNLOAD_STATUS status = {0};
    DOSVC_EVENT event;
    HRESULT hr;

    do
    {
        hr = IDosvcCallback_WaitForEvent(callback, 60000, &event);
        if (FAILED(hr))
            return hr;
        status = event.Status;
        IDosvcCallback_ClearEvent(callback, &event);
    } while (status.State != DODownloadState_Transferred && SUCCEEDED(status.Error));
    return status.Error;
}

static HRESULT print(IStream *stream)
{
    LARGE_INTEGER start = {0};
    char bytes[4096];
    ULONG count = 0;
    HRESULT hr = IStream_Seek(stream, start, STREAM_SEEK_SET, NULL);

    while (SUCCEEDED(hr) && SUCCEEDED(hr = IStream_Read(stream, bytes, sizeof(bytes), &count)) &&
           count)
        fwrite(bytes, 1, count, stdout);
    return hr;
}

static HRESULT fetch(IDOManager *manager, WCHAR *url, IStream *stream, IDosvcCallback *callback)
{
    DO_DOWNLOAD_RANGES_INFO all = {1, {{0, DO_LENGTH_TO_EOF}}}; /* a stream wants ranges */
    IDODownload *download;
    HRESULT hr;

    hr = IDOManager_CreateDownload(manager, &download);
    if (FAILED(hr))
        return hr;
    hr = set(download, DODownloadProperty_Uri, VT_BSTR, url);
    if (SUCCEEDED(hr))
        hr = set(download, DODownloadProperty_StreamInterface, VT_UNKNOWN, stream);
    if (SUCCEEDED(hr))
        hr = set(download, DODownloadProperty_CallbackInterface, VT_UNKNOWN, callback);
    if (SUCCEEDED(hr))
        hr = IDODownload_Start(download, &all);
    if (SUCCEEDED(hr))
        hr = wait(callback);
    if (SUCCEEDED(hr))
        hr = IDODownload_Finalize(download);
    else
        IDODownload_Abort(download);
    IDODownload_Release(download);
    return hr;
}

int wmain(int argc, WCHAR **argv)
{
    IDosvcCallback *callback;
    IDOManager *manager;
    IStream *stream;
    HRESULT hr;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (argc != 2 || FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)) ||
        FAILED(DosvcCreateInstance(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager)) ||
        FAILED(DosvcCreateInstance(&CLSID_DosvcCallback, &IID_IDosvcCallback, (void **)&callback)))
        return 2;
    hr = IDosvcCallback_KeepEvents(callback, DOSVC_EVENT_STATUS);
    if (SUCCEEDED(hr))
        hr = fetch(manager, argv[1], stream, callback);
    if (SUCCEEDED(hr))
        hr = print(stream);
    fprintf(stderr, "0x%08lx\n", (unsigned long)hr);
    return FAILED(hr); /* what is left ends with the process */
}
