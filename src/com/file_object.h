/*
 * What a client holds of a file: IBackgroundCopyFile to 6, IDeliveryOptimizationFile and File2.
 */
#ifndef DOSVC_COM_FILE_OBJECT_H
#define DOSVC_COM_FILE_OBJECT_H

#include "base/platform.h"
#include "dosvc.h"

struct file;

/* Keeps a reference of the file's job, for a file lives as long as its job. *out is counted. */
HRESULT file_object_create(struct file *file, IBackgroundCopyFile6 **out);

#endif
