/* What doctl's process ends with; `doctl --help` says the same. */
#ifndef CLI_EXIT_CODE_H
#define CLI_EXIT_CODE_H

enum exit_code
{
    EXIT_DONE = 0,         /* every file is in place, every job obeyed */
    EXIT_FAILED = 1,       /* a download failed, a job did not obey, a code is unknown */
    EXIT_USAGE = 2,        /* the command line makes no sense */
    EXIT_NO_SERVICE = 3,   /* COM, dosvc.dll or its queue could not be used */
    EXIT_INTERRUPTED = 130 /* Ctrl+C */
};

#endif
