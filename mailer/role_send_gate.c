/* May a delivery still go out? Asked when it is claimed and again when it is armed. */
#include <string.h>

#include "mailer/audience.h"
#include "mailer/role_send_turn.h"
#include "mailer/wave_store.h"
#include "schedules/plan.h"
#include "schedules/zones.h"

static bool hold_until(struct sending *sending, const struct held_delivery *held, int64_t now_ms, int64_t *until_ms, struct err *err) {
    return db_get_int(sending->app->db, err, until_ms,
                      "SELECT COALESCE(MAX(until_ms), $1) FROM hold WHERE campaign_id = $2 AND party_id = $3 AND lifted_ms IS NULL",
                      DB_I(now_ms), DB_I(held->campaign_id), DB_T(held->party_id)) >= 0;
}

/* Asked three times a message; zones differ from UTC by whole minutes, windows open and close at whole minutes. */
static bool window_open_ms(struct known_campaign *known, const char *department, int64_t now_ms, int64_t *open_ms, struct err *err) {
    unsigned place = 0;
    for (const char *c = department; *c; c++) place = place * 31 + (unsigned char)*c;
    struct open_window *window = &known->windows[place & (OPEN_WINDOWS - 1)];
    int64_t minute = now_ms / MINUTE_MS;
    *open_ms = now_ms;
    if (window->minute == minute && !strcmp(window->department, department)) return true;
    if (!plan_window_ms(&known->campaign.schedule.window, department, now_ms, open_ms, err)) return false;
    if (*open_ms == now_ms && strlen(department) < sizeof window->department) {
        strcpy(window->department, department);
        window->minute = minute;
    }
    return true;
}

static struct gate_answer campaign_gate(struct sending *sending, const struct held_delivery *held, int64_t now_ms, struct err *err) {
    struct known_campaign *known = campaign_known(sending, held->campaign_id);
    int64_t open_ms;
    if (!known || known->campaign.state == CAMPAIGN_PAUSED || known->campaign.state == CAMPAIGN_DRAFT || !known->approved)
        return (struct gate_answer){.gate = GATE_RELEASE, .reason = "paused"};
    if (known->campaign.state == CAMPAIGN_CANCELLED) return (struct gate_answer){.gate = GATE_SKIP, .reason = "cancelled"};
    if (now_ms >= known->campaign.deadline_ms) return (struct gate_answer){.gate = GATE_SKIP, .reason = "deadline"};
    if (!window_open_ms(known, held->department, now_ms, &open_ms, err)) return (struct gate_answer){.gate = GATE_ERROR};
    if (open_ms > now_ms) return (struct gate_answer){.gate = GATE_LATER, .reason = "window", .later_ms = open_ms};
    return (struct gate_answer){.gate = GATE_OPEN};
}

/* A day begins with what the database says was armed on it, then it is counted along. 1, 0, -1 on error. */
static int day_has_room(struct sending *sending, bool arming, int64_t now_ms, struct err *err) {
    int64_t today, in_hand = 0;
    int minute;
    zone_local("Europe/Paris", now_ms, &today, &minute);
    if (today != sending->armed_day) {
        if (!armed_on_day(sending->app->db, today, &sending->armed_today, err)) return -1;
        sending->armed_day = today;
    }
    for (int i = 0; i < sending->slot_count && !arming; i++)
        in_hand += sending->slots[i].state == SLOT_CHOSEN || sending->slots[i].state == SLOT_SENDING || sending->slots[i].state == SLOT_WANTS_DOT;
    return sending->armed_today + in_hand < sending->settings.limits.messages_a_day;
}

/* The window's next opening on another day of Paris; LIMIT_NEVER behind the deadline. */
static bool next_day_ms(const struct campaign *campaign, const char *department, int64_t now_ms, int64_t *later_ms, struct err *err) {
    int64_t today, midnight_ms;
    int minute;
    zone_local("Europe/Paris", now_ms, &today, &minute);
    if (!zone_to_instant("Europe/Paris", today + 1, 0, &midnight_ms, err) ||
        !plan_window_ms(&campaign->schedule.window, department, midnight_ms, later_ms, err))
        return false;
    if (*later_ms >= campaign->deadline_ms) *later_ms = LIMIT_NEVER;
    return true;
}

