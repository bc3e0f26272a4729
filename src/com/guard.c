#include "com/guard.h"

#include "base/log.h"

#ifdef __x86_64__

/* MinGW's gcc has no __try. The two lines of scope table that it would emit are written by hand:
 * between guard_begin and guard_end guard_filter is asked, and execution goes on at guard_caught.
 */
HRESULT guard_enter(HRESULT (*call)(void *context), void *context);
LONG guard_filter(EXCEPTION_POINTERS *raised, void *frame);

__asm__(".text\n"
        ".globl guard_enter\n"
        ".def guard_enter; .scl 2; .type 32; .endef\n"
        ".seh_proc guard_enter\n"
        "guard_enter:\n"
        "    subq $40, %rsp\n"
        "    .seh_stackalloc 40\n"
        "    .seh_endprologue\n"
        "    movq %rcx, %rax\n"
        "    movq %rdx, %rcx\n"
        "guard_begin:\n"
        "    call *%rax\n"
        "    nop\n"
        "guard_end:\n"
        "    jmp guard_leave\n"
        "guard_caught:\n"
        "    movl $0x80010105, %eax\n" /* RPC_E_SERVERFAULT */
        "guard_leave:\n"
        "    addq $40, %rsp\n"
        "    ret\n"
        "    .seh_handler __C_specific_handler, @except\n"
        "    .seh_handlerdata\n"
        "    .long 1\n"
        "    .rva guard_begin, guard_end, guard_filter, guard_caught\n"
        "    .text\n"
        "    .seh_endproc\n");

LONG guard_filter(EXCEPTION_POINTERS *raised, void *frame)
{
    DWORD code = raised->ExceptionRecord->ExceptionCode;

    (void)frame;
    if (code == EXCEPTION_STACK_OVERFLOW || code == EXCEPTION_BREAKPOINT ||
        code == EXCEPTION_SINGLE_STEP)
        return EXCEPTION_CONTINUE_SEARCH;
    WARN("a client's callback raised 0x%08lx at %p", code,
         raised->ExceptionRecord->ExceptionAddress);
    return EXCEPTION_EXECUTE_HANDLER;
}

HRESULT guard_call(HRESULT (*call)(void *context), void *context)
{
    return guard_enter(call, context);
}

#else

HRESULT guard_call(HRESULT (*call)(void *context), void *context)
{
    return call(context);
}

#endif
