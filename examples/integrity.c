/*
 * Downloads one file and keeps it only if its pieces are right:
 * integrity.exe URL FULL-PATH URL-OF-THE-PIECES-HASH-FILE HASH-OF-HASHES
 */
#define COBJMACROS
#include <stdio.h>
#include <wchar.h>
#include "dosvc.h"

static HRESULT set_text(IDODownload *download, DODownloadProperty property, const WCHAR *text)
{
    VARIANT value;
    HRESULT hr;

    VariantInit(&value);
    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = V_BSTR(&value) ? IDODownload_SetProperty(download, property, &value) : E_OUTOFMEMORY;
    VariantClear(&value);
    return hr;
}

static HRESULT set_true(IDODownload *download, DODownloadProperty property)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = VARIANT_TRUE;
    return IDODownload_SetProperty(download, property, &value);
}

/* The simplest way to wait: BlockingMode makes Start return at the end. */
static HRESULT download(IDODownload *download, WCHAR **argv)
{
    WCHAR info[4096];
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    swprintf(info, ARRAYSIZE(info),
             L"{\"" IntegrityCheckInfo_PiecesHashFileUrl L"\": \"%ls\", "
             L"\"" IntegrityCheckInfo_HashOfHashes L"\": "
             L"\"%"
             L"ls\"}",
             argv[3], argv[4]);
    hr = set_text(download, DODownloadProperty_Uri, argv[1]);
    if (SUCCEEDED(hr))
        hr = set_text(download, DODownloadProperty_LocalPath, argv[2]);
    if (SUCCEEDED(hr))
        hr = set_text(download, DODownloadProperty_IntegrityCheckInfo, info);
    if (SUCCEEDED(hr)) /* a pieces hash file that cannot be had is a failure, too */
        hr = set_true(download, DODownloadProperty_IntegrityCheckMandatory);
    if (SUCCEEDED(hr))
        hr = set_true(download, DODownloadProperty_BlockingMode);
    if (SUCCEEDED(hr))
        hr = IDODownload_Start(download, NULL);
    if (SUCCEEDED(hr))
        hr = IDODownload_GetStatus(download, &status);
    if (SUCCEEDED(hr))
        hr = status.Error;
    if (SUCCEEDED(hr))
        hr = IDODownload_Finalize(download);
    else
        IDODownload_Abort(download);
    return hr;
}

int wmain(int argc, WCHAR **argv)
{
    IDODownload *one = NULL;
    IDOManager *manager;
    HRESULT hr;

    if (argc != 5)
        return 2;
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    hr = DosvcCreateInstance(&CLSID_DosvcManager, &IID_IDOManager, (void **)&manager);
    if (FAILED(hr))
        return 1;
    hr = IDOManager_CreateDownload(manager, &one);
    if (SUCCEEDED(hr))
    {
        hr = download(one, argv);
        IDODownload_Release(one);
    }
    IDOManager_Release(manager);
    CoUninitialize();
    printf("0x%08lx\n", (unsigned long)hr);
    return FAILED(hr);
}
