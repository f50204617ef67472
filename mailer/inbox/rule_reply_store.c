/* A reply belongs to its collectivity, whoever wrote it, and waits for staff. "We have answered" holds the reminders until they have
 * looked, three working days at most; of what replies ask for only an objection acts by itself. */
#include <stdio.h>
#include <string.h>

#include "mailer/french_moments.h"
#include "mailer/inbox/rules.h"
#include "schedules/workdays.h"

enum { HOLD_WORKING_DAYS = 3 };

static bool hold(struct db *db, const struct returned *returned, struct err *err) {
    const struct match *match = returned->match;
    int64_t day = returned->now_ms / DAY_MS;
    int64_t until_ms =
        returned->now_ms + (working_days_after(day, HOLD_WORKING_DAYS, match->department) - day) * DAY_MS;
    char until[FRENCH_MOMENT], text[FRENCH_MOMENT + 60];
    french_short_moment(PARIS, until_ms, until);
    snprintf(text, sizeof text, "dit avoir répondu ; à vérifier avant le %s", until);
    const struct event event = returned_event(returned, "hold", text);
    return db_run(db, err,
                  "INSERT INTO hold (campaign_id, party_id, until_ms, inbound_id, reason) VALUES ($1, $2, "
                  "$3, $4, 'answered')",
                  DB_I(match->campaign_id), DB_T(match->party_id), DB_I(until_ms), DB_I(returned->inbound_id)) &&
           event_add(db, &event, err);
}

bool rule_reply(struct db *db, const struct returned *returned, bool *person, struct err *err) {
    enum reply_sort sort = returned->facts->reply_sort;
    bool open; /* an address it gives is decided along with the reply */
    if (sort != REPLY_OBJECTION && !proposal_add(db, returned, &open, err)) return false;
    *person = sort != REPLY_OBJECTION;
    if (sort == REPLY_OBJECTION) return rule_objection(db, returned, person, err);
    return sort != REPLY_ANSWERED || !returned->match->collectivity || hold(db, returned, err);
}
