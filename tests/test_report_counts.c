/* What a report counts, over a store of hand-made and random rows. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "mailer/reports/calls_store.h"
#include "mailer/reports/history.h"
#include "mailer/reports/why.h"
#include "mailer/reports/writer.h"
#include "mailer/send/delivery.h"
#include "tests/tap.h"

static struct err err;
#define RUN(db, ...)                                                                                         \
    do {                                                                                                     \
        if (!db_run(db, &err, __VA_ARGS__)) printf("Bail out! %s\n", err.text), exit(1);                     \
    } while (0)

static const char SCHEDULE[] =
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Relais//Campagne//FR\r\nBEGIN:VTODO\r\nUID:t@amf.example\r\n"
    "DTSTAMP:20251201T080000Z\r\nSUMMARY:Essai\r\nDUE;VALUE=DATE:20260130\r\nBEGIN:VALARM\r\nUID:rappel\r\n"
    "ACTION:EMAIL\r\nTRIGGER;RELATED=END:-P14D\r\nSUMMARY:Rappel\r\nDESCRIPTION:Rappel\r\n"
    "ATTENDEE;CUTYPE=GROUP:urn:relais:selected-unanswered\r\nATTACH;FMTTYPE=text/markdown:rappel-j14.md\r\n"
    "END:VALARM\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";

static int64_t at(const char *instant) {
    int64_t at_ms = -1;
    instant_parse(instant, false, &at_ms);
    return at_ms;
}

static void fill_world(struct db *db) {
    static const struct {
        const char *id, *name, *department;
        int64_t population;
    } COLLECTIVITIES[] = {{"29001", "Argol", "29", 1000},       {"29002", "Arzano", "29", 2000},
                          {"29003", "<b>Audierne", "29", 3000}, {"29004", "=Bannalec", "29", 4000},
                          {"29005", "Batz", "29", 500},         {"35001", "Acigné", "35", 7000},
                          {"35002", "Amanlis", "35", 1700},     {"97401", "Les Avirons", "974", 11000}};
    static const struct {
        const char *code, *name, *zone;
    } DEPARTMENTS[] = {{"29", "Finistère", "metro"},
                       {"35", "Ille-et-Vilaine", "metro"},
                       {"75", "Paris", "metro"},
                       {"974", "La Réunion", "drom"}};
    for (size_t i = 0; i < COUNT(DEPARTMENTS); i++)
        RUN(db,
            "INSERT INTO department (code, name, name_key, region, region_name, zone) VALUES ($1, $2, '', "
            "'', '', $3)",
            DB_T(DEPARTMENTS[i].code), DB_T(DEPARTMENTS[i].name), DB_T(DEPARTMENTS[i].zone));
    for (size_t i = 0; i < COUNT(COLLECTIVITIES); i++)
        RUN(db,
            "INSERT INTO collectivity (id, type, insee, siren, name, name_key, department, epci_siren, "
            "population, postcodes, "
            "year) VALUES ($1, 'commune', $1, '', $2, $2, $3, '', $4, '', 2026)",
            DB_T(COLLECTIVITIES[i].id), DB_T(COLLECTIVITIES[i].name), DB_T(COLLECTIVITIES[i].department),
            DB_I(COLLECTIVITIES[i].population));
    RUN(db, "INSERT INTO former_commune (code, name, name_key, nature, current_id) VALUES ('29999', '', '', "
            "'', '29001')");
    RUN(db, "INSERT INTO import (id, file, sha256, kind, at_ms, by_whom, visible_ms) VALUES (1, 'x.csv', '', 'found', 0, 'x', 0)");
    RUN(db, "INSERT INTO relay_fact (relay_id, name, department, reply_to, import_id, line) VALUES ('R29', 'AMF 29', '29', '', 1, 1)");
}

static void fill_campaign(struct db *db) {
    RUN(db, "INSERT INTO document (sha256, bytes) VALUES ('d', $1)", DB_B(SCHEDULE, sizeof SCHEDULE - 1));
    RUN(db,
        "INSERT INTO campaign (name, title, state, deadline, previous_deadline, schedule, templates_folder, "
        "created_ms, "
        "started_ms, answers_as_of_ms) VALUES ('essai', 'Essai <1>', 'started', '2026-01-30', '2026-01-23', "
        "'d', '', 0, 0, $1)",
        DB_I(at("2026-01-16T00:00:00+01:00")));
    static const struct {
        const char *name, *audience, *state, *at;
    } WAVES[] = {{"information", "informed", "done", "2025-12-08T09:30:00+01:00"},
                 {"rappel", "selected-unanswered", "running", "2026-01-16T09:30:00+01:00"},
                 {"dernier-jour", "selected-unanswered", "waiting", "2026-01-30T09:30:00+01:00"},
                 {"merci", "answered", "skipped", "2026-01-31T09:30:00+01:00"}};
    for (size_t i = 0; i < COUNT(WAVES); i++) {
        RUN(db,
            "INSERT INTO wave (campaign_id, name, title, position, audience, template, uncertain, state, "
            "reason) "
            "VALUES (1, $1, $1, $2, $3, 'x.md', 'hold', $4, CASE WHEN $4 = 'skipped' THEN 'late' ELSE '' "
            "END)",
            DB_T(WAVES[i].name), DB_I((int64_t)i), DB_T(WAVES[i].audience), DB_T(WAVES[i].state));
        RUN(db,
            "INSERT INTO wave_group (wave_id, department, at_ms, planned_ms) SELECT $1, code, "
            "CASE WHEN zone = 'metro' THEN $2 ELSE $2 - 10800000 END, CASE WHEN $3 IN ('done', 'running') "
            "THEN $2 END FROM department",
            DB_I((int64_t)i + 1), DB_I(at(WAVES[i].at)), DB_T(WAVES[i].state));
    }
    RUN(db,
        "INSERT INTO event (at_ms, campaign_id, event, text, origin) VALUES ($1, 1, 'extended', '2026-01-23 "
        "-> 2026-01-30', 'command')",
        DB_I(at("2026-01-15T14:00:00+01:00")));
}

static void enrol(struct db *db, const char *id, bool selected, const char *answered_on, bool objected,
                  bool withdrawn) {
    RUN(db,
        "INSERT INTO enrolment (campaign_id, party_id, selected, answered, answered_on, answered_ms, "
        "objected, withdrawn) "
        "VALUES (1, $1, $2, $3, $4, $5, $6, $7)",
        DB_T(id), DB_I(selected), DB_I(answered_on != NULL),
        DB_T(answered_on && *answered_on ? answered_on : NULL),
        DB_I_OR_NULL(at("2026-01-20T23:30:00Z"), answered_on != NULL), DB_I(objected), DB_I(withdrawn));
    RUN(db,
        "INSERT INTO enrolment_fact (campaign_id, party_id, fact, at_ms, origin, by_whom) VALUES (1, $1, $2, "
        "5, 'import 1', 'x')",
        DB_T(id), DB_T(selected ? "selected" : "informed"));
}

static void contact(struct db *db, const char *id, const char *address, int rank, const char *suppressed) {
    RUN(db,
        "INSERT INTO contact_fact (party_kind, party_id, address, rank, import_id, line) VALUES ('collectivity', "
        "$1, $2, $3, 1, 1)",
        DB_T(id), DB_T(address), DB_I(rank));
    if (suppressed)
        RUN(db, "INSERT INTO suppression_fact (address, reason, at_ms, origin) VALUES ($1, $2, $3, 'x')",
            DB_T(address), DB_T(suppressed), DB_I(at("2026-01-09T09:30:00+01:00")));
}

/* 29001 answered; 29002 reachable by its second address; 29003 has a dead one only; 29004 none at all;
 * 29005's first living address objected; 35001 informed only; 35002 withdrawn; 97401 answered, told without a
 * date. */
