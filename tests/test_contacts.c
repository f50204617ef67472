/* Contacts, suppressions and enrolments in a real store: ranks, choices, facts and the state they add up to. */
#include <stdio.h>

#include "base/db.h"
#include "lists/contact_store.h"
#include "lists/import_store.h"
#include "mailer/campaign.h"
#include "mailer/enrolment.h"
#include "mailer/reports/undo_store.h"
#include "tests/small_reference.h"
#include "tests/tap.h"

static struct err err;

static int64_t number(struct db *db, const char *sql) {
    int64_t value = -1;
    AUTO(db_rows) rows = db_query(db, &err, sql);
    if (db_next(rows, &err) > 0) value = db_int(rows, 0);
    return value;
}

static bool may_downgrade;

/* A list staged and not revealed yet: its import's id, 0 on failure. */
static int64_t stage(struct db *db, const char *text, int64_t campaign_id, int64_t now_ms, struct list_result *list) {
    struct row_limits limits = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 400};
    const struct import_note note = {.file = "liste.csv", .sha256 = "", .kind = "found", .by_whom = "moi",
                                     .campaign_id = campaign_id, .at_ms = now_ms};
    int64_t id = 0;
    AUTO(reference) reference = small_reference();
    const struct source source = SOURCE_OF(text, strlen(text));
    if (!list_read(list, &source, LIST_AS_FOUND, reference, &limits, 20500, NULL, NULL, &err)) return 0;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
    bool good = import_begin(db, &note, &id, &err) && tx_commit(TX_TAKE(tx), &err) && contact_store_stage(db, list, id, &err);
    return good ? id : 0;
}

/* Imports a list of two parties; returns the import's id, 0 on failure. */
static int64_t import(struct db *db, const char *text, int64_t campaign_id, int64_t now_ms) {
    struct list_result list;
    int64_t id = stage(db, text, campaign_id, now_ms, &list);
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
    bool good = id && contact_store_settle(db, &list, id, "liste.csv", now_ms, &err) &&
                enrolment_import(db, campaign_id, &list, id, may_downgrade, now_ms, "liste.csv", "moi", &err) &&
                import_reveal(db, id, "{}", now_ms, &err) && tx_commit(TX_TAKE(tx), &err);
    list_result_free(&list);
    return good ? id : 0;
}

static bool undo(struct db *db, int64_t import_id, struct undoing *undoing) {
    struct import_row row = {0};
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
    bool good = import_load(db, import_id, &row, &err) && undo_import(db, &row, 9000, "moi", undoing, &err) &&
                tx_commit(TX_TAKE(tx), &err);
    import_row_release(&row);
    undoing_release(undoing);
    return good;
}

/* Everything in force, as text: what an undo must leave exactly as it was. */
static void dump(struct db *db, struct buf *out) {
    static const char *const WHAT[] = {
        "SELECT party_id || ' ' || address || ' ' || line FROM contact ORDER BY party_id, rank",
        "SELECT address || ' ' || reason || ' ' || origin || ' ' || at_ms FROM suppression ORDER BY address, reason",
        "SELECT id || ' ' || name || ' ' || department || ' ' || reply_to FROM relay ORDER BY id",
        "SELECT campaign_id || ' ' || party_id || ' ' || selected || answered || objected || withdrawn || ' ' || "
        "COALESCE(answered_on, '-') || ' ' || COALESCE(answered_ms, 0) FROM enrolment ORDER BY campaign_id, party_id",
        "SELECT id || ' ' || COALESCE(answers_as_of_ms, -1) FROM campaign ORDER BY id"};
    buf_clear(out);
    for (size_t i = 0; i < COUNT(WHAT); i++) {
        AUTO(db_rows) rows = db_query(db, &err, WHAT[i]);
        while (db_next(rows, &err) > 0) buf_add_format(out, "%s\n", db_text(rows, 0));
    }
}

