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

#define CAMPAIGN_ROWS "SELECT id, state, schedule, COALESCE(approval, ''), COALESCE(answers_as_of_ms, -1) FROM campaign "

static void read_row(const struct db_rows *rows, struct campaign_row *row) {
    row->id = db_int(rows, 0);
    snprintf(row->state, sizeof row->state, "%s", db_text(rows, 1));
    snprintf(row->schedule, sizeof row->schedule, "%s", db_text(rows, 2));
    snprintf(row->approval, sizeof row->approval, "%s", db_text(rows, 3));
    row->answers_as_of_ms = db_int(rows, 4);
}

/* Where there are more than there is room for, those that were started and last the longest: drafts made since, and what was called off, keep
 * none of them out. */
static int load_rows(struct db *db, struct campaign_row *all, struct err *err) {
    int count = 0, got;
    AUTO(db_rows) rows = db_query(db, err, CAMPAIGN_ROWS "ORDER BY CASE state WHEN 'started' THEN 0 WHEN 'draft' THEN 2 ELSE 1 END, deadline DESC, id DESC LIMIT 64");
    while ((got = db_next(rows, err)) > 0) read_row(rows, &all[count++]);
    return got < 0 ? -1 : count;
}

static bool among(const struct campaign_row *rows, int count, int64_t campaign_id) {
    for (int i = 0; i < count; i++)
        if (rows[i].id == campaign_id) return true;
    return false;
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

/* A place for one more: a free one, or that of a campaign that is none of those any more and of which nothing is in hand. NULL when
 * there is none now. */
static struct known_campaign *place_for_one_more(struct sending *sending, const struct campaign_row *rows, int count) {
    if (sending->known_count < CAMPAIGNS) return &sending->known[sending->known_count++];
    for (size_t i = 0; i < sending->known_count; i++) {
        struct known_campaign *known = &sending->known[i];
        if (among(rows, count, known->campaign.id) || in_hand(sending, known->campaign.id)) continue;
        campaign_release(&known->campaign);
        return known;
    }
    return NULL;
}

static bool is_as_known(const struct known_campaign *known, const struct campaign_row *row) {
    return known->campaign.answers_as_of_ms == row->answers_as_of_ms && !strcmp(known->schedule_sha256, row->schedule) &&
           !strcmp(known->campaign.approval, row->approval) && !strcmp(CAMPAIGN_STATE[known->campaign.state], row->state);
}

/* What is known and has no place among the others any more may have mails in hand, and be paused. */
static bool refresh_others(struct sending *sending, const struct campaign_row *all, int count, struct err *err) {
    for (size_t i = 0; i < sending->known_count; i++) {
        struct known_campaign *known = &sending->known[i];
        struct campaign_row row;
        if (among(all, count, known->campaign.id)) continue;
        {
            AUTO(db_rows) rows = db_query(sending->app->db, err, CAMPAIGN_ROWS "WHERE id = $1", DB_I(known->campaign.id));
            int got = db_next(rows, err);
            if (got < 0) return false;
            if (!got) continue;
            read_row(rows, &row);
        }
        if (is_as_known(known, &row)) continue;
        forget_made(sending);
        campaign_release(&known->campaign);
        if (!load_one(sending, known, &row, err)) return false;
    }
    return true;
}

bool campaigns_refresh(struct sending *sending, struct err *err) {
    struct campaign_row rows[CAMPAIGNS];
    int count = load_rows(sending->app->db, rows, err);
    for (int i = 0; i < count; i++) {
        struct known_campaign *known = campaign_known(sending, rows[i].id);
        if (known && is_as_known(known, &rows[i])) continue;
        forget_made(sending); /* before anything of a campaign goes */
        if (known) campaign_release(&known->campaign);
        else if (!(known = place_for_one_more(sending, rows, count))) continue;
        if (!load_one(sending, known, &rows[i], err)) return false;
    }
    return count >= 0 && refresh_others(sending, rows, count, err);
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
