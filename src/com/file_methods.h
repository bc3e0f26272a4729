/*
 * struct file_object, whose methods are in two files: com/file_object (IBackgroundCopyFile to 6)
 * and com/file_delivery (IDeliveryOptimizationFile, IDeliveryOptimizationFile2).
 */
#ifndef DOSVC_COM_FILE_METHODS_H
#define DOSVC_COM_FILE_METHODS_H

#include "com/client_text.h"
#include "com/com_object.h"
#include "com/dialect.h"
#include "core/engine.h"
#include "dosvc.h"

struct file_object
{
    struct com_object com;
    IBackgroundCopyFile6 IBackgroundCopyFile6_iface;
    IDeliveryOptimizationFile IDeliveryOptimizationFile_iface;
    IDeliveryOptimizationFile2 IDeliveryOptimizationFile2_iface;
    IDosvcProperties IDosvcProperties_iface;
    struct job *job;   /* counted */
    struct file *file; /* lives as long as its job */
};
COM_IMPLEMENTS(file_object, IBackgroundCopyFile6)
COM_IMPLEMENTS(file_object, IDeliveryOptimizationFile)
COM_IMPLEMENTS(file_object, IDeliveryOptimizationFile2)
COM_IMPLEMENTS(file_object, IDosvcProperties)

extern const IDeliveryOptimizationFileVtbl file_delivery_vtbl;
extern const IDeliveryOptimizationFile2Vtbl file_delivery2_vtbl;

/* What the dialect of the file's job calls a failure. */
HRESULT file_failure(struct file *file, enum failure kind);

#endif