static const char *chosen(struct db *db, const char *party) {
    static char text[ADDRESS_TEXT + 20];
    static const char *const WORDS[] = {"chosen", "none", "objected", "all dead", "error"};
    struct chosen_contact contact = {0};
    enum contact_choice choice = contact_choose(db, party, &contact, &err);
    snprintf(text, sizeof text, "%s%s%s", WORDS[choice], choice == CONTACT_CHOSEN ? " " : "", contact.address);
    return text;
}

static void check_contacts(struct db *db) {
    static const char FIRST[] = "insee;mail\n29001;z@a.example,b@a.example\n29019;\n";
    static const char SECOND[] = "insee;mail\n29001;a@a.example,z@a.example\n29019;brest@a.example\n";
    char reason[16];
    CHECK("first list", import(db, FIRST, 1, 1000) > 0);
    CHECK_TEXT("the first of the cell", chosen(db, "29001"), "chosen z@a.example");
    CHECK_TEXT("no address", chosen(db, "29019"), "none");
    CHECK("second list", import(db, SECOND, 1, 2000) > 0);
    CHECK_TEXT("an earlier import keeps its rank", chosen(db, "29001"), "chosen z@a.example");
    CHECK_INT("and the new one comes behind", number(db, "SELECT rank FROM contact WHERE address = 'a@a.example'"), 3);
    CHECK("the same again", import(db, FIRST, 1, 3000) > 0);
    CHECK_INT("adds no contact", number(db, "SELECT COUNT(*) FROM contact"), 4);
    CHECK("dead", suppression_add(db, "z@a.example", "dead", 1, "test", 0, &err));
    CHECK("dead twice", suppression_add(db, "z@a.example", "dead", 2, "test", 0, &err));
    CHECK_INT("is dead once", number(db, "SELECT COUNT(*) FROM suppression"), 1);
    CHECK_TEXT("the next one's turn", chosen(db, "29001"), "chosen b@a.example");
    CHECK("an objection", suppression_add(db, "b@a.example", "objection", 3, "test", 0, &err));
    CHECK_TEXT("never passes on to the next", chosen(db, "29001"), "objected");
    CHECK("all dead", suppression_add(db, "brest@a.example", "dead", 4, "test", 0, &err));
    CHECK_TEXT("nobody left", chosen(db, "29019"), "all dead");
    CHECK("an import never revives", import(db, SECOND, 1, 4000) > 0 && number(db, "SELECT COUNT(*) FROM suppression") == 3);
    CHECK_INT("found", suppression_find(db, "b@a.example", reason, &err), 1);
    CHECK_TEXT("and why", reason, "objection");
    CHECK_INT("not found", suppression_find(db, "x@a.example", reason, &err), 0);
}

/* "selected answered objected withdrawn answered_on" of a party, then the number of its facts. */
static const char *state(struct db *db, int64_t campaign, const char *party) {
    static char text[100];
    AUTO(db_rows) rows = db_query(db, &err,
                                  "SELECT e.selected, e.answered, e.objected, e.withdrawn, COALESCE(e.answered_on, '-'), "
                                  "(SELECT COUNT(*) FROM enrolment_fact f WHERE f.campaign_id = $1 AND f.party_id = $2) "
                                  "FROM enrolment e WHERE e.campaign_id = $1 AND e.party_id = $2",
                                  DB_I(campaign), DB_T(party));
    if (db_next(rows, &err) <= 0) return "none";
    snprintf(text, sizeof text, "%d%d%d%d %s %d", (int)db_int(rows, 0), (int)db_int(rows, 1), (int)db_int(rows, 2),
             (int)db_int(rows, 3), db_text(rows, 4), (int)db_int(rows, 5));
    return text;
}

static bool add(struct db *db, enum enrolment_fact fact, const char *day) {
    return enrolment_add(db, 2, "29001", fact, day, 5000, "test", "moi", &err);
}

