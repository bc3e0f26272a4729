#include "base/platform.h"

#include "testkit/owner.h"

#include <iphlpapi.h>
#include <stdlib.h>

/* The table grows between being measured and being read. */
static MIB_TCPTABLE_OWNER_PID *read_table(void)
{
    MIB_TCPTABLE_OWNER_PID *table = NULL;
    DWORD size = 65536, result = ERROR_INSUFFICIENT_BUFFER;

    while (result == ERROR_INSUFFICIENT_BUFFER)
    {
        free(table);
        size *= 2;
        if (!(table = malloc(size)))
            abort();
        result = GetExtendedTcpTable(table, &size, FALSE, AF_INET, TCP_TABLE_OWNER_PID_ALL, 0);
    }
    if (result == NO_ERROR)
        return table;
    free(table);
    return NULL;
}

size_t owner_ports(unsigned long process, unsigned short server, unsigned short *ports, size_t room)
{
    MIB_TCPTABLE_OWNER_PID *table = read_table();
    size_t count = 0;
    DWORD i;

    for (i = 0; table && i < table->dwNumEntries && count < room; i++)
    {
        const MIB_TCPROW_OWNER_PID *row = &table->table[i];

        if (row->dwOwningPid == process && ntohs((unsigned short)row->dwRemotePort) == server)
            ports[count++] = ntohs((unsigned short)row->dwLocalPort);
    }
    free(table);
    return count;
}
