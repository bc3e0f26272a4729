/* doctl doctor: checks what a download needs, and says in sentences what is wrong. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <windows.h>

/* The words after "doctor"; returns an enum exit_code. */
int doctor_run(int argc, WCHAR **argv);

#endif
