#ifndef IO_PARTFILE_H
#define IO_PARTFILE_H

#include "base/platform.h"

/* One file on disk, written piece by piece at offsets. Every call is synchronous and made with the
 * rights of the calling thread; a partfile is used by one thread at a time, but
 * partfile_flush may run beside the other calls. Paths are absolute and
 * may be longer than MAX_PATH. Failures are HRESULT_FROM_WIN32 of what Windows said.
 *
 * While it is open, others may read it and delete or rename it, but not write. */

struct partfile;

/* A new file; HRESULT_FROM_WIN32(ERROR_FILE_EXISTS) if there is something of that name. */
HRESULT partfile_create(const WCHAR *path, struct partfile **file);
/* An existing file; HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) if there is none. */
HRESULT partfile_open(const WCHAR *path, struct partfile **file);
void partfile_close(struct partfile *file); /* NULL is fine */

/* All of it or an error; after an error any part of it may be on disk. */
HRESULT partfile_write(struct partfile *file, UINT64 offset, const void *data, size_t size);
/* `got` is less than size only at the end of the file. */
HRESULT partfile_read(struct partfile *file, UINT64 offset, void *data, size_t size, size_t *got);
HRESULT partfile_flush(struct partfile *file);                 /* on the medium when it returns */
HRESULT partfile_truncate(struct partfile *file, UINT64 size); /* or extends, with zeros */
HRESULT partfile_size(struct partfile *file, UINT64 *size);
/* Parts of it that were never written take no room on the disk, and no time. */
HRESULT partfile_make_sparse(struct partfile *file);
/* It is as any other file again. S_FALSE: it was. */
HRESULT partfile_end_sparse(struct partfile *file);

/* Puts `from` where `to` is, replacing a file there; durable when it returns. Same volume: at no
 * moment is there neither the old file nor the new one. */
HRESULT partfile_rename(const WCHAR *from, const WCHAR *to);
HRESULT partfile_delete(const WCHAR *path); /* S_FALSE: there was none */

/* Bytes of the file at `path`. ERROR_FILE_NOT_FOUND only where there certainly is none. */
HRESULT partfile_size_at(const WCHAR *path, UINT64 *size);

/* Can a file be written at `path`? S_OK; HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND): no such folder;
 * E_ACCESSDENIED: path is a folder, or a file or folder that this thread may not write. A file that
 * is there stays as it is, and nothing is left behind. */
HRESULT partfile_probe_target(const WCHAR *path);

/* Whether a failed rename or delete may succeed once somebody else closes the file. */
bool partfile_is_in_use(HRESULT hr);

#endif
