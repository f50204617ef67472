/* A rehearsal day by day: for people, for machines, for spreadsheets. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/cmd_rehearse.h"
#include "mailer/plan_view.h"
#include "mailer/reports/csv_cells.h"
#include "schedules/french.h"
#include "schedules/zones.h"

enum { COLUMNS = 100, INDENT = 6, REASONS = 32 };

/* -- why mails would not go ---------------------------------------------------------------------------------------------- */
struct reason { const char *reason; int64_t count; };

static size_t reasons_of(const struct rehearsal *rehearsal, size_t from, size_t to, struct reason reasons[REASONS]) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        const struct rehearsed *one = &rehearsal->all[i];
        size_t k = 0;
        if (one->outcome == OUTCOME_SENT) continue;
        while (k < count && strcmp(reasons[k].reason, one->reason)) k++;
        if (k == REASONS) continue;
        if (k == count) reasons[count++] = (struct reason){.reason = one->reason};
        reasons[k].count++;
    }
    return count;
}

/* -- for people ------------------------------------------------------------------------------------------------------------ */
static void add_departments(const struct rehearsal *rehearsal, size_t from, size_t to, struct buf *out) {
    size_t column = 0;
    for (size_t i = from, end; i < to; i = end) {
        char cell[40];
        end = rehearsal_same_department(rehearsal, i);
        int64_t sent = rehearsal_count(rehearsal, i, end, OUTCOME_SENT);
        if (!sent) continue;
        int width = snprintf(cell, sizeof cell, "%s : %" PRId64, rehearsal->all[i].department, sent);
        if (!column || column + (size_t)width + 3 > COLUMNS) {
            buf_add_format(out, "%s%*s", column ? "\n" : "", INDENT, "");
            column = INDENT;
        } else {
            buf_add_text(out, " · ");
            column += 3;
        }
        buf_add_text(out, cell);
        column += (size_t)width;
    }
    if (column) buf_add_char(out, '\n');
}

static void add_parties(const struct rehearsal *rehearsal, size_t from, size_t to, struct buf *out) {
    for (size_t i = from; i < to; i++) {
        const struct rehearsed *one = &rehearsal->all[i];
        char name[200], address[320], at[FRENCH_MOMENT];
        struct err ignored = {0};
        if (!rehearsal_party(rehearsal, one, name, address, &ignored)) continue;
        french_weekday_moment(zone_of_department(one->department), one->at_ms, at);
        buf_add_format(out, "%*s", INDENT, "");
        text_add_padded(out, one->party_id, 10);
        text_add_padded(out, name, 32);
        if (one->outcome == OUTCOME_SENT) buf_add_format(out, "%s  %s\n", at, address);
        else buf_add_format(out, "pas d'envoi : %s\n", skip_reason_text(one->reason));
    }
}

static void add_wave(const struct rehearsal *rehearsal, size_t from, size_t to, struct buf *out) {
    struct reason reasons[REASONS];
    const struct wave *wave = &rehearsal->waves.all[rehearsal->all[from].wave];
    size_t reason_count = reasons_of(rehearsal, from, to, reasons);
    buf_add_text(out, "  ");
    text_add_padded(out, wave->name, 20);
    text_add_padded(out, audience_text(wave->audience), 29);
    int64_t sent = rehearsal_count(rehearsal, from, to, OUTCOME_SENT);
    buf_add_format(out, "%8" PRId64 " envoi%s\n", sent, sent > 1 ? "s" : "");
    add_departments(rehearsal, from, to, out);
    for (size_t i = 0; i < reason_count; i++)
        buf_add_format(out, "%*ssans envoi : %" PRId64 ", %s\n", INDENT, "", reasons[i].count, skip_reason_text(reasons[i].reason));
    if (rehearsal->list) add_parties(rehearsal, from, to, out);
}

/* What would not go out at all is the first thing to know of a plan. */
static void add_skipped_waves(const struct rehearsal *rehearsal, struct buf *out) {
    for (size_t i = 0; i < rehearsal->waves.count; i++) {
        const struct wave *wave = &rehearsal->waves.all[i];
        if (wave->state == WAVE_SKIPPED && strcmp(wave->reason, "dropped"))
            buf_add_format(out, "La vague %s ne partirait pas : %s.\n", wave->name, skip_reason_text(wave->reason));
    }
}

