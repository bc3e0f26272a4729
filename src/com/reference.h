/*
 * How an object of ours goes to another process: by what it is of, not by a proxy. The other
 * process makes an object of its own on the same queue, in-process; nothing of the first one is
 * kept alive for it. An error goes with what it says.
 *
 * Such a process tells the local server that somebody may need it (core/served).
 */
#ifndef DOSVC_COM_REFERENCE_H
#define DOSVC_COM_REFERENCE_H

#include "base/platform.h"
#include "core/engine.h"

enum reference_kind
{
    REFERENCE_FACTORY = 1, /* of the class `id` */
    REFERENCE_MANAGER,
    REFERENCE_JOB,  /* `id` */
    REFERENCE_FILE, /* `file` of the job `id` */
    REFERENCE_ERROR /* of the job `id`, about its `file` */
};

#define REFERENCE_NO_FILE UINT32_MAX

struct reference_error /* as struct job_error */
{
    UINT32 context;
    HRESULT code;
    HRESULT extended;
    char detail[JOB_DETAIL_CHARS];
};

struct reference
{
    enum reference_kind kind;
    UINT32 face; /* enum job_face */
    GUID id;
    UINT32 file;
    struct reference_error error; /* of a REFERENCE_ERROR */
};

/* Any thread; no lock held. */

/* That reference_write writes. */
ULONG reference_bytes(const struct reference *reference);
HRESULT reference_write(const struct reference *reference, IStream *stream);
/* E_UNEXPECTED: these bytes are not ours. */
HRESULT reference_read(IStream *stream, struct reference *reference);

/* Counts those that were written: activity that com/serve watches. */
LONG reference_count(void);

/* The class that makes objects of them: com/unmarshaler. */
extern const CLSID CLSID_DosvcUnmarshaler;

#endif
