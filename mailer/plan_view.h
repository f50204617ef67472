/* A plan as people and machines read it: waves with their instants and counts. Shared by plan, extend and start. */
#ifndef MAILER_PLAN_VIEW_H
#define MAILER_PLAN_VIEW_H

#include "base/js.h"
#include "mailer/audience.h"
#include "mailer/campaign.h"
#include "mailer/french_moments.h"
#include "mailer/wave_store.h"

struct plan_wave_view {
    const struct wave *wave;
    char at[INSTANT_TEXT];      /* RFC 3339, metropolitan France's offset */
    char french[FRENCH_MOMENT]; /* ven. 16/01/2026 à 09:30 */
    int64_t recipients;   /* deliveries planned (not cancelled) */
    int64_t forecast;     /* the audience now, for a wave not begun; -1 otherwise */
    int64_t moved;        /* of them, waiting for a mailbox whose reader is away, or that is at rest */
    int64_t other_departments; /* how many have another local day or instant */
};
bool plan_wave_view(struct db *db, const struct campaign *campaign, const struct wave *wave, struct plan_wave_view *view, struct err *err);
/* Departments whose instant differs from metropolitan France's: {"974":"2026-01-16T09:30:00+04:00", …}; NULL on error. */
struct js *plan_by_department(struct db *db, const struct wave *wave, struct err *err);
const char *audience_text(enum audience audience);                  /* « sélectionnées sans réponse » */
const char *wave_state_text(enum wave_state state);
const char *campaign_state_text(enum campaign_state state);

#endif
