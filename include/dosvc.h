/*
 * dosvc.h: what a program needs to use dosvc.dll: the interfaces and classes
 * (from the generated deliveryoptimization.h), the codes they return
 * (dosvc_codes.h), and what the DLL exports beside the COM entry points.
 *
 * In C, define COBJMACROS before it for IFoo_Bar(iface, ...) and CONST_VTABLE
 * for vtables that are const. Do not include <bits*.h> or Windows' own
 * <deliveryoptimization.h> beside it. The ids (IID_*, CLSID_*) are in
 * deliveryoptimization_i.c, or here when <initguid.h> is included first.
 */
#ifndef DOSVC_H
#define DOSVC_H

#include "deliveryoptimization.h"

#include "dosvc_codes.h"

/* Further keys of the JSON text of IntegrityCheckInfo (docs/integrity.md): a digest of the whole
 * file, in base64 or hex, and its algorithm, "SHA256". */
#define IntegrityCheckInfo_FileDigest L"FileDigest"
#define IntegrityCheckInfo_FileDigestAlgorithm L"FileDigestAlgorithm"

#ifdef __cplusplus
extern "C"
{
#endif

    /*
     * Creates an object of one of our classes, or of a BITS class (in the BITS
     * dialect), with no registration at all. COM must be initialised on the calling
     * thread. *object is NULL on failure; CLASS_E_CLASSNOTAVAILABLE: not our class;
     * E_NOINTERFACE.
     */
    HRESULT STDAPICALLTYPE DosvcCreateInstance(REFCLSID clsid, REFIID riid, void **object);

    /*
     * What dosvc.exe does: makes this process the local server of our classes (for
     * programs that ask for CLSCTX_LOCAL_SERVER) and lets the jobs of this user's queue
     * run. Returns when neither a program that got its objects here lives nor a job
     * runs any more, on a quiet machine some 5 s later. On a thread that is in no
     * apartment or in the MTA. RPC_E_CHANGED_MODE: it is in an STA; else what kept the
     * queue from being opened or the classes from being offered.
     */
    HRESULT STDAPICALLTYPE DosvcServe(void);

    /* What of this DLL is alive in this process: a test that ends with zeros leaks nothing. */
    struct dosvc_live_counts
    {
        LONG objects; /* COM objects, class factories included */
        LONG blocks;  /* memory blocks */
        LONG threads; /* threads started by the DLL */
        LONG handles; /* events, files and other kernel handles */
        LONG locks;   /* IClassFactory::LockServer */
    };

    /* Any thread. Each number is exact, the five together are no snapshot. */
    void STDAPICALLTYPE DosvcGetLiveCounts(struct dosvc_live_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
