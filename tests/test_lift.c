/* Which suppressions can be lifted, and what stands afterwards: who said what, in a real store. */
#include <stdio.h>
#include <string.h>

#include "lists/contact_store.h"
#include "lists/import_store.h"
#include "mailer/inbox/lift_store.h"
#include "tests/tap.h"

#define ADDRESS "mairie@commune.example"
#define LONG_TEXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
static struct err err;

/* said, lists: the reasons that a return or a person, and that a list, gives for the address; "d" dead, "o" objection, "c" complaint. want: the code
 * of the refusal, or what stands afterwards. */
static const struct { const char *label, *said, *lists, *lift, *because, *want; } CASES[] = {
    {"a dead address", "d", "", "dead", "appel", ""},
    {"an objection", "o", "", "objection", "appel", ""},
    {"a complaint", "c", "", "complaint", "appel", ""},
    {"one of two", "do", "", "dead", "appel", "objection"},
    {"the other of two", "do", "", "objection", "appel", "dead"},
    {"said by a list too", "o", "o", "objection", "appel", "objection"},
    {"said by a list for another reason", "d", "o", "dead", "appel", "objection"},
    {"said by a list alone", "", "o", "objection", "appel", "BY_IMPORT"},
    {"another reason is meant", "o", "", "dead", "appel", "OTHER_REASON"},
    {"a list gives another reason", "", "o", "dead", "appel", "OTHER_REASON"},
    {"nobody says anything", "", "", "dead", "appel", "NOT_SUPPRESSED"},
    {"no reason given", "d", "", "dead", "", "BECAUSE"},
    {"blanks for a reason", "d", "", "dead", " \t ", "BECAUSE"},
    {"a reason too long", "d", "", "dead", LONG_TEXT LONG_TEXT LONG_TEXT LONG_TEXT "!", "BECAUSE"},
    {"as long as may be", "d", "", "dead", LONG_TEXT LONG_TEXT LONG_TEXT LONG_TEXT, ""}};

static bool add(struct db *db, const char *reasons, int64_t import_id) {
    static const char *const REASONS[] = {"dead", "objection", "complaint"};
    for (; *reasons; reasons++)
        for (size_t i = 0; i < COUNT(REASONS); i++)
            if (REASONS[i][0] == *reasons && !suppression_add(db, ADDRESS, REASONS[i], 1000, import_id ? "liste.csv:2" : "inbox:inbox", import_id, &err)) return false;
    return true;
}

static void name_all(const struct suppressed_addresses *list, char out[64]) {
    size_t length = 0;
    *out = '\0';
    for (size_t i = 0; i < list->count && length < 40; i++) length += (size_t)snprintf(out + length, 64 - length, "%s%s", i ? " " : "", list->all[i].reason);
}

static void judge(const char *label, const char *said, const char *lists, const struct lifting *lifting, const char *want) {
    AUTO(db) db = db_open("sqlite::memory:", true, &err);
    const struct import_note note = {.file = "liste.csv", .sha256 = "", .kind = "objected", .by_whom = "moi", .at_ms = 500};
    char reason[16], stands[64], before[64];
    struct suppressed_addresses was = {0};
    struct lifted lifted = {0};
    int64_t import_id;
    if (!CHECK(label, db && db_migrate(db, &err))) return;
    AUTO(tx) tx = tx_begin(db, TX_DURABLE, &err);
    bool ready = tx && import_begin(db, &note, &import_id, &err) && import_reveal(db, import_id, "{}", 500, &err) && add(db, said, 0) && add(db, lists, import_id) &&
                 suppressed_load(db, "", "", &was, &err);
    CHECK(label, ready);
    bool good = suppression_lift(db, lifting, &lifted, &err);
    name_all(&was, before);
    name_all(&lifted.stands, stands);
    CHECK_TEXT(label, good ? stands : err.code, want);
    suppressed_release(&lifted.stands);
    if (suppressed_load(db, ADDRESS, "", &lifted.stands, &err)) name_all(&lifted.stands, stands);
    CHECK_TEXT(label, stands, good ? want : before); /* refused: nothing has changed */
    CHECK_INT(label, suppression_find(db, ADDRESS, reason, &err), *stands != '\0');
    /* Said anew after it was lifted, it counts anew. */
    if (good) CHECK(label, suppression_add(db, ADDRESS, lifting->reason, 3000, "inbox:inbox", 0, &err) && suppression_find(db, ADDRESS, reason, &err) == 1);
    suppressed_release(&lifted.stands);
    suppressed_release(&was);
}

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        const struct lifting lifting = {.address = ADDRESS, .reason = CASES[i].lift, .because = CASES[i].because, .by_whom = "moi", .now_ms = 2000};
        judge(CASES[i].label, CASES[i].said, CASES[i].lists, &lifting, CASES[i].want);
    }
    return tap_end();
}
