/* Who goes ahead, and what it has found out. */
#include "mailer/send/authority_scout.h"

bool authority_scout_lets(struct authority_scout *scout, const void *who) {
    if (!scout->list || scout->in_vain || authorities_short(scout->list)) return true;
    if (!scout->ahead) scout->ahead = who;
    return scout->ahead == who;
}

void authority_scout_encrypted(struct authority_scout *scout, const void *who, void *gnutls_session) {
    if (scout->ahead == who) scout->in_vain = !gnutls_session || !authorities_narrow(scout->list, gnutls_session);
}

void authority_scout_plain(struct authority_scout *scout, const void *who) {
    if (scout->ahead == who) scout->in_vain = true;
}

void authority_scout_gone(struct authority_scout *scout, const void *who) {
    if (scout->ahead == who) scout->ahead = NULL;
}
