/* What the small client programs in test_client_*.c have in common: activation, properties, the
 * plumbing of a callback object. How a program uses the interfaces is in its own file. */
#ifndef CLIENT_KIT_H
#define CLIENT_KIT_H

#include "testkit/kit.h"

#define CLIENT_SIZE 3000000 /* of what is downloaded */

/* ---- activation ---- */

static inline IDOManager *client_manager(void)
{
    IDOManager *manager = NULL;

    assert_hr(S_OK, kit_create(&CLSID_DeliveryOptimization, &IID_IDOManager, (void **)&manager));
    return manager;
}

static inline IDODownload *client_download(IDOManager *manager)
{
    IDODownload *download = NULL;

    assert_hr(S_OK, IDOManager_CreateDownload(manager, &download));
    return download;
}

/* ---- properties ---- */

/* Frees its copy at once, as clients do. */
static inline void client_set_text(IDODownload *download, DODownloadProperty property,
                                   const wchar_t *text)
{
    assert_hr(S_OK, kit_set_string(download, property, text));
}

static inline HRESULT client_set_object(IDODownload *download, DODownloadProperty property,
                                        void *object)
{
    VARIANT value;

    VariantInit(&value);
    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = object;
    return IDODownload_SetProperty(download, property, &value);
}

static inline VARIANT client_get(IDODownload *download, DODownloadProperty property, VARTYPE type)
{
    VARIANT value;

    VariantInit(&value);
    assert_hr(S_OK, IDODownload_GetProperty(download, property, &value));
    assert_int_equal(type, V_VT(&value));
    return value;
}

static inline DO_DOWNLOAD_STATUS client_status(IDODownload *download)
{
    DO_DOWNLOAD_STATUS status;

    assert_hr(S_OK, IDODownload_GetStatus(download, &status));
    return status;
}

static inline void client_set_uri(IDODownload *download, struct kit *kit, const char *path)
{
    wchar_t url[HTTPD_URL_MAX];

    client_set_text(download, DODownloadProperty_Uri, httpd_wide_url(kit->httpd, path, url));
}

/* ---- a callback object, neither agile nor with a marshaler ---- */

struct client_callback
{
    IDODownloadStatusCallback IDODownloadStatusCallback_iface;
    LONG references;
    HRESULT(*told)
    (struct client_callback *callback, IDODownload *download, const DO_DOWNLOAD_STATUS *status);
};

static inline struct client_callback *client_callback_from(IDODownloadStatusCallback *iface)
{
    return CONTAINING_RECORD(iface, struct client_callback, IDODownloadStatusCallback_iface);
}

static inline HRESULT STDMETHODCALLTYPE client_QueryInterface(IDODownloadStatusCallback *iface,
                                                              REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IDODownloadStatusCallback))
        return E_NOINTERFACE;
    IDODownloadStatusCallback_AddRef(iface);
    *out = iface;
    return S_OK;
}

static inline ULONG STDMETHODCALLTYPE client_AddRef(IDODownloadStatusCallback *iface)
{
    return InterlockedIncrement(&client_callback_from(iface)->references);
}

static inline ULONG STDMETHODCALLTYPE client_Release(IDODownloadStatusCallback *iface)
{
    return InterlockedDecrement(&client_callback_from(iface)->references);
}

static inline HRESULT STDMETHODCALLTYPE client_OnStatusChange(IDODownloadStatusCallback *iface,
                                                              IDODownload *download,
                                                              const DO_DOWNLOAD_STATUS *status)
{
    struct client_callback *callback = client_callback_from(iface);

    return callback->told(callback, download, status);
}

static const IDODownloadStatusCallbackVtbl client_callback_vtbl = {
    client_QueryInterface, client_AddRef, client_Release, client_OnStatusChange};

static inline void client_callback_init(struct client_callback *callback,
                                        HRESULT (*told)(struct client_callback *, IDODownload *,
                                                        const DO_DOWNLOAD_STATUS *))
{
    callback->IDODownloadStatusCallback_iface.lpVtbl = &client_callback_vtbl;
    callback->references = 1;
    callback->told = told;
}

/* Waits until the DLL has let go of it: then it may leave the stack. */
static inline void client_callback_end(struct client_callback *callback)
{
    uint64_t deadline = GetTickCount64() + KIT_LIMIT;

    while (callback->references != 1 && GetTickCount64() < deadline)
        kit_pass(5);
    assert_int_equal(1, callback->references);
}

#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

#endif