static void fill_people(struct db *db) {
    enrol(db, "29001", true, "2026-01-12", false, false);
    enrol(db, "29002", true, NULL, false, false);
    enrol(db, "29003", true, NULL, false, false);
    enrol(db, "29004", true, NULL, false, false);
    enrol(db, "29005", true, NULL, false, false);
    enrol(db, "35001", false, NULL, false, false);
    enrol(db, "35002", true, NULL, false, true);
    enrol(db, "97401", true, "", false, false);
    contact(db, "29001", "a@a.example", 1, NULL);
    contact(db, "29002", "b1@b.example", 1, "dead");
    contact(db, "29002", "b2@b.example", 2, NULL);
    contact(db, "29003", "c@c.example", 1, "dead");
    contact(db, "29005", "e1@e.example", 1, "dead");
    contact(db, "29005", "e2@e.example", 2, "objection");
    contact(db, "29005", "e3@e.example", 3, NULL);
    contact(db, "35001", "f@f.example", 1, NULL);
}

static void deliver(struct db *db, int64_t wave, const char *id, int state, int64_t returned,
                    const char *reason) {
    RUN(db,
        "INSERT INTO delivery (wave_id, party_id, department, state, cancelled, reason, not_before_ms, returned) "
        "SELECT $1, id, department, $3, CASE WHEN $3 = 8 THEN 1 ELSE 0 END, $4, 0, $5 FROM collectivity WHERE id = $2",
        DB_I(wave), DB_T(id), DB_I(state), DB_T(reason), DB_I(returned));
}

