/* What an address and a header value must look like before either may enter a message. */
#ifndef TEMPLATES_MAILBOX_H
#define TEMPLATES_MAILBOX_H

#include "base/common.h"

/* local@domain: dot-atom (UTF-8 allowed, RFC 6531) and a domain name; at most 254 octets, local part 64. */
bool mailbox_address_valid(const char *address);
/* Valid UTF-8 without CR, LF, NUL or any other control. */
bool header_value_valid(const char *value);

#endif
