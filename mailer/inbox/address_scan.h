/* Addresses as they stand in running text. */
#ifndef MAILER_INBOX_ADDRESS_SCAN_H
#define MAILER_INBOX_ADDRESS_SCAN_H

#include <stddef.h>

struct found_address {
    const char *start;
    size_t length;
};
/* The next address between at and end; NULL start when there is none. Returns where to go on. */
const char *address_scan(const char *at, const char *end, struct found_address *found);

#endif