static struct db *world(void) {
    struct db *db = db_open("sqlite::memory:", true, &err);
    if (!db || !db_migrate(db, &err)) printf("Bail out! %s\n", err.text), exit(1);
    fill_world(db);
    fill_campaign(db);
    fill_people(db);
    deliver(db, 1, "29001", DELIVERY_SENT, RETURNED_AUTOREPLY | RETURNED_REPLY, "");
    deliver(db, 1, "29002", DELIVERY_SENT, RETURNED_SOFT, "");
    deliver(db, 1, "29003", DELIVERY_SENT, RETURNED_HARD, "");
    deliver(db, 1, "29004", DELIVERY_SKIPPED, 0, "no-address");
    deliver(db, 1, "29005", DELIVERY_SENT, RETURNED_OBJECTION | RETURNED_COMPLAINT, "");
    deliver(db, 1, "35001", DELIVERY_FAILED, 0, "user-unknown");
    deliver(db, 1, "97401", DELIVERY_SENT, RETURNED_DELIVERED, "");
    deliver(db, 2, "29002", DELIVERY_CANCELLED, 0, "moved");
    deliver(db, 2, "29002", DELIVERY_DEFERRED, 0, "");
    deliver(db, 2, "29003", DELIVERY_IN_DOUBT, 0, "");
    deliver(db, 2, "29004", DELIVERY_READY, 0, "");
    return db;
}

static const int64_t NOW_MS = 1769000000000; /* 2026-01-21T13:53:20+01:00 */

static bool balanced(const struct delivery_counts *c) {
    return c->planned == c->pending + c->sent + c->failed + c->skipped + c->in_doubt &&
           c->deferred <= c->pending && c->bounced_hard <= c->sent && c->bounced_soft <= c->sent &&
           c->replies <= c->sent;
}
static bool counts_are(const struct delivery_counts *c, int planned, int pending, int deferred, int sent,
                       int failed, int skipped, int in_doubt) {
    return c->planned == planned && c->pending == pending && c->deferred == deferred && c->sent == sent &&
           c->failed == failed && c->skipped == skipped && c->in_doubt == in_doubt;
}

