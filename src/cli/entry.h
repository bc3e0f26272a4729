/*
 * One thing in the queue, whichever class made it: a job of Delivery Optimization, a job of BITS,
 * or a download of IDOManager; and all of them together.
 */
#ifndef CLI_ENTRY_H
#define CLI_ENTRY_H

#include "json.h"

#include "dosvc.h"

enum entry_kind
{
    ENTRY_DO,
    ENTRY_BITS,
    ENTRY_DOWNLOAD,
    ENTRY_KINDS
};

#define ID_CHARS 40

struct entry
{
    enum entry_kind kind;
    WCHAR id[ID_CHARS];      /* "{...}" */
    IBackgroundCopyJob *job; /* counted; NULL for a download */
    IDODownload *download;   /* counted; NULL for a job */
};

/* How it is at one moment. */
struct look
{
    WCHAR *name;        /* owned; never NULL after entry_look */
    const WCHAR *state; /* "TRANSFERRING" */
    bool runs;          /* wants to go on by itself */
    bool waits;         /* every byte is here: Complete or Finalize is awaited */
    bool failed;        /* in error, for now or for good; code says why */
    BG_JOB_PRIORITY priority;
    UINT64 bytes;
    UINT64 total; /* SIZE_UNKNOWN */
    ULONG files;
    ULONG files_done;
    HRESULT code;
    WCHAR *sentence; /* owned; of the code, or NULL */
};

void entry_look(const struct entry *entry, struct look *look);
void look_free(struct look *look);
const WCHAR *entry_kind_name(enum entry_kind kind); /* "DO", "BITS", "download" */

/* What list, watch and show say alike, as members of the object that is open. */
void entry_json(struct json *json, const struct entry *entry, const struct look *look);

struct entries
{
    IBackgroundCopyManager *managers[2]; /* by entry_kind */
    IDOManager *downloads;
    struct entry *all;
    size_t count;
};

/* Reaches the service; says what is wrong if it cannot. entries_close in any case. */
HRESULT entries_open(struct entries *entries);
void entries_close(struct entries *entries);
/* Asks anew what there is, oldest first within a kind; says what is wrong if that fails. */
HRESULT entries_load(struct entries *entries);
/* By id, or by a part from its beginning that only one has, with or without the brace. NULL: none
 * or several, and stderr says which. */
struct entry *entries_find(struct entries *entries, const WCHAR *word);

#endif
