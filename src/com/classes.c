#include "com/classes.h"
#include "com/callback.h"
#include "com/manager.h"
#include "com/reference.h"
#include "com/unmarshaler.h"
#include "dosvc.h"

#define BITS(clsid, version)                                                                       \
    {                                                                                              \
        &(clsid), L"Background Intelligent Transfer " version, CLASS_BITS, true,                   \
            manager_create_bits                                                                    \
    }

const struct class_entry class_table[] = {
    {&CLSID_DosvcManager, L"Delivery Optimization, in-process", CLASS_OURS, true,
     manager_create_do},
    {&CLSID_DosvcBitsManager, L"Delivery Optimization, in-process, BITS dialect", CLASS_OURS, true,
     manager_create_bits},
    {&CLSID_DosvcCallback, L"Delivery Optimization callback", CLASS_OURS, false, callback_create},
    {&CLSID_DosvcUnmarshaler, L"Delivery Optimization objects of another process", CLASS_OURS,
     false, unmarshaler_create},
    {&CLSID_DeliveryOptimization, L"Delivery Optimization", CLASS_SHARED, true, manager_create_do},
    BITS(CLSID_BackgroundCopyManager, L"1.0"),
    BITS(CLSID_BackgroundCopyManager1_5, L"1.5"),
    BITS(CLSID_BackgroundCopyManager2_0, L"2.0"),
    BITS(CLSID_BackgroundCopyManager2_5, L"2.5"),
    BITS(CLSID_BackgroundCopyManager3_0, L"3.0"),
    BITS(CLSID_BackgroundCopyManager4_0, L"4.0"),
    BITS(CLSID_BackgroundCopyManager5_0, L"5.0"),
    BITS(CLSID_BackgroundCopyManager10_1, L"10.1"),
    BITS(CLSID_BackgroundCopyManager10_2, L"10.2"),
    BITS(CLSID_BackgroundCopyManager10_3, L"10.3"),
    BITS(CLSID_BackgroundCopyQMgr, L"queue"),
};

const size_t class_count = ARRAY_SIZE(class_table);

const struct class_entry *class_find(REFCLSID clsid)
{
    size_t i;

    for (i = 0; i < class_count; i++)
        if (IsEqualCLSID(clsid, class_table[i].clsid))
            return &class_table[i];
    return NULL;
}