static void whole_campaign(struct db *db) {
    struct report r;
    CHECK("a report is read", report_load(db, "essai", NULL, NULL, NOW_MS, &r, &err));
    CHECK_INT("selected", r.selected.total, 6);
    CHECK_INT("answered", r.selected.answered, 2);
    CHECK_INT("unanswered", r.selected.unanswered, 4);
    CHECK_INT("unreachable", r.selected.unreachable, 3);
    CHECK_INT("informed: all enrolled but the withdrawn", r.audiences[AUDIENCE_INFORMED], 7);
    CHECK_INT("informed-only", r.audiences[AUDIENCE_INFORMED_ONLY], 1);
    CHECK_INT("selected-unanswered", r.audiences[AUDIENCE_SELECTED_UNANSWERED], 4);
    CHECK_INT("relays", r.audiences[AUDIENCE_RELAYS], 1);
    CHECK("first wave", counts_are(&r.waves[0].counts, 7, 0, 0, 5, 1, 1, 0));
    CHECK("second wave, the cancelled not counted", counts_are(&r.waves[1].counts, 3, 2, 1, 0, 0, 0, 1));
    CHECK("nothing planned yet", counts_are(&r.waves[2].counts, 0, 0, 0, 0, 0, 0, 0));
    CHECK_INT("forecast of what is to come", r.waves[2].forecast, 4);
    CHECK_INT("no forecast once planned", r.waves[1].forecast, -1);
    CHECK_INT("no forecast of what was skipped", r.waves[3].forecast, -1);
    CHECK_TEXT("why it was skipped", r.waves[3].reason, "late");
    CHECK_INT("metropolitan France's instant", r.waves[0].at_ms, at("2025-12-08T09:30:00+01:00"));
    const struct delivery_counts *back = &r.waves[0].counts;
    CHECK_INT("hard", back->bounced_hard, 1);
    CHECK_INT("soft", back->bounced_soft, 1);
    CHECK_INT("auto-replies", back->autoreplies, 1);
    CHECK_INT("replies", back->replies, 1);
    CHECK_INT("objections", back->objections, 1);
    CHECK_INT("complaints", back->complaints, 1);
    CHECK_INT("departments with somebody in", r.department_count, 3);
    CHECK_INT("first deadline", r.first_due_day, day_of(2026, 1, 23));
    CHECK_INT("extensions", r.extension_count, 1);
    CHECK_INT("days with answers", r.day_count, 2);
    CHECK_INT("the day answered on", r.days[0].day, day_of(2026, 1, 12));
    CHECK_INT("else the day in Paris it was told", r.days[1].day, day_of(2026, 1, 21));
    CHECK_INT("running total", r.days[1].total, 2);
    CHECK_INT("answers are known until the last one", answers_end_day(&r), day_of(2026, 1, 21));
    r.day_count = 1;
    CHECK_INT("or the day of the list", answers_end_day(&r), day_of(2026, 1, 16));
    r.answers_as_of_ms = -1;
    CHECK_INT("or today", answers_end_day(&r), day_of(2026, 1, 21));
    r.day_count = 2;
    CHECK_INT("skips", r.skip_count, 1);
    CHECK_INT("calls, the most populous first", r.calls.count, 3);
    static const struct {
        const char *id, *reason, *address;
    } CALLS[] = {{"29004", "no-address", ""},
                 {"29003", "dead-address", "c@c.example"},
                 {"29005", "objection", "e2@e.example"}};
    for (size_t i = 0; i < COUNT(CALLS) && i < r.calls.count; i++) {
        CHECK_TEXT("call: who", r.calls.all[i].id, CALLS[i].id);
        CHECK_TEXT("call: why", r.calls.all[i].reason, CALLS[i].reason);
        CHECK_TEXT("call: address", r.calls.all[i].address, CALLS[i].address);
    }
    report_release(&r);
}