void rehearsal_text(const struct rehearsal *rehearsal, struct buf *out) {
    char from[FRENCH_MOMENT], to[FRENCH_DATE];
    french_weekday_moment(PARIS, rehearsal->from_ms, from);
    french_date(rehearsal->campaign->due_day, to);
    buf_add_format(out, "%s — répétition, du %s à l'échéance (%s) : rien n'est envoyé, rien n'est changé.\n", rehearsal->campaign->title, from, to);
    buf_add_text(out, "Tout est compté comme si rien ne venait du dehors : ni réponse, ni retour, ni nouvelle liste.\n");
    if (rehearsal->assumed_start) buf_add_text(out, "Le départ n'est pas donné : il est supposé donné maintenant.\n");
    add_skipped_waves(rehearsal, out);
    int64_t day = -1;
    for (size_t i = 0, end; i < rehearsal->count; i = end) {
        char date[FRENCH_DATE];
        end = rehearsal_same_wave(rehearsal, i);
        if (rehearsal->all[i].day != day) {
            french_date(day = rehearsal->all[i].day, date);
            buf_add_format(out, "\n%s\n", date);
        }
        add_wave(rehearsal, i, end, out);
    }
    buf_add_format(out, "\nEn tout : %" PRId64 " envois.\n", rehearsal_count(rehearsal, 0, rehearsal->count, OUTCOME_SENT));
}

/* -- for machines ------------------------------------------------------------------------------------------------------------ */
static struct js *departments_json(const struct rehearsal *rehearsal, size_t from, size_t to) {
    struct js *all = js_object();
    for (size_t i = from, end; i < to; i = end) {
        end = rehearsal_same_department(rehearsal, i);
        int64_t sent = rehearsal_count(rehearsal, i, end, OUTCOME_SENT);
        if (sent) js_set_int(all, rehearsal->all[i].department, sent);
    }
    return all;
}

static struct js *reasons_json(const struct rehearsal *rehearsal, size_t from, size_t to) {
    struct reason reasons[REASONS];
    struct js *all = js_object();
    size_t count = reasons_of(rehearsal, from, to, reasons);
    for (size_t i = 0; i < count; i++) js_set_int(all, reasons[i].reason, reasons[i].count);
    return all;
}

static struct js *parties_json(const struct rehearsal *rehearsal, size_t from, size_t to, struct err *err) {
    AUTO(js) all = js_array();
    for (size_t i = from; i < to; i++) {
        const struct rehearsed *one = &rehearsal->all[i];
        char name[200], address[320], at[INSTANT_TEXT];
        if (!rehearsal_party(rehearsal, one, name, address, err)) return NULL;
        zoned_instant(zone_of_department(one->department), one->at_ms, at);
        struct js *party = js_object();
        js_set_text(party, "party", one->party_id);
        js_set_text(party, "name", name);
        js_set_text(party, "department", one->department);
        js_set_text(party, "address", address);
        js_set_text(party, "at", at);
        js_set_text(party, "outcome", OUTCOME[one->outcome]);
        if (one->reason[0]) js_set_text(party, "reason", one->reason);
        js_add(all, party);
    }
    struct js *answer = all;
    all = NULL;
    return answer;
}

static bool wave_json(const struct rehearsal *rehearsal, size_t from, size_t to, struct js *waves, struct err *err) {
    const struct wave *wave = &rehearsal->waves.all[rehearsal->all[from].wave];
    struct js *one = js_object();
    js_set_text(one, "wave", wave->name);
    js_set_text(one, "audience", AUDIENCE[wave->audience]);
    js_set_text(one, "template", wave->template);
    for (enum outcome i = 0; i < OUTCOMES; i++) js_set_int(one, OUTCOME[i], rehearsal_count(rehearsal, from, to, i));
    js_set(one, "by_department", departments_json(rehearsal, from, to));
    js_set(one, "reasons", reasons_json(rehearsal, from, to));
    js_add(waves, one);
    if (!rehearsal->list) return true;
    struct js *parties = parties_json(rehearsal, from, to, err);
    if (parties) js_set(one, "parties", parties);
    return parties != NULL;
}

