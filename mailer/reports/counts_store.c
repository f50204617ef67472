/* The figures of a report, by SQL, all seen at one instant. */
#include "mailer/reports/counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/process.h"
#include "mailer/audience.h"
#include "mailer/audience_sql.h"
#include "mailer/reports/answers_store.h"
#include "mailer/reports/calls_store.h"
#include "mailer/french_moments.h"
#include "mailer/send/delivery_store.h"
#include "schedules/zones.h"

void counts_add(struct delivery_counts *sum, const struct delivery_counts *more) {
    sum->planned += more->planned;
    sum->pending += more->pending;
    sum->sent += more->sent;
    sum->deferred += more->deferred;
    sum->failed += more->failed;
    sum->skipped += more->skipped;
    sum->in_doubt += more->in_doubt;
    sum->bounced_hard += more->bounced_hard;
    sum->bounced_soft += more->bounced_soft;
    sum->autoreplies += more->autoreplies;
    sum->replies += more->replies;
    sum->objections += more->objections;
    sum->complaints += more->complaints;
}

/* -- what is asked for ----------------------------------------------------------------------------------------- */
static bool find_department(struct db *db, const char *code, struct report *report, struct err *err) {
    if (!code || !*code) return true;
    AUTO(db_rows) rows =
        db_query(db, err, "SELECT code, name FROM department WHERE code = UPPER($1)", DB_T(code));
    int got = db_next(rows, err);
    if (got == 0)
        return err_set(err, ERR_INPUT, "UNKNOWN_DEPARTMENT",
                       "le département « %s » n'existe pas ; écrivez son code : 01 à 95, 2A, 2B, 971 à 989",
                       code);
    if (got < 0) return false;
    snprintf(report->department, sizeof report->department, "%s", db_text(rows, 0));
    snprintf(report->department_name, sizeof report->department_name, "%s", db_text(rows, 1));
    report->zone = zone_of_department(report->department);
    return true;
}

static bool unknown_wave(const struct waves *waves, const struct campaign *campaign, const char *name,
                         struct err *err) {
    AUTO_BUF known = BUF_INIT(400);
    for (size_t i = 0; i < waves->count; i++)
        buf_add_format(&known, "%s%s", i ? ", " : "", waves->all[i].name);
    return err_set(err, ERR_INPUT, "UNKNOWN_WAVE",
                   "la campagne « %s » n'a pas de vague « %s » ; ses vagues : %s", campaign->name, name,
                   waves->count ? buf_text(&known) : "aucune");
}

/* -- waves ----------------------------------------------------------------------------------------------------- */
static bool add_wave(struct db *db, const struct wave *wave, struct report *report, struct err *err) {
    struct report_wave *one = &report->waves[report->wave_count++];
    *one = (struct report_wave){.audience = wave->audience, .state = wave->state, .forecast = -1};
    snprintf(one->name, sizeof one->name, "%s", wave->name);
    snprintf(one->title, sizeof one->title, "%s", wave->title);
    snprintf(one->reason, sizeof one->reason, "%s", wave->state == WAVE_SKIPPED ? wave->reason : "");
    struct err why = {0}; /* -1 also means that the wave has no instant there, which is no error */
    one->at_ms = wave_at_ms(db, wave->id, report->department, &why);
    if (why.kind == ERR_NONE) return true;
    if (err) *err = why;
    return false;
}

static bool load_waves(struct db *db, const struct campaign *campaign, const char *only,
                       struct report *report, struct err *err) {
    struct waves waves;
    bool good = waves_load(db, campaign->id, &waves, err);
    report->waves = mem_new(waves.count + 1, sizeof *report->waves);
    for (size_t i = 0; i < waves.count && good; i++)
        if (!only || !*only || !strcmp(waves.all[i].name, only))
            good = add_wave(db, &waves.all[i], report, err);
    if (good && only && *only) {
        if (!report->wave_count)
            good = unknown_wave(&waves, campaign, only, err);
        else
            snprintf(report->wave, sizeof report->wave, "%s", only);
    }
    waves_release(&waves);
    return good;
}

