#include "core/settings.h"

static const struct
{
    HKEY root;
    const WCHAR *path;
} places[] = {
    {HKEY_LOCAL_MACHINE, L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"},
    {HKEY_CURRENT_USER, L"Software\\dosvc"},
};

UINT32 settings_number(const WCHAR *name, UINT32 otherwise)
{
    DWORD value, size;
    size_t i;

    for (i = 0; i < ARRAY_SIZE(places); i++)
    {
        size = sizeof(value);
        if (!RegGetValueW(places[i].root, places[i].path, name, RRF_RT_REG_DWORD, NULL, &value,
                          &size))
            return value;
    }
    return otherwise;
}
