/* Contacts, suppressions and enrolments in a real store: ranks, choices, facts and the state they add up to. */
#include <stdio.h>

#include "base/db.h"
#include "lists/contact_store.h"
#include "mailer/enrolment.h"
#include "tests/small_reference.h"
#include "tests/tap.h"

static struct err err;

static int64_t number(struct db *db, const char *sql) {
    int64_t value = -1;
    AUTO(db_rows) rows = db_query(db, &err, sql);
    if (db_next(rows, &err) > 0) value = db_int(rows, 0);
    return value;
}

/* Imports a list of two parties; returns the import's id, 0 on failure. */
static int64_t import(struct db *db, const char *text, int64_t campaign_id, int64_t now_ms) {
    struct row_limits limits = {.file_bytes = 1 << 20, .columns = 100, .cell_chars = 400};
    struct list_result list;
    int64_t id = 0;
    AUTO(reference) reference = small_reference();
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
    const struct source source = SOURCE_OF(text, strlen(text));
    bool good = list_read(&list, &source, LIST_AS_FOUND, reference, &limits, 20500, NULL, NULL, &err) &&
                import_store_add(db, "liste.csv", "", "found", campaign_id, now_ms, "moi", &id, &err) &&
                contact_store_import(db, &list, id, "liste.csv", now_ms, &err) &&
                enrolment_import(db, campaign_id, &list, id, now_ms, "liste.csv", "moi", &err) && tx_commit(TX_TAKE(tx), &err);
    list_result_free(&list);
    return good ? id : 0;
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
    CHECK_TEXT("nothing is said twice", state(db, 2, "29001"), "1000 - 1");
    CHECK("answered by hand", add(db, FACT_ANSWERED, NULL));
    CHECK_TEXT("answered", state(db, 2, "29001"), "1100 - 2");
    int64_t answers = import(db, ANSWERS, 2, 2000);
    CHECK_TEXT("the day is learnt later", state(db, 2, "29001"), "1100 2026-01-12 3");
    CHECK("not answered after all", add(db, FACT_UNANSWERED, NULL));
    CHECK_TEXT("unanswered", state(db, 2, "29001"), "1000 - 4");
    CHECK("a list that says informed", import(db, "id;statut\n29001;non\n", 2, 3000) > 0);
    CHECK_TEXT("never downgrades", state(db, 2, "29001"), "1000 - 4");
    CHECK("objected, withdrawn", add(db, FACT_OBJECTED, NULL) && add(db, FACT_WITHDRAWN, NULL) && add(db, FACT_WITHDRAWN, NULL));
    CHECK_TEXT("both", state(db, 2, "29001"), "1011 - 6");
    CHECK("derived anew", enrolment_derive(db, 2, NULL, &err));
    CHECK_TEXT("comes to the same", state(db, 2, "29001"), "1011 - 6");
    CHECK_TEXT("for everybody", state(db, 2, "29019"), "0000 - 1");
    CHECK("an import taken back", db_run(db, &err, "UPDATE import SET undone_ms = 1 WHERE id < $1", DB_I(answers)));
    CHECK("derived for one", enrolment_derive(db, 2, "29001", &err));
    CHECK_TEXT("its facts do not count", state(db, 2, "29001"), "0011 - 6");
    CHECK_TEXT("the other is as it was", state(db, 2, "29019"), "0000 - 1");
    CHECK("derived for all", enrolment_derive(db, 2, NULL, &err));
    CHECK_TEXT("nothing left of it", state(db, 2, "29019"), "none");
    CHECK_INT("the ledger only grows", number(db, "SELECT COUNT(*) FROM event WHERE campaign_id = 2"), 7);
    CHECK_INT("and names place", number(db, "SELECT COUNT(*) FROM event WHERE campaign_id = 2 AND origin = 'liste.csv:2'"), 2);
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
    return tap_end();
}