/* An address that stands and takes nothing is a case for the telephone, until something gets through again. */
static void nothing_gets_through(void) {
    static const struct { const char *label; int state; int64_t returned; bool called; } LAST[] = {
        {"given up", DELIVERY_FAILED, 0, true}, {"came back for good", DELIVERY_SENT, RETURNED_HARD, true},
        {"came back for now", DELIVERY_SENT, RETURNED_SOFT, false}, {"got through", DELIVERY_SENT, 0, false}};
    for (size_t i = 0; i < COUNT(LAST); i++) {
        AUTO(db) db = world();
        struct report_calls calls;
        deliver(db, 3, "29002", LAST[i].state, LAST[i].returned, "");
        CHECK("calls are read", calls_load(db, 1, "", NOW_MS, &calls, &err));
        bool called = false;
        for (size_t k = 0; k < calls.count; k++)
            called |= !strcmp(calls.all[k].id, "29002") && !strcmp(calls.all[k].reason, "undelivered");
        CHECK_INT(LAST[i].label, called, LAST[i].called);
        calls_release(&calls);
    }
}

static void filters(struct db *db) {
    struct report r;
    CHECK("one department", report_load(db, "essai", "29", NULL, NOW_MS, &r, &err));
    CHECK_INT("its selected", r.selected.total, 5);
    CHECK_INT("its deliveries", r.counts.planned, 8);
    CHECK_INT("its audience", r.audiences[AUDIENCE_INFORMED], 5);
    CHECK_INT("alone in the table", r.department_count, 1);
    report_release(&r);
    CHECK("overseas", report_load(db, "essai", "974", NULL, NOW_MS, &r, &err));
    CHECK_INT("its own instant", r.waves[0].at_ms, at("2025-12-08T09:30:00+04:00"));
    CHECK_TEXT("its own clock", r.zone, "Indian/Reunion");
    report_release(&r);
    CHECK("one wave", report_load(db, "essai", NULL, "rappel", NOW_MS, &r, &err));
    CHECK_INT("only that one", r.wave_count, 1);
    CHECK_INT("its sum", r.counts.planned, 3);
    report_release(&r);
    static const struct {
        const char *campaign, *department, *wave, *code;
    } REFUSED[] = {{"autre", NULL, NULL, "UNKNOWN_CAMPAIGN"},
                   {"essai", "99", NULL, "UNKNOWN_DEPARTMENT"},
                   {"essai", NULL, "x", "UNKNOWN_WAVE"}};
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        err = (struct err){0};
        CHECK(REFUSED[i].code, !report_load(db, REFUSED[i].campaign, REFUSED[i].department, REFUSED[i].wave,
                                            NOW_MS, &r, &err));
        CHECK_TEXT("refused for it", err.code, REFUSED[i].code);
        report_release(&r);
    }
}

/* What others commit meanwhile does not show: a report is one instant of the store. */
static void one_instant(void) {
    char folder[] = "/tmp/relais-report.XXXXXX";
    AUTO_BUF url = BUF_INIT(1000);
    int64_t before = -1, after = -1, later = -1;
    if (!CHECK("a folder", mkdtemp(folder) != NULL)) return;
    buf_add_format(&url, "sqlite:%s/relais.db", folder);
    {
        static const char COUNT_SQL[] = "SELECT COUNT(*) FROM department";
        AUTO(db) reader = db_open(buf_text(&url), true, &err);
        if (!CHECK("a store", reader && db_migrate(reader, &err))) return;
        AUTO(db) writer = db_open(buf_text(&url), false, &err);
        AUTO(tx) snapshot = tx_begin(reader, TX_READ, &err);
        db_get_int(reader, &err, &before, COUNT_SQL);
        struct tx *tx = tx_begin(writer, TX_DURABLE, &err);
        RUN(writer, "INSERT INTO department (code, name, name_key, region, region_name, zone) VALUES ('1', "
                    "'', '', '', '', '')");
        CHECK("a reader locks nobody out", tx_commit(tx, &err));
        db_get_int(reader, &err, &after, COUNT_SQL);
        CHECK("and ends like a transaction", tx_commit(TX_TAKE(snapshot), &err));
        db_get_int(reader, &err, &later, COUNT_SQL);
    }
    CHECK_INT("at first", before, 0);
    CHECK_INT("in the same transaction", after, 0);
    CHECK_INT("after it", later, 1);
    AUTO_BUF remove = BUF_INIT(1000);
    buf_add_format(&remove, "rm -rf '%s'", folder);
    CHECK_INT("tidied up", system(buf_text(&remove)), 0);
}

