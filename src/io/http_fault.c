/*
 * Answers of the fault injection: late ones, and such that no server gave.
 */
#include "io/http_exchange.h"

#include "base/clock.h"
#include "base/fault.h"

void exchange_inject(struct http_exchange *exchange)
{
    unsigned int delay = fault_delay();

    if (fault_hit(FAULT_STATUS))
        exchange->injected = fault_error(FAULT_STATUS);
    if (!delay)
        return;
    exchange->not_before = clock_now() + delay;
    exchange->connect_deadline += delay; /* it is the answer that is late */
}

bool exchange_is_answered(const struct http_exchange *exchange)
{
    return exchange->injected && exchange->phase == EXCHANGE_WAITING && !exchange->over &&
           clock_now() >= exchange->not_before;
}

void exchange_answer(struct http_exchange *exchange)
{
    struct str_buf *head = &exchange->head;
    unsigned int seconds;

    str_buf_appendf(head, "HTTP/1.1 %lu Injected\r\nContent-Length: 0\r\n",
                    (unsigned long)exchange->injected);
    if (fault_retry_after(&seconds))
        str_buf_appendf(head, "Retry-After: %u\r\n", seconds);
    str_buf_append(head, "\r\n");
    if (FAILED(head->error))
        exchange_fail(exchange, FAILURE_OUT_OF_MEMORY, E_OUTOFMEMORY, "out of memory");
    exchange->tls_checked = true; /* there is no server that could have a certificate */
    exchange_tell_head(exchange);
}
