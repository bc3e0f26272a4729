/* What dosvc is measured against. Each fetches the target to its path. */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "target.h"

#include "dosvc.h"

/* recv into 1 MiB, WriteFile, one flush. */
HRESULT peer_loop(const struct target *target);
/* The same for one file after the other on one connection, each put in place by a rename. */
HRESULT peer_loop_files(const BG_FILE_INFO *files, ULONG count);
/* The program that $BENCH_CURL names; the second one is given the command line's rest. */
HRESULT peer_curl_exe(const struct target *target);
HRESULT peer_curl_run(const WCHAR *arguments);
/* SHA-256 of as many bytes in memory. */
HRESULT peer_bcrypt(UINT64 size);

#endif