/* Whatever the states, the equation holds: for each wave, each department, and all together. */
static void random_states(struct db *db) {
    srand(20260130);
    for (int round = 0; round < 40; round++) {
        RUN(db, "DELETE FROM delivery");
        for (int wave = 1; wave <= 3; wave++)
            for (int i = 0; i < 6; i++) {
                static const char *const IDS[] = {"29001", "29002", "29003", "35001", "35002", "97401"};
                deliver(db, wave, IDS[i], rand() % DELIVERY_STATES, rand() % 256, "");
            }
        struct report r;
        bool good = report_load(db, "essai", NULL, NULL, NOW_MS, &r, &err) && balanced(&r.counts);
        struct delivery_counts by_wave = {0}, by_department = {0};
        for (size_t i = 0; i < r.wave_count; i++) {
            good = good && balanced(&r.waves[i].counts);
            counts_add(&by_wave, &r.waves[i].counts);
        }
        for (size_t i = 0; i < r.department_count; i++) {
            good = good && balanced(&r.departments[i].counts);
            counts_add(&by_department, &r.departments[i].counts);
        }
        CHECK("planned = pending + sent + failed + skipped + in doubt", good);
        CHECK("waves sum up to the whole", !memcmp(&by_wave, &r.counts, sizeof by_wave));
        CHECK("departments sum up to the whole", !memcmp(&by_department, &r.counts, sizeof by_department));
        report_release(&r);
    }
}

static void formats(struct db *db) {
    struct report r;
    AUTO_BUF out = BUF_INIT(1 << 22);
    if (!CHECK("a report to write", report_load(db, "essai", NULL, NULL, NOW_MS, &r, &err))) return;
    report_html(&r, &out);
    CHECK("names do not become markup",
          !strstr(buf_text(&out), "<b>Audierne") && strstr(buf_text(&out), "&lt;b&gt;Audierne"));
    CHECK("nothing remote, no script", !strstr(buf_text(&out), "http://") &&
                                           !strstr(buf_text(&out), "https://") &&
                                           !strstr(buf_text(&out), "<script"));
    CHECK("in French", strstr(buf_text(&out), "<html lang=\"fr\">") != NULL);
    CHECK("the extension is on the curve", strstr(buf_text(&out), "class=\"mark extension\"") != NULL);
    buf_clear(&out);
    char path[] = "/tmp/relais-calls.XXXXXX";
    int fd = mkstemp(path);
    CHECK("a table", fd >= 0 && report_to_table(&r, REPORT_CALLS, path, TABLE_CSV, &err));
    FILE *file = fopen(path, "re");
    if (file && buf_add_file(&out, file)) fclose(file);
    unlink(path);
    close(fd);
    CHECK("a name is no formula", strstr(buf_text(&out), ";'=Bannalec;") != NULL);
    buf_clear(&out);
    report_text(&r, false, &out);
    CHECK("a share as the French write it", strstr(buf_text(&out), "33,3\u00a0%") != NULL);
    CHECK("no colour when none is asked for", !strchr(buf_text(&out), '\033'));
    report_release(&r);
}

