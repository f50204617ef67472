/* Who goes ahead, and what it has found out. */
#include "mailer/send/authority_scout.h"

bool authority_scout_lets(struct authority_scout *scout, const void *who, int64_t now_ms) {
    if (!scout->list || scout->in_vain || authorities_short(scout->list)) return true;
    if (!scout->ahead || now_ms - scout->since_ms >= SCOUT_PATIENCE_MS) {
        scout->ahead = who;
        scout->since_ms = now_ms;
    }
    return scout->ahead == who;
}

/* Whoever comes first of those that have gone ahead. */
void authority_scout_encrypted(struct authority_scout *scout, const void *who, void *gnutls_session) {
    if (!scout->list || authorities_short(scout->list)) return;
    bool narrowed = gnutls_session && authorities_narrow(scout->list, gnutls_session);
    if (narrowed || scout->ahead == who) scout->in_vain = !narrowed;
}

void authority_scout_plain(struct authority_scout *scout, const void *who) {
    if (scout->ahead == who) scout->in_vain = true;
}

void authority_scout_gone(struct authority_scout *scout, const void *who) {
    if (scout->ahead == who) scout->ahead = NULL;
}
