/* Recipients in memory: some 36,000 of them, a few megabytes. */
#include "mailer/recipients_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lists/contact_store.h"
#include "mailer/audience_sql.h"

static struct recipient *add(struct recipients *recipients, const struct db_rows *rows) {
    size_t count = recipients->count;
    if ((count & (count - 1)) == 0) recipients->all = mem_grow(recipients->all, count ? count * 2 : 1, sizeof *recipients->all);
    struct recipient *one = &recipients->all[recipients->count++];
    *one = (struct recipient){.name = text_dup(db_text(rows, 1))};
    snprintf(one->id, sizeof one->id, "%s", db_text(rows, 0));
    snprintf(one->department, sizeof one->department, "%s", db_text(rows, 2));
    return one;
}

static bool load_enrolled(struct db *db, int64_t campaign_id, struct recipients *recipients, struct err *err) {
    int got;
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT e.party_id, c.name, c.department, c.population, c.type, e.selected, e.answered FROM enrolment e "
                                  "JOIN collectivity c ON c.id = e.party_id WHERE e.campaign_id = $1 AND e.withdrawn = 0 AND e.objected = 0 "
                                  "ORDER BY e.party_id", DB_I(campaign_id));
    while ((got = db_next(rows, err)) > 0) {
        struct recipient *one = add(recipients, rows);
        one->population = db_int(rows, 3);
        one->commune = !strcmp(db_text(rows, 4), "commune");
        one->selected = db_int(rows, 5);
        one->answered = db_int(rows, 6);
    }
    return got == 0;
}

static bool load_relays(struct db *db, struct recipients *recipients, struct err *err) {
    int got;
    AUTO(db_rows) rows = db_query(db, err, "SELECT r.id, r.name, " RELAY_DEPARTMENT("r") " FROM relay r ORDER BY r.id");
    while ((got = db_next(rows, err)) > 0) add(recipients, rows)->relay = true;
    return got == 0;
}

bool recipients_load(struct db *db, int64_t campaign_id, struct recipients *recipients, struct err *err) {
    *recipients = (struct recipients){0};
    if (!load_enrolled(db, campaign_id, recipients, err) || !load_relays(db, recipients, err)) return false;
    for (size_t i = 0; i < recipients->count; i++) {
        struct recipient *one = &recipients->all[i];
        struct chosen_contact contact;
        enum contact_choice choice = contact_choose(db, one->id, &contact, err);
        if (choice == CONTACT_ERROR) return false;
        if (choice != CONTACT_CHOSEN) continue;
        one->address = text_dup(contact.address);
        one->contact_id = contact.id;
    }
    return true;
}

void recipients_release(struct recipients *recipients) {
    for (size_t i = 0; i < recipients->count; i++) {
        free(recipients->all[i].name);
        free(recipients->all[i].address);
    }
    free(recipients->all);
    *recipients = (struct recipients){0};
}

bool recipient_in(const struct recipient *recipient, enum audience audience) {
    if (recipient->relay || audience == AUDIENCE_RELAYS) return recipient->relay && audience == AUDIENCE_RELAYS;
    switch (audience) {
    case AUDIENCE_INFORMED_ONLY: return !recipient->selected;
    case AUDIENCE_SELECTED: return recipient->selected;
    case AUDIENCE_SELECTED_UNANSWERED: return recipient->selected && !recipient->answered;
    case AUDIENCE_ANSWERED: return recipient->answered;
    case AUDIENCE_INFORMED:
    case AUDIENCE_RELAYS:
    case AUDIENCE_COUNT: break;
    }
    return true;
}

bool recipient_origin(struct db *db, const struct recipient *recipient, char out[200], struct err *err) {
    AUTO(db_rows) rows = db_query(db, err, "SELECT i.file, k.line FROM contact_fact k JOIN import i ON i.id = k.import_id WHERE k.id = $1",
                                  DB_I(recipient->contact_id));
    int got = db_next(rows, err);
    out[0] = '\0';
    if (got > 0) snprintf(out, 200, "%.150s:%lld", db_text(rows, 0), (long long)db_int(rows, 1));
    return got >= 0;
}
