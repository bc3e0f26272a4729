/* Names of files, taken from URLs and command lines. Results are freed with free(); NULL: memory.
 */
#ifndef CLI_FILE_NAME_H
#define CLI_FILE_NAME_H

#include <windows.h>

#include <stdbool.h>

/* "scheme://..." */
bool is_url(const WCHAR *text);

/* What is safe to show: without credentials, query and fragment. */
WCHAR *url_to_show(const WCHAR *url);

/*
 * The last part of the URL's path, percent-decoded as UTF-8; what no Windows file name may contain
 * becomes '_'. Empty when the URL names no file.
 */
WCHAR *file_name_from_url(const WCHAR *url);

/* The full path of `file` in `folder`; folder NULL: in the current folder. A full `file` is kept.
 */
WCHAR *file_path(const WCHAR *folder, const WCHAR *file);

/* The part after the last separator; points into path. */
const WCHAR *file_last_part(const WCHAR *path);

#endif