static void histories(struct db *db) {
    struct history history;
    RUN(db, "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, event, origin) VALUES (1000, 1, 1, "
            "'29001', 'planned', 'plan')");
    RUN(db, "INSERT INTO event (at_ms, campaign_id, wave_id, party_id, event, origin) VALUES (1000, 1, 1, "
            "'29001', 'sent', 'send')");
    RUN(db, "INSERT INTO event (at_ms, campaign_id, party_id, event, origin) VALUES (5, 1, '29001', "
            "'selected', 'import 1')");
    CHECK("a history", history_load(db, "29001", NULL, &history, &err));
    static const char *const WANT[] = {"selected", "planned", "sent"};
    CHECK_INT("its facts and events", history.count, COUNT(WANT));
    for (size_t i = 0; i < COUNT(WANT) && i < history.count; i++)
        CHECK_TEXT("oldest first", history.all[i].event, WANT[i]);
    AUTO_BUF out = BUF_INIT(1 << 16);
    history_json(&history, &out);
    CHECK("one object a line",
          strstr(buf_text(&out), "{\"at\":\"1970-01-01T01:00:01+01:00\",\"event\":\"planned\","
                                 "\"wave\":\"information\",\"address\":\"\",\"code\":\"\",\"text\":\"\","
                                 "\"origin\":\"plan\",\"by\":\"\"") != NULL);
    history_release(&history);
    CHECK("by a former code", history_load(db, "29999", "essai", &history, &err));
    CHECK_TEXT("the commune of today", history.party.id, "29001");
    history_release(&history);
    CHECK("a relay without events", history_load(db, "R29", NULL, &history, &err) && !history.count);
    history_release(&history);
    err = (struct err){0};
    CHECK("unknown", !history_load(db, "00000", NULL, &history, &err));
    CHECK_TEXT("said so", err.code, "UNKNOWN_PARTY");
    history_release(&history);
}

static void reasons(struct db *db) {
    RUN(db, "DELETE FROM delivery");
    RUN(db, "UPDATE wave_group SET planned_ms = NULL WHERE wave_id = 3");
    static const struct {
        const char *label, *id, *state, *reason, *next;
        int64_t now_ms;
    } CASES[] = {
        {"selected, has an address", "29002", "started", "planned", "dernier-jour", 1769000000000},
        {"answered", "29001", "started", "answered", "", 1769000000000},
        {"dead address", "29003", "started", "dead-address", "", 1769000000000},
        {"no address", "29004", "started", "no-address", "", 1769000000000},
        {"objection", "29005", "started", "objection", "", 1769000000000},
        {"informed only", "35001", "started", "not-selected", "", 1769000000000},
        {"withdrawn", "35002", "started", "withdrawn", "", 1769000000000},
        {"draft", "29002", "draft", "not-started", "", 1769000000000},
        {"paused", "29002", "paused", "paused", "", 1769000000000},
        {"cancelled", "29002", "cancelled", "cancelled", "", 1769000000000},
        {"past the deadline", "29002", "started", "deadline", "", 1780000000000},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct why why;
        RUN(db, "UPDATE campaign SET state = $1", DB_T(CASES[i].state));
        if (!why_load(db, "essai", CASES[i].id, NULL, CASES[i].now_ms, &why, &err)) printf("# %s\n", err.text);
        CHECK_TEXT(CASES[i].label, why.reason, CASES[i].reason);
        CHECK_TEXT("the next mail", why.next_wave, CASES[i].next);
        CHECK("explained", why.detail_count > 2);
        why_release(&why);
    }
    RUN(db, "UPDATE campaign SET state = 'started'");
    RUN(db, "INSERT INTO hold (campaign_id, party_id, until_ms, reason) VALUES (1, '29002', 1769900000000, "
            "'déjà répondu')");
    struct why why;
    CHECK("held", why_load(db, "essai", "29002", NULL, 1769000000000, &why, &err));
    CHECK_TEXT("until staff look", why.reason, "hold");
    why_release(&why);
}

int main(void) {
    AUTO(db) db = world();
    whole_campaign(db);
    filters(db);
    formats(db);
    histories(db);
    nothing_gets_through();
    random_states(db);
    reasons(db);
    one_instant();
    return tap_end();
}
