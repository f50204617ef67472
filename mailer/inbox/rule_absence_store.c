/* An auto-reply with the day its writer is back: the next mail to that mailbox moves to the working day after it, never past the last
 * useful day. One that gives another address proposes it to a person. */
#include "mailer/french_moments.h"
#include "mailer/inbox/rules.h"

bool rule_autoreply(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    const struct match *match = returned->match;
    bool open = false;
    int64_t back_day;
    if (!proposal_add(db, returned, &open, err)) return false;
    *person |= open;
    if (!day_parse(returned->facts->return_date, &back_day) || back_day < local_day(PARIS, returned->now_ms)) return true;
    /* The last word counts: who is ill longer than he thought says so in his next auto-reply. */
    return db_run(db, err,
                  "INSERT INTO mailbox_absence (address, back_day, at_ms, inbound_id) VALUES ($1, $2, $3, $4) "
                  "ON CONFLICT (address) DO UPDATE SET back_day = excluded.back_day, at_ms = excluded.at_ms, inbound_id = excluded.inbound_id",
                  DB_T(match->address), DB_I(back_day), DB_I(returned->now_ms), DB_I(returned->inbound_id)) &&
           quiet_move_planned(db, match->address, returned->key, returned->origin, returned->now_ms, err);
}
