/* The campaigns a sender works for, kept parsed between turns. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "mailer/role_send_turn.h"

struct known_campaign *campaign_known(struct sending *sending, int64_t id) {
    for (size_t i = 0; i < sending->known_count; i++)
        if (sending->known[i].campaign.id == id) return &sending->known[i];
    return NULL;
}

void campaigns_release(struct sending *sending) {
    for (size_t i = 0; i < sending->known_count; i++) campaign_release(&sending->known[i].campaign);
    sending->known_count = 0;
}

/* Draft and cancelled ones too: a delivery in hand may belong to one that has just been cancelled. */
struct campaign_row { int64_t id, answers_as_of_ms; char state[16], schedule[65], approval[65]; };

static int load_rows(struct db *db, struct campaign_row *rows_out, struct err *err) {
    int count = 0;
    AUTO(db_rows) rows = db_query(db, err, "SELECT id, state, schedule, COALESCE(approval, ''), COALESCE(answers_as_of_ms, -1) FROM campaign ORDER BY id DESC LIMIT 64");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct campaign_row *row = &rows_out[count++];
        row->id = db_int(rows, 0);
        snprintf(row->state, sizeof row->state, "%s", db_text(rows, 1));
        snprintf(row->schedule, sizeof row->schedule, "%s", db_text(rows, 2));
        snprintf(row->approval, sizeof row->approval, "%s", db_text(rows, 3));
        row->answers_as_of_ms = db_int(rows, 4);
    }
    return got < 0 ? -1 : count;
}

static void forget_made(struct sending *sending) {
    maker_forget(sending);
    composer_forget(sending->composer);
}

static bool judge_approval(struct sending *sending, struct known_campaign *known, bool first, struct err *err) {
    char present[65];
    AUTO_BUF identity = BUF_INIT(8192);
    sender_identity_text(&sending->settings.identity, &identity);
    if (!campaign_approval(sending->app->db, &known->campaign, buf_text(&identity), present, err)) return false;
    bool was = known->approved;
    known->approved = !strcmp(present, known->campaign.approval);
    if (was && !known->approved) forget_made(sending); /* what is kept is not what the store says any more */
    if (!known->approved && (was || first) && known->campaign.state == CAMPAIGN_STARTED)
        log_write(LOG_WARNING, "campaign %s: templates, schedule or sender changed since its start; run relais start %s",
                  known->campaign.name, known->campaign.name);
    return true;
}

static bool load_one(struct sending *sending, struct known_campaign *known, const struct campaign_row *row, struct err *err) {
    if (!campaign_load_id(sending->app->db, row->id, &known->campaign, err)) return false;
    snprintf(known->schedule_sha256, sizeof known->schedule_sha256, "%s", row->schedule);
    known->late_mark = 0;
    memset(known->windows, 0, sizeof known->windows);
    return known->campaign.state != CAMPAIGN_STARTED || judge_approval(sending, known, true, err);
}

static bool in_hand(const struct sending *sending, int64_t campaign_id) {
    for (int i = 0; i < sending->slot_count; i++)
        if (sending->slots[i].state != SLOT_FREE && sending->slots[i].delivery.held.campaign_id == campaign_id) return true;
    for (int i = 0; i < sending->queue_count; i++)
        if (sending->leased[sending->queue[i]].held.campaign_id == campaign_id) return true;
    return false;
}

/* A place for one more: a free one, or that of a campaign that is none of the last any more and of which nothing is in hand. NULL when
 * there is none now. */
static struct known_campaign *place_for_one_more(struct sending *sending, const struct campaign_row *rows, int count) {
    if (sending->known_count < CAMPAIGNS) return &sending->known[sending->known_count++];
    for (size_t i = 0; i < sending->known_count; i++) {
        struct known_campaign *known = &sending->known[i];
        bool among_last = false;
        for (int k = 0; k < count && !among_last; k++) among_last = rows[k].id == known->campaign.id;
        if (among_last || in_hand(sending, known->campaign.id)) continue;
        campaign_release(&known->campaign);
        return known;
    }
    return NULL;
}

bool campaigns_refresh(struct sending *sending, struct err *err) {
    struct campaign_row rows[CAMPAIGNS];
    int count = load_rows(sending->app->db, rows, err);
    for (int i = 0; i < count; i++) {
        struct known_campaign *known = campaign_known(sending, rows[i].id);
        bool same = known && known->campaign.answers_as_of_ms == rows[i].answers_as_of_ms && !strcmp(known->schedule_sha256, rows[i].schedule) &&
                    !strcmp(known->campaign.approval, rows[i].approval) &&
                    !strcmp(CAMPAIGN_STATE[known->campaign.state], rows[i].state);
        if (same) continue;
        forget_made(sending); /* before anything of a campaign goes */
        if (known) campaign_release(&known->campaign);
        else if (!(known = place_for_one_more(sending, rows, count))) continue;
        if (!load_one(sending, known, &rows[i], err)) return false;
    }
    return count >= 0;
}

bool campaigns_judge(struct sending *sending, struct err *err) {
    for (size_t i = 0; i < sending->known_count; i++)
        if (sending->known[i].campaign.state == CAMPAIGN_STARTED && !judge_approval(sending, &sending->known[i], false, err)) return false;
    return true;
}

void facts_changed(struct sending *sending) {
    sending->facts_version++;
    maker_void(sending);
}

bool campaigns_notice(struct sending *sending, struct err *err) {
    int64_t before = sending->store_mark;
    if (!db_foreign_changes(sending->app->db, &sending->store_mark, err)) return false;
    if (sending->store_mark == before) return true;
    facts_changed(sending);
    return campaigns_refresh(sending, err);
}
