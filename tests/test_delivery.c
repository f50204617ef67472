/* The states of deliveries: every pair of the table against what the design allows, and the setter over a real store. */
#include "base/db.h"
#include "mailer/send/delivery.h"
#include "tests/tap.h"

/* Row = from, column = to, in the order of the enum: ready claimed armed deferred sent failed skipped in_doubt cancelled.
 * Written out by hand, apart from the code: a change of the table must be made twice, on purpose. */
static const char *const ALLOWED[DELIVERY_STATES] = {
    [DELIVERY_READY] = "x x . . . . x x x",     [DELIVERY_CLAIMED] = "x . x x . x x x x",
    [DELIVERY_ARMED] = "x . . x x x . x .",     [DELIVERY_DEFERRED] = "x x . x . x x x x",
    [DELIVERY_SENT] = "x . . . . . . . .",      [DELIVERY_FAILED] = ". . . . . . . . .",
    [DELIVERY_SKIPPED] = ". . . . . . . . x",   [DELIVERY_IN_DOUBT] = "x . . . x x . . .",
    [DELIVERY_CANCELLED] = ". . . . . . . . ."};

static void check_table(void) {
    for (int from = 0; from < DELIVERY_STATES; from++)
        for (int to = 0; to < DELIVERY_STATES; to++) {
            char label[80];
            snprintf(label, sizeof label, "%s -> %s", DELIVERY[from].name, DELIVERY[to].name);
            CHECK_INT(label, delivery_may((enum delivery_state)from, (enum delivery_state)to), ALLOWED[from][2 * to] == 'x');
        }
}

static int64_t one(struct db *db, const char *what) {
    struct err err = {0};
    int64_t value = -1;
    static const char STATE[] = "SELECT state FROM delivery WHERE id = 1", EVENTS[] = "SELECT COUNT(*) FROM event";
    db_get_int(db, &err, &value, what[0] == 's' ? STATE : EVENTS);
    return value;
}

/* The setter obeys the table in every pair: allowed ones write row and event, others write neither. */
static void check_setter(struct db *db) {
    struct err err = {0};
    for (int from = 0; from < DELIVERY_STATES; from++)
        for (int to = 0; to < DELIVERY_STATES; to++) {
            char label[100];
            bool allowed = delivery_may((enum delivery_state)from, (enum delivery_state)to);
            bool passing = to == DELIVERY_CLAIMED || to == DELIVERY_ARMED;
            if (!db_run(db, &err, "UPDATE delivery SET state = $1 WHERE id = 1", DB_I(from))) CHECK(err.text, false);
            int64_t events = one(db, "events");
            struct event event = {.at_ms = 1, .delivery_id = 1, .party_id = "29019", .origin = "test"};
            bool done = to == DELIVERY_ARMED ? delivery_arm_row(db, 1, "0123", "smtp", 1, &err)
                                             : delivery_set(db, (enum delivery_state)from, (enum delivery_state)to, "why", -1, &event, &err);
            snprintf(label, sizeof label, "set %s -> %s", DELIVERY[from].name, DELIVERY[to].name);
            CHECK(label, done == allowed && one(db, "state") == (allowed ? to : from) && one(db, "events") == events + (allowed && !passing));
            int64_t kept = -1;
            db_get_int(db, &err, &kept, "SELECT CASE WHEN armed_ms = 1 AND armed_sha256 = '0123' AND armed_relay = 'smtp' THEN 1 WHEN COALESCE(armed_ms, armed_sha256, armed_relay) IS NULL THEN 0 END "
                                        "FROM delivery WHERE id = 1");
            if (allowed) CHECK_INT("  and its digest is kept while it is armed", kept, to == DELIVERY_ARMED);
        }
    struct event event = {.at_ms = 1, .delivery_id = 1, .origin = "test"};
    if (!db_run(db, &err, "UPDATE delivery SET state = 1 WHERE id = 1")) CHECK(err.text, false);
    CHECK("nothing is armed without its digest", !delivery_set(db, DELIVERY_CLAIMED, DELIVERY_ARMED, "", -1, &event, &err));
    if (!db_run(db, &err, "UPDATE delivery SET state = 4 WHERE id = 1")) CHECK(err.text, false);
    CHECK("a row that is elsewhere is refused", !delivery_set(db, DELIVERY_READY, DELIVERY_CLAIMED, "", -1, &event, &err));
    CHECK_TEXT("with its code", err.code, "STATE");
    event.delivery_id = 99;
    CHECK("a row that is not there is refused", !delivery_set(db, DELIVERY_READY, DELIVERY_CLAIMED, "", -1, &event, &err));
}

int main(void) {
    struct err err = {0};
    check_table();
    AUTO(db) db = db_open("sqlite::memory:", true, &err);
    bool good = db && db_migrate(db, &err) &&
                db_script(db, "INSERT INTO document VALUES ('x', x'00');"
                              "INSERT INTO campaign (id, name, title, state, deadline, schedule, templates_folder, created_ms) "
                              "VALUES (1, 'c', 'c', 'draft', '2026-01-23', 'x', '', 0);"
                              "INSERT INTO wave (id, campaign_id, name, title, position, audience, template, uncertain, state) "
                              "VALUES (1, 1, 'w', 'w', 0, 'informed', 'i.md', 'hold', 'waiting');"
                              "INSERT INTO delivery (id, wave_id, party_id, department, state, not_before_ms) "
                              "VALUES (1, 1, '29019', '29', 0, 0);", &err);
    if (!CHECK("store", good)) printf("# %s\n", err.text);
    else check_setter(db);
    return tap_end();
}