static struct report_wave *wave_named(const struct report *report, const char *name) {
    for (size_t i = 0; i < report->wave_count; i++)
        if (!strcmp(report->waves[i].name, name)) return &report->waves[i];
    return NULL;
}

/* -- departments ----------------------------------------------------------------------------------------------- */
static struct report_department *department_of(struct report *report, const char *code) {
    for (size_t i = 0; i < report->department_count; i++)
        if (!strcmp(report->departments[i].code, code)) return &report->departments[i];
    return NULL;
}

static bool load_departments(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    /* Also those where nobody is enrolled but a relay was written to. */
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT d.code, d.name, COUNT(e.party_id), COALESCE(SUM(e.selected), 0), "
                 "COALESCE(SUM(e.selected * e.answered), 0) "
                 "FROM department d LEFT JOIN collectivity c ON c.department = d.code "
                 "LEFT JOIN enrolment e ON e.party_id = c.id AND e.campaign_id = $1 AND e.withdrawn = 0 "
                 "WHERE $2 = '' OR d.code = $2 GROUP BY d.code, d.name "
                 "HAVING COUNT(e.party_id) > 0 OR d.code IN (SELECT x.department FROM delivery x JOIN "
                 "wave w ON w.id = x.wave_id "
                 "WHERE w.campaign_id = $1 AND x.cancelled = 0) ORDER BY d.code",
                 DB_I(campaign_id), DB_T(report->department));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        report->departments =
            mem_grow(report->departments, report->department_count + 1, sizeof *report->departments);
        struct report_department *one = &report->departments[report->department_count++];
        *one = (struct report_department){.name = text_dup(db_text(rows, 1)), .informed = db_int(rows, 2)};
        snprintf(one->code, sizeof one->code, "%s", db_text(rows, 0));
        one->selected = (struct selected_counts){.total = db_int(rows, 3),
                                                 .answered = db_int(rows, 4),
                                                 .unanswered = db_int(rows, 3) - db_int(rows, 4)};
    }
    return got == 0;
}

static bool load_neighbours(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    struct report_neighbours *seen = &report->neighbours;
    if (!report->department[0]) return true;
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT COUNT(*), COALESCE(SUM(e.selected), 0), COALESCE(SUM(e.selected * e.answered), 0) "
                 "FROM collectivity_in_department s JOIN collectivity c ON c.id = s.collectivity_id "
                 "JOIN enrolment e ON e.party_id = c.id AND e.campaign_id = $1 AND e.withdrawn = 0 "
                 "WHERE s.department = $2 AND c.department <> $2",
                 DB_I(campaign_id), DB_T(report->department));
    int got = db_next(rows, err);
    if (got > 0) seen->informed = db_int(rows, 0), seen->selected = db_int(rows, 1), seen->answered = db_int(rows, 2);
    return got >= 0;
}

static bool load_selected(struct db *db, const struct campaign *campaign, struct report *report,
                          struct err *err) {
    if (!load_departments(db, campaign->id, report, err) ||
        !load_neighbours(db, campaign->id, report, err) ||
        !calls_load(db, campaign->id, report->department, report->as_of_ms, &report->calls, err))
        return false;
    report->neighbours.unreachable = (int64_t)(report->calls.count - report->calls.own);
    for (size_t i = 0; i < report->calls.own; i++) {
        struct report_department *one = department_of(report, report->calls.all[i].department);
        if (one) one->selected.unreachable++;
    }
    for (size_t i = 0; i < report->department_count; i++) {
        const struct selected_counts *one = &report->departments[i].selected;
        report->selected.total += one->total;
        report->selected.answered += one->answered;
        report->selected.unanswered += one->unanswered;
        report->selected.unreachable += one->unreachable;
    }
    return true;
}

