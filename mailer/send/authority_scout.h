/* While the list of authorities a relay's certificate is verified with is long, one connection goes ahead with the whole of it;
 * what its server shows narrows the list for the others, which wait for that (base/authorities.h). Not for long: a server that
 * keeps one connection waiting may be well for the next, which then goes ahead too. */
#ifndef MAILER_SEND_AUTHORITY_SCOUT_H
#define MAILER_SEND_AUTHORITY_SCOUT_H

#include "base/authorities.h"

enum { SCOUT_PATIENCE_MS = 1000 };
struct authority_scout {
    struct authorities *list; /* borrowed; NULL = TLS is never used, and nobody waits */
    const void *ahead;        /* who went ahead last; NULL = nobody, or it is back */
    int64_t since_ms;         /* monotonic */
    bool in_vain;             /* there was no TLS, or the list cannot be narrowed: everybody reads the whole of it */
};
/* Whether this one may open now, with the list as it is; whoever asks first while it is long goes ahead. now_ms: monotonic. */
bool authority_scout_lets(struct authority_scout *scout, const void *who, int64_t now_ms);
/* It speaks TLS, and the chain is verified. gnutls_session: NULL where another library does. */
void authority_scout_encrypted(struct authority_scout *scout, const void *who, void *gnutls_session);
void authority_scout_plain(struct authority_scout *scout, const void *who); /* it opened without TLS */
void authority_scout_gone(struct authority_scout *scout, const void *who);  /* it opens no more; no harm when it was not ahead */

#endif