static bool days_json(const struct rehearsal *rehearsal, struct js *days, struct err *err) {
    struct js *waves = NULL;
    for (size_t i = 0, end; i < rehearsal->count; i = end) {
        end = rehearsal_same_wave(rehearsal, i);
        if (!i || rehearsal->all[i].day != rehearsal->all[i - 1].day) {
            char date[11];
            struct js *day = js_object();
            day_write(rehearsal->all[i].day, date);
            js_set_text(day, "date", date);
            js_set(day, "waves", waves = js_array());
            js_add(days, day);
        }
        if (!wave_json(rehearsal, i, end, waves, err)) return false;
    }
    return true;
}

static struct js *waves_json(const struct rehearsal *rehearsal) {
    struct js *all = js_array();
    for (size_t i = 0; i < rehearsal->waves.count; i++) {
        struct js *one = js_object();
        js_set_text(one, "wave", rehearsal->waves.all[i].name);
        js_set_text(one, "state", WAVE_STATE[rehearsal->waves.all[i].state]);
        js_set_text(one, "reason", rehearsal->waves.all[i].reason);
        js_add(all, one);
    }
    return all;
}

bool rehearsal_json(const struct rehearsal *rehearsal, struct err *err) {
    AUTO(js) answer = js_object();
    struct js *days = js_array();
    char from[INSTANT_TEXT], due[11];
    zoned_instant(PARIS, rehearsal->from_ms, from);
    day_write(rehearsal->campaign->due_day, due);
    js_set_text(answer, "campaign", rehearsal->campaign->name);
    js_set_text(answer, "from", from);
    js_set_text(answer, "deadline", due);
    js_set_bool(answer, "assumed_start", rehearsal->assumed_start);
    js_set_int(answer, "sent", rehearsal_count(rehearsal, 0, rehearsal->count, OUTCOME_SENT));
    js_set(answer, "waves", waves_json(rehearsal));
    js_set(answer, "days", days);
    if (!days_json(rehearsal, days, err)) return false;
    js_write(answer, stdout);
    return true;
}

/* -- for spreadsheets: a line a day, wave and department, or with --list a party ------------------------------------------------ */
static void begin_row(const struct rehearsal *rehearsal, size_t i, struct csv *csv) {
    char date[FRENCH_DATE];
    const struct wave *wave = &rehearsal->waves.all[rehearsal->all[i].wave];
    french_short_date(rehearsal->all[i].day, date);
    csv_text(csv, date);
    csv_text(csv, wave->name);
    csv_text(csv, audience_text(wave->audience));
    csv_text(csv, rehearsal->all[i].department);
}

static bool party_row(const struct rehearsal *rehearsal, size_t i, struct csv *csv, struct err *err) {
    char name[200], address[320];
    if (!rehearsal_party(rehearsal, &rehearsal->all[i], name, address, err)) return false;
    begin_row(rehearsal, i, csv);
    csv_text(csv, rehearsal->all[i].party_id);
    csv_text(csv, name);
    csv_text(csv, address);
    csv_text(csv, rehearsal->all[i].outcome == OUTCOME_SENT ? "envoyé" : skip_reason_text(rehearsal->all[i].reason));
    csv_end_row(csv);
    return true;
}

static void department_row(const struct rehearsal *rehearsal, size_t from, size_t to, struct csv *csv) {
    begin_row(rehearsal, from, csv);
    int64_t sent = rehearsal_count(rehearsal, from, to, OUTCOME_SENT);
    csv_number(csv, sent);
    csv_number(csv, (int64_t)(to - from) - sent);
    csv_end_row(csv);
}

bool rehearsal_csv(const struct rehearsal *rehearsal, struct buf *out, struct err *err) {
    static const char *const COUNTS[] = {"Jour", "Vague", "Public", "Département", "Envois", "Sans envoi", NULL},
                             *const PARTIES[] = {"Jour", "Vague", "Public", "Département", "Code", "Nom", "Adresse", "Sort", NULL};
    struct csv csv = csv_begin(out);
    for (const char *const *heading = rehearsal->list ? PARTIES : COUNTS; *heading; heading++) csv_text(&csv, *heading);
    csv_end_row(&csv);
    for (size_t i = 0, end; i < rehearsal->count; i = end) {
        end = rehearsal->list ? i + 1 : rehearsal_same_department(rehearsal, i);
        if (!rehearsal->list) department_row(rehearsal, i, end, &csv);
        else if (!party_row(rehearsal, i, &csv, err)) return false;
    }
    return true;
}
