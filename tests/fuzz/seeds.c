#include "fuzz.h"

#include <string.h>

int LLVMFuzzerInitialize(int *count, char ***arguments);

/* libFuzzer begins with what is in the folder that its last argument names: the seeds go there. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    const char *folder = (*arguments)[*count - 1];
    char path[4096];
    size_t i;

    if (*count < 2 || folder[0] == '-')
        return 0;
    for (i = 0; fuzz_seeds[i]; i++)
    {
        FILE *file;

        snprintf(path, sizeof(path), "%s/seed-%zu", folder, i);
        MUST(file = fopen(path, "wb"));
        MUST(fwrite(fuzz_seeds[i], 1, strlen(fuzz_seeds[i]), file) == strlen(fuzz_seeds[i]));
        MUST(!fclose(file));
    }
    return 0;
}
