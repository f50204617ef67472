/* Whether and with what messages are signed: [sender] dkim_* of the configuration. */
#ifndef MAILER_DKIM_SETTINGS_H
#define MAILER_DKIM_SETTINGS_H

#include "base/settings.h"
#include "templates/dkim.h"

struct dkim_settings {
    char domain[256]; /* "" = messages are not signed here */
    struct { char selector[DKIM_SELECTOR]; const char *file; } keys[DKIM_KEYS]; /* file borrowed from the settings; NULL = no such key */
};
/* from_domain: of the sender's address, which the signing domain must be or stand above (RFC 7489 3.1.1). Each key is
 * opened once, to know that it can be. ERR_INPUT naming the key of the configuration and what to write. */
bool dkim_settings_read(const struct settings *settings, const char *from_domain, struct dkim_settings *dkim, struct err *err);
/* Ready to sign; NULL with an error. domain must not be "". */
struct dkim *dkim_settings_open(const struct dkim_settings *dkim, struct err *err);

#endif