static void check_enrolment(struct db *db) {
    static const char LIST[] = "id;statut;repondu le\n29001;oui;\n29019;non;\n";
    static const char ANSWERS[] = "id;repondu le\n29001;12/01/2026\n";
    CHECK_TEXT("not enrolled", state(db, 2, "29001"), "none");
    CHECK("a list", import(db, LIST, 2, 1000) > 0);
    CHECK_TEXT("selected", state(db, 2, "29001"), "1000 - 1");
    CHECK_TEXT("informed", state(db, 2, "29019"), "0000 - 1");
    CHECK("again", import(db, LIST, 2, 1500) > 0);
    CHECK_TEXT("each list's word is kept, for the day another's is taken back", state(db, 2, "29001"), "1000 - 2");
    CHECK_INT("the ledger says nothing twice", number(db, "SELECT COUNT(*) FROM event WHERE campaign_id = 2 AND party_id = '29001'"), 1);
    CHECK("answered by hand", add(db, FACT_ANSWERED, NULL));
    CHECK_TEXT("answered", state(db, 2, "29001"), "1100 - 3");
    CHECK("answers with their days", import(db, ANSWERS, 2, 2000) > 0);
    CHECK_TEXT("the day is learnt later", state(db, 2, "29001"), "1100 2026-01-12 4");
    CHECK("not answered after all", add(db, FACT_UNANSWERED, NULL));
    CHECK_TEXT("unanswered", state(db, 2, "29001"), "1000 - 5");
    CHECK("a list that says informed", import(db, "id;statut\n29001;non\n", 2, 3000) > 0);
    CHECK_TEXT("never downgrades", state(db, 2, "29001"), "1000 - 6");
    may_downgrade = true;
    CHECK("unless it is allowed", import(db, "insee;mail\n29001;\n", 2, 3100) > 0);
    CHECK_TEXT("a list without statuses denies nothing", state(db, 2, "29001"), "1000 - 7");
    CHECK("one that says so", import(db, "id;statut\n29001;non\n", 2, 3200) > 0);
    CHECK_TEXT("does", state(db, 2, "29001"), "0000 - 9");
    may_downgrade = false;
    CHECK("selected again", add(db, FACT_SELECTED, NULL));
    CHECK("objected, withdrawn", add(db, FACT_OBJECTED, NULL) && add(db, FACT_WITHDRAWN, NULL) && add(db, FACT_WITHDRAWN, NULL));
    CHECK_TEXT("both", state(db, 2, "29001"), "1011 - 13");
    CHECK_INT("the ledger heard of each change", number(db, "SELECT COUNT(*) FROM event WHERE campaign_id = 2"), 9);
    CHECK_INT("and names places", number(db, "SELECT COUNT(*) FROM event WHERE campaign_id = 2 AND origin = 'liste.csv:2'"), 3);
}

/* -- undo ------------------------------------------------------------------------------------------------------ */
static const char *const LISTS[] = {
    "insee;mail;statut\n29001;a@x.example,b@x.example;oui\n29019;c@x.example;non\n29232;d@x.example;oui\n",
    "insee;mail;statut;repondu le\n29001;b@x.example,e@x.example;repondu;13/01/2026\n29019;c@x.example;refus\n",
    "id;statut;repondu le\n29001;repondu;12/01/2026\n29232;repondu;\n97411;selectionnee;\n",
    "insee;mail;statut\n29019;f@x.example;oui\n29001;a@x.example;refus\n",
};

/* Imports the lists of the set bits, in order, into a store of its own. */
static struct db *fresh(unsigned which, int64_t ids[COUNT(LISTS)]) {
    struct db *db = db_open("sqlite::memory:", true, &err);
    bool good = db && db_migrate(db, &err) &&
                db_script(db, "INSERT INTO campaign (id, name, title, state, deadline, schedule, templates_folder, created_ms) "
                              "VALUES (1, 'un', '', 'draft', '2026-01-30', '', '', 0)", &err);
    for (size_t i = 0; i < COUNT(LISTS) && good; i++) {
        if (!(which >> i & 1)) continue;
        good = (ids[i] = import(db, LISTS[i], 1, 1000 * (int64_t)(i + 1))) > 0;
        AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
        good = good && campaign_learn_answers_as_of(db, 1, 500 * (int64_t)(i + 1), ids[i], 1, "moi", &err) &&
               tx_commit(TX_TAKE(tx), &err);
    }
    return CHECK("a store with lists", good), db;
}

