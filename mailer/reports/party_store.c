/* Whom a code means. */
#include "mailer/reports/party_store.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "mailer/audience_sql.h"

enum { CODE_TEXT = 32 };

#define NAMED                                                                                                \
    "SELECT c.id, c.name, c.department, COALESCE(d.name, ''), c.gone * c.year, c.successor, COALESCE(n.name, '') "  \
    "FROM collectivity c LEFT JOIN department d ON d.code = c.department "                                   \
    "LEFT JOIN collectivity n ON n.id = c.successor AND c.gone = 1 "

static int read_row(struct db_rows *rows, struct party *party, struct err *err) {
    int got = db_next(rows, err);
    if (got <= 0) return got;
    snprintf(party->id, sizeof party->id, "%s", db_text(rows, 0));
    snprintf(party->name, sizeof party->name, "%s", db_text(rows, 1));
    snprintf(party->department, sizeof party->department, "%s", db_text(rows, 2));
    snprintf(party->department_name, sizeof party->department_name, "%s", db_text(rows, 3));
    party->last_year = (int)db_int(rows, 4);
    snprintf(party->successor, sizeof party->successor, "%s", db_text(rows, 5));
    snprintf(party->successor_name, sizeof party->successor_name, "%s", db_text(rows, 6));
    return 1;
}

static int by_id(struct db *db, const char *word, struct party *party, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, NAMED "WHERE c.id = $1", DB_T(word));
    return read_row(rows, party, err);
}

static int by_siren(struct db *db, const char *word, struct party *party, struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, NAMED "WHERE c.siren = $1 AND c.siren <> '' ORDER BY c.gone", DB_T(word));
    return read_row(rows, party, err);
}

static int by_former_code(struct db *db, const char *word, struct party *party, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err, NAMED "JOIN former_commune f ON f.current_id = c.id WHERE f.code = $1", DB_T(word));
    return read_row(rows, party, err);
}

static int by_relay(struct db *db, const char *word, struct party *party, struct err *err) {
    AUTO(db_rows) rows =
        db_query(db, err,
                 "SELECT r.id, r.name, " RELAY_DEPARTMENT("r") ", COALESCE(d.name, ''), 0, '', '' FROM relay r "
                 "LEFT JOIN department d ON d.code = r.department WHERE r.id = $1",
                 DB_T(word));
    int got = read_row(rows, party, err);
    party->relay = got > 0;
    return got;
}

/* As people write a code: "2a004", "29 019", " 29019". A relay's id is taken as it is. */
static void tidy(const char *word, char out[CODE_TEXT]) {
    size_t length = 0;
    for (; *word; word++) {
        if (isspace((unsigned char)*word)) continue;
        if (length + 1 == CODE_TEXT) break;
        out[length++] = (char)toupper((unsigned char)*word);
    }
    out[*word ? 0 : length] = '\0';
}

bool party_find(struct db *db, const char *word, struct party *party, struct err *err) {
    char code[CODE_TEXT];
    tidy(word, code);
    static int (*const WAYS[])(struct db *, const char *, struct party *,
                               struct err *) = {by_id, by_siren, by_former_code, by_relay};
    *party = (struct party){0};
    for (size_t i = 0; i < COUNT(WAYS); i++) {
        int got = WAYS[i](db, WAYS[i] == by_relay ? word : code, party, err);
        if (got) return got > 0;
    }
    return err_set(err, ERR_INPUT, "UNKNOWN_PARTY",
                   "« %.80s » n'est ni une collectivité du référentiel ni un relais ; écrivez le code INSEE "
                   "d'une commune, le SIREN "
                   "d'un groupement ou l'identifiant d'un relais",
                   word);
}

void party_gone_text(const struct party *party, const char *before, struct buf *out) {
    AUTO_BUF name = BUF_INIT(1000);
    if (!party->last_year) return;
    text_printable(&name, party->successor_name, strlen(party->successor_name));
    buf_add_format(out, "%sN'existe plus depuis le référentiel %d : ", before, party->last_year + 1);
    if (*party->successor) buf_add_format(out, "%s (%s) lui succède.", buf_text(&name), party->successor);
    else buf_add_text(out, "on ne lui connaît pas de successeur.");
}