/* -- deliveries ------------------------------------------------------------------------------------------------ */
/* `count` deliveries in one state, with the same bits of what came back. */
static struct delivery_counts counted(enum delivery_state state, int64_t returned, int64_t count) {
    struct delivery_counts one = {.planned = count};
    switch (state) {
    case DELIVERY_DEFERRED:
        one.deferred = count; /* fall through */
    case DELIVERY_READY:
    case DELIVERY_CLAIMED:
    case DELIVERY_ARMED:
        one.pending = count;
        break;
    case DELIVERY_FAILED:
        one.failed = count;
        break;
    case DELIVERY_SKIPPED:
        one.skipped = count;
        break;
    case DELIVERY_IN_DOUBT:
        one.in_doubt = count;
        break;
    case DELIVERY_SENT:
        one.sent = count;
        if (returned & RETURNED_HARD) one.bounced_hard = count;
        if (returned & RETURNED_SOFT) one.bounced_soft = count;
        if (returned & RETURNED_AUTOREPLY) one.autoreplies = count;
        if (returned & RETURNED_REPLY) one.replies = count;
        if (returned & RETURNED_OBJECTION) one.objections = count;
        if (returned & RETURNED_COMPLAINT) one.complaints = count;
        break;
    case DELIVERY_CANCELLED:
    case DELIVERY_STATES:
        one.planned = 0;
        break;
    }
    return one;
}

static bool load_deliveries(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT w.name, d.department, d.state, d.returned, COUNT(*) "
                 "FROM delivery d JOIN wave w ON w.id = d.wave_id "
                 "WHERE w.campaign_id = $1 AND ($2 = '' OR d.department = $2) "
                 "AND ($3 = '' OR w.name = $3) AND d.cancelled = 0 "
                 "GROUP BY w.name, d.department, d.state, d.returned",
                 DB_I(campaign_id), DB_T(report->department), DB_T(report->wave));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        struct delivery_counts one =
            counted((enum delivery_state)db_int(rows, 2), db_int(rows, 3), db_int(rows, 4));
        struct report_wave *wave = wave_named(report, db_text(rows, 0));
        struct report_department *department = department_of(report, db_text(rows, 1));
        if (wave) counts_add(&wave->counts, &one);
        if (department) counts_add(&department->counts, &one);
        counts_add(&report->counts, &one);
    }
    return got == 0;
}

bool report_left_in_doubt(struct db *db, struct report *report, struct err *err) {
    char boot[BOOT_ID_TEXT];
    boot_id(boot);
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT w.name, d.department, COUNT(*) FROM delivery d JOIN wave w ON w.id = d.wave_id JOIN campaign c ON c.id = w.campaign_id "
                                  "LEFT JOIN run r ON r.id = d.run_id WHERE c.name = $1 AND ($2 = '' OR d.department = $2) AND ($3 = '' OR w.name = $3) "
                                  "AND " DELIVERY_LEFT_IN_DOUBT("$4") " GROUP BY w.name, d.department",
                                  DB_T(report->campaign), DB_T(report->department), DB_T(report->wave), DB_T(boot));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        const struct delivery_counts moved = {.pending = -db_int(rows, 2), .in_doubt = db_int(rows, 2)};
        struct report_wave *wave = wave_named(report, db_text(rows, 0));
        struct report_department *department = department_of(report, db_text(rows, 1));
        if (wave) counts_add(&wave->counts, &moved);
        if (department) counts_add(&department->counts, &moved);
        counts_add(&report->counts, &moved);
    }
    return got == 0;
}

