/* The waves of a campaign and their instants, department by department. All writes in the caller's transaction. */
#ifndef MAILER_WAVE_STORE_H
#define MAILER_WAVE_STORE_H

#include "mailer/campaign.h"

enum wave_state { WAVE_WAITING, WAVE_RUNNING, WAVE_DONE, WAVE_SKIPPED, WAVE_STATES };
extern const char *const WAVE_STATE[WAVE_STATES];

struct wave {
    int64_t id;
    char name[SCHEDULE_NAME], template[SCHEDULE_NAME], title[SCHEDULE_TITLE];
    enum audience audience;
    enum wave_state state;
    char reason[64];
    int64_t frozen_ms;  /* -1 = may still move */
    int64_t at_ms;      /* metropolitan France's instant */
    bool resend;        /* policy for doubts */
};
struct waves { struct wave *all; size_t count; };

/* In order of their instants. */
bool waves_load(struct db *db, int64_t campaign_id, struct waves *waves, struct err *err);
void waves_release(struct waves *waves);

/* Makes the rows say what campaign->schedule says: new waves are added; those that may still move get their
 * instants anew. What was planned of those must have been cancelled before (delivery_cancel_wave). */
bool waves_sync(struct db *db, const struct campaign *campaign, struct err *err);
/* The same for one wave of the schedule. */
bool wave_sync(struct db *db, const struct campaign *campaign, size_t index, struct err *err);
/* Takes a wave out that the schedule no longer has. Nothing of it has been armed, and its deliveries have been cancelled: of
 * one that was never planned no row is left; another stays, skipped, so that the ledger goes on naming it. */
bool wave_drop(struct db *db, int64_t wave_id, struct err *err);
/* A department that is new to the reference gets its instant in every wave that is not over; the others keep theirs. */
bool waves_add_departments(struct db *db, const struct campaign *campaign, struct err *err);
/* The working days have changed (a calendar of closures): groups that have not begun, of waves that have not either, get
 * the instants they would be given now; the second only says how many that would be. */
bool waves_follow_days(struct db *db, const struct campaign *campaign, struct err *err);
bool waves_moved(struct db *db, const struct campaign *campaign, int64_t *count, struct err *err);
/* Nothing of it has been armed: moving the deadline moves it, even if all its deliveries have ended (the relay was away
 * until the deadline, nobody had an address): nothing was sent that could be sent again. */
bool wave_may_move(const struct wave *wave);

const struct wave *waves_find(const struct waves *waves, const char *name); /* NULL when there is none */

/* The instant of a wave for a department, -1 when it has none; of metropolitan France with "". */
int64_t wave_at_ms(struct db *db, int64_t wave_id, const char *department, struct err *err);

#endif