/* Whatever is undone, and in whatever order: as if it had never been imported. */
static void check_undo(void) {
    enum { ALL = (1 << COUNT(LISTS)) - 1 };
    AUTO_BUF got = BUF_INIT(1 << 16), want = BUF_INIT(1 << 16);
    for (unsigned taken = 1; taken <= ALL; taken++) {
        int64_t ids[COUNT(LISTS)] = {0};
        struct undoing undoing;
        AUTO(db) db = fresh(ALL, ids);
        AUTO(db) never = fresh(ALL & ~taken, (int64_t[COUNT(LISTS)]){0});
        int64_t events = number(db, "SELECT COUNT(*) FROM event");
        for (size_t i = 0; i < COUNT(LISTS); i++) /* the last first, or the first, by the parity of the round */
            if (taken >> (taken % 2 ? i : COUNT(LISTS) - 1 - i) & 1)
                CHECK("undone", undo(db, ids[taken % 2 ? i : COUNT(LISTS) - 1 - i], &undoing));
        dump(db, &got);
        dump(never, &want);
        CHECK_TEXT("as if it had never been", buf_text(&got), buf_text(&want));
        CHECK("the ledger only grows", number(db, "SELECT COUNT(*) FROM event") > events);
    }
}

static void check_undo_refusals(void) {
    int64_t ids[COUNT(LISTS)] = {0};
    struct undoing undoing;
    struct list_result list;
    AUTO(db) db = fresh(3, ids);
    AUTO_BUF before = BUF_INIT(1 << 16), after = BUF_INIT(1 << 16);
    CHECK("nobody's number", !undo(db, 999, &undoing));
    CHECK_TEXT("is said", err.code, "UNKNOWN_IMPORT");
    CHECK("once", undo(db, ids[1], &undoing));
    CHECK("not twice", !undo(db, ids[1], &undoing));
    CHECK_TEXT("is said too", err.code, "ALREADY_UNDONE");
    dump(db, &before);
    int64_t hidden = stage(db, LISTS[3], 1, 7000, &list);
    list_result_free(&list);
    dump(db, &after);
    CHECK("staged", hidden > 0);
    CHECK_TEXT("is not seen", buf_text(&after), buf_text(&before));
    CHECK("nor undone", !undo(db, hidden, &undoing));
    CHECK("what died before it was revealed", import_purge(db, &err));
    CHECK_INT("leaves nothing", number(db, "SELECT COUNT(*) FROM contact_fact WHERE import_id NOT IN (SELECT id FROM import)"), 0);
    CHECK_INT("not even a number", number(db, "SELECT COUNT(*) FROM import WHERE visible_ms IS NULL"), 0);
}

static void check_objection(struct db *db) {
    CHECK("an opposition with an address", import(db, "insee;mail;statut\n29232;q@a.example;refus\n97411;;refus\n", 1, 6000) > 0);
    CHECK_INT("suppresses it", number(db, "SELECT COUNT(*) FROM suppression WHERE address = 'q@a.example' AND reason = 'objection' "
                                          "AND origin = 'liste.csv:2'"), 1);
    CHECK_TEXT("objected", state(db, 1, "29232"), "0010 - 1");
    CHECK_TEXT("without an address too", state(db, 1, "97411"), "0010 - 1");
}

int main(void) {
    AUTO(db) db = db_open("sqlite::memory:", true, &err);
    bool ready = db && db_migrate(db, &err) &&
                 db_script(db, "INSERT INTO campaign (id, name, title, state, deadline, schedule, templates_folder, created_ms) VALUES "
                               "(1, 'un', '', 'draft', '2026-01-30', '', '', 0), (2, 'deux', '', 'draft', '2026-01-30', '', '', 0)", &err);
    if (!CHECK("a store", ready)) return tap_end();
    check_contacts(db);
    check_enrolment(db);
    check_objection(db);
    check_undo();
    check_undo_refusals();
    return tap_end();
}