static bool load_skips(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT w.name, d.reason, COUNT(*) FROM delivery d JOIN wave w ON w.id = d.wave_id "
                 "WHERE w.campaign_id = $1 AND ($2 = '' OR d.department = $2) "
                 "AND ($3 = '' OR w.name = $3) AND d.state = 6 "
                 "GROUP BY w.id, w.name, d.reason ORDER BY "
                 "(SELECT MIN(g.at_ms) FROM wave_group g WHERE g.wave_id = w.id), w.id, d.reason",
                 DB_I(campaign_id), DB_T(report->department), DB_T(report->wave));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        report->skips = mem_grow(report->skips, report->skip_count + 1, sizeof *report->skips);
        struct report_skip *skip = &report->skips[report->skip_count++];
        *skip = (struct report_skip){.count = db_int(rows, 2)};
        snprintf(skip->wave, sizeof skip->wave, "%s", db_text(rows, 0));
        snprintf(skip->reason, sizeof skip->reason, "%s", db_text(rows, 1));
    }
    return got == 0;
}

/* -- audiences ------------------------------------------------------------------------------------------------- */
static bool load_audiences(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    for (int i = 0; i < AUDIENCE_COUNT; i++) {
        report->audiences[i] = audience_count(db, campaign_id, (enum audience)i, report->department, err);
        if (report->audiences[i] < 0) return false;
    }
    for (size_t i = 0; i < report->wave_count; i++) {
        struct report_wave *wave = &report->waves[i];
        bool to_come = wave->state == WAVE_WAITING || wave->state == WAVE_RUNNING;
        if (to_come && !wave->counts.planned) wave->forecast = report->audiences[wave->audience];
    }
    return true;
}

static bool load_unsettled(struct db *db, int64_t campaign_id, struct report *report, struct err *err) {
    return db_get_int(db, err, &report->unsettled,
                      "SELECT COUNT(*) FROM inbound i LEFT JOIN collectivity c ON c.id = i.party_id "
                      "LEFT JOIN relay r ON r.id = i.party_id WHERE i.settled = '' AND i.campaign_id = $1 "
                      "AND ($2 = '' OR c.department = $2 OR " RELAY_DEPARTMENT("r") " = $2)",
                      DB_I(campaign_id), DB_T(report->department)) >= 0;
}

/* -- all of it ------------------------------------------------------------------------------------------------- */
static void describe(const struct campaign *campaign, struct report *report) {
    snprintf(report->campaign, sizeof report->campaign, "%s", campaign->name);
    snprintf(report->title, sizeof report->title, "%s", campaign->title);
    report->state = campaign->state;
    report->answers_as_of_ms = campaign->answers_as_of_ms;
    report->due_day = campaign->due_day;
    report->first_due_day = campaign->previous_due_day >= 0 ? campaign->previous_due_day : campaign->due_day;
}

static bool load_all(struct db *db, const struct campaign *campaign, const char *department, const char *wave,
                     struct report *report, struct err *err) {
    describe(campaign, report);
    if (!find_department(db, department, report, err) || !load_waves(db, campaign, wave, report, err) ||
        !load_selected(db, campaign, report, err) || !load_deliveries(db, campaign->id, report, err) ||
        !load_skips(db, campaign->id, report, err) || !load_audiences(db, campaign->id, report, err) ||
        !answer_days_load(db, campaign->id, report, err) || !extensions_load(db, campaign->id, report, err) ||
        !load_unsettled(db, campaign->id, report, err))
        return false;
    if (report->extension_count) report->first_due_day = report->extensions[0].before_day;
    return true;
}

bool report_load(struct db *db, const char *campaign_name, const char *department, const char *wave,
                 int64_t now_ms, struct report *report, struct err *err) {
    *report = (struct report){.as_of_ms = now_ms, .zone = PARIS};
    AUTO(tx) snapshot = tx_begin(db, TX_READ, err);
    struct campaign campaign = {0};
    bool good = snapshot && campaign_load(db, campaign_name, &campaign, err) &&
                load_all(db, &campaign, department, wave, report, err);
    campaign_release(&campaign);
    return good;
}

void report_release(struct report *report) {
    for (size_t i = 0; i < report->department_count; i++) free(report->departments[i].name);
    calls_release(&report->calls);
    free(report->waves);
    free(report->departments);
    free(report->skips);
    free(report->days);
    free(report->extensions);
    *report = (struct report){0};
}