/* What else the party has had, and what else goes out today. arming: the others in hand are counted when they are armed. */
static struct gate_answer limits_gate(struct sending *sending, const struct held_delivery *held, bool arming, int64_t now_ms, struct err *err) {
    const struct send_limits *limits = &sending->settings.limits;
    const struct campaign *campaign = &campaign_known(sending, held->campaign_id)->campaign;
    struct gate_answer answer = {.gate = GATE_OPEN, .later_ms = now_ms};
    if (limits->days_between && held->audience != AUDIENCE_RELAYS) {
        int64_t latest_ms, group_ms = wave_at_ms(sending->app->db, held->wave_id, held->department, err);
        if (group_ms < 0) group_ms = now_ms;
        if (!plan_latest_ms(&campaign->schedule, held->department, group_ms, &latest_ms, err) ||
            !limit_spacing_ms(sending->app->db, limits, campaign, held->id, held->party_id, held->department, now_ms, latest_ms,
                              &answer.later_ms, err))
            return (struct gate_answer){.gate = GATE_ERROR};
        answer.reason = "too-soon";
    }
    int room = answer.later_ms == now_ms && limits->messages_a_day ? day_has_room(sending, arming, now_ms, err) : 1;
    if (room < 0 || (!room && !next_day_ms(campaign, held->department, now_ms, &answer.later_ms, err)))
        return (struct gate_answer){.gate = GATE_ERROR};
    if (!room) answer.reason = "daily-cap";
    if (answer.later_ms == LIMIT_NEVER) answer.gate = GATE_SKIP;
    else if (answer.later_ms > now_ms) answer.gate = GATE_LATER;
    return answer;
}

/* Why its party, its contact or its address may not be written to, as they are now. */
static struct gate_answer facts_gate(struct sending *sending, const struct held_delivery *held, int64_t now_ms, struct err *err) {
    struct gate_answer answer = {.gate = GATE_OPEN};
    bool failed;
    answer.reason = audience_excludes(sending->app->db, held->campaign_id, held->audience, held->party_id, now_ms, &failed, err);
    if (failed) return (struct gate_answer){.gate = GATE_ERROR};
    if (answer.reason && !strcmp(answer.reason, "hold")) {
        answer.gate = hold_until(sending, held, now_ms, &answer.later_ms, err) ? GATE_LATER : GATE_ERROR;
        return answer;
    }
    if (answer.reason) return answer.gate = GATE_SKIP, answer;
    int has = contact_in_force(sending->app->db, held->party_id, held->address, err);
    if (has < 0) return (struct gate_answer){.gate = GATE_ERROR};
    if (!has) return (struct gate_answer){.gate = GATE_SKIP, .reason = "taken-back"};
    static char suppressed[16];
    int found = suppression_find(sending->app->db, held->address, suppressed, err);
    if (found < 0) return (struct gate_answer){.gate = GATE_ERROR};
    if (found) return (struct gate_answer){.gate = GATE_SKIP, .reason = !strcmp(suppressed, "dead") ? "dead-address" : suppressed};
    return answer;
}

struct gate_answer gate_of(struct sending *sending, struct leased_delivery *delivery, bool arming, int64_t now_ms, struct err *err) {
    const struct held_delivery *held = &delivery->held;
    struct gate_answer answer = campaign_gate(sending, held, now_ms, err);
    if (answer.gate != GATE_OPEN) return answer;
    if (delivery->clear_at != sending->facts_version) {
        int clear = delivery_clear(sending->app->db, held, err);
        if (clear < 0) return (struct gate_answer){.gate = GATE_ERROR};
        if (clear) delivery->clear_at = sending->facts_version;
        else answer = facts_gate(sending, held, now_ms, err);
        if (answer.gate != GATE_OPEN) return answer;
    }
    return limits_gate(sending, held, arming, now_ms, err);
}
