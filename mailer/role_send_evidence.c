/* Evidence from outside the database: the log of the Postfix on this machine says what it took. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "mailer/role_send_turn.h"

enum { LOOK_EVERY_MS = 60000 };

bool send_look_for_evidence(struct sending *sending, struct err *err) {
    int64_t settled;
    struct err why = {0};
    if (!sending->log || monotonic_ms() < sending->log_again_ms) return true;
    sending->log_again_ms = monotonic_ms() + LOOK_EVERY_MS;
    if (!postfix_watch_look(sending->log, sending->app->db, app_now_ms(sending->app), &settled, &why)) {
        if (strcmp(why.code, "POSTFIX_LOG")) return *err = why, false;
        /* A log that cannot be read proves nothing, and sending needs no proof: it is said once, and goes on. */
        if (!sending->log_told) log_write(LOG_WARNING, "%s", why.text);
        sending->log_told = true;
        return true;
    }
    if (!settled) return true;
    facts_changed(sending); /* one of them may be in hand: its resend does not leave */
    log_write(LOG_INFO, "the log of Postfix settles %" PRId64 " deliveries in doubt: sent", settled);
    return true;
}
