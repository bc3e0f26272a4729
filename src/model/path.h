#ifndef MODEL_PATH_H
#define MODEL_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATH_LENGTH_MAX 32767
#define PATH_NAME_MAX 255 /* of one component */

/* Whether a client may name this file as a target: absolute (C:\.., \\server\share\.., \\?\..),
 * with a file name, no device or stream in any component, nothing that Windows would silently
 * change (a dot or space at the end). Says nothing about what is there. */
bool path_is_acceptable(const uint16_t *path);

/* NUL, con.txt, "COM1 .log": a name that is a device in every folder. */
bool path_is_device(const uint16_t *name, size_t length);

#endif
