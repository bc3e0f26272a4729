/*
 * What a client holds of a file: IBackgroundCopyFile to 6, IDeliveryOptimizationFile and File2.
 */
#ifndef DOSVC_COM_FILE_OBJECT_H
#define DOSVC_COM_FILE_OBJECT_H

#include "base/platform.h"
#include "dosvc.h"

struct file;
struct job;

/* Keeps a reference of the file's job, for a file lives as long as its job. *out is counted. */
HRESULT file_object_create(struct file *file, IBackgroundCopyFile6 **out);

/* The same where the file is still to be added, which must not happen if there is no memory for
 * the object: until file_object_set it is good for nothing but Release. */
HRESULT file_object_reserve(struct job *job, IBackgroundCopyFile6 **out);
void file_object_set(IBackgroundCopyFile6 *reserved, struct file *file);

#endif
