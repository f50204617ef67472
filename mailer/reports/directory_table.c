/* The directory as a list that can be imported again: one row a collectivity, its addresses in the order of rank. */
#include <string.h>

#include "mailer/french_moments.h"
#include "mailer/reports/directory.h"

enum { CELL_BYTES = 1 << 20, WITHOUT_STATUS = 7 };

/* Titles the importer knows, but for type, population, addresses out of use and origin, which it leaves alone. */
static const struct table_column COLUMNS[] = {{"Code INSEE", 12},  {"SIREN", 12},      {"Collectivité", 36}, {"Nature", 12},
                                              {"Département", 13}, {"Population", 12}, {"Courriel", 48},     {"Statut", 14},
                                              {"Adresses inutilisables", 40}, {"Origine", 60}};

struct directory_rows {
    struct table_out *out;
    bool with_status;
};

static void write_addresses(struct table_out *out, const struct directory_entry *entry) {
    AUTO_BUF cell = BUF_INIT(CELL_BYTES);
    for (size_t i = 0; i < entry->contact_count; i++) buf_add_format(&cell, "%s%s", i ? " ; " : "", entry->contacts[i].address);
    table_text(out, buf_text(&cell));
}

static void write_unusable(struct table_out *out, const struct directory_entry *entry) {
    AUTO_BUF cell = BUF_INIT(CELL_BYTES);
    for (size_t i = 0; i < entry->contact_count; i++)
        if (entry->contacts[i].state != CONTACT_USABLE)
            buf_add_format(&cell, "%s%s (%s)", cell.length ? " ; " : "", entry->contacts[i].address, contact_state_text(entry->contacts[i].state));
    table_text(out, buf_text(&cell));
}

static void write_origins(struct table_out *out, const struct directory_entry *entry) {
    AUTO_BUF cell = BUF_INIT(CELL_BYTES);
    for (size_t i = 0; i < entry->contact_count; i++) {
        const struct directory_contact *contact = &entry->contacts[i];
        char at[FRENCH_MOMENT];
        french_short_moment(PARIS, contact->at_ms, at);
        buf_add_format(&cell, "%s%s ligne %lld, le %s, par %s", i ? " ; " : "", contact->file, (long long)contact->line, at, contact->by_whom);
    }
    table_text(out, buf_text(&cell));
}

static bool write_row(void *ctx, const struct directory_entry *entry, struct err *err) {
    const struct directory_rows *rows = ctx;
    struct table_out *out = rows->out;
    (void)err;
    table_code(out, entry->insee);
    table_code(out, entry->siren);
    table_text(out, entry->name);
    table_text(out, entry->type);
    table_code(out, entry->department);
    table_number(out, entry->population);
    write_addresses(out, entry);
    if (rows->with_status) table_text(out, directory_status_text(entry->status));
    write_unusable(out, entry);
    write_origins(out, entry);
    table_end_row(out);
    return true;
}

bool directory_table(struct db *db, const struct directory_scope *scope, const char *path, enum table_form form, struct err *err) {
    struct table_column columns[COUNT(COLUMNS)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT(COLUMNS); i++)
        if (i != WITHOUT_STATUS || scope->campaign_id) columns[count++] = COLUMNS[i];
    AUTO(table_out) out = table_out_open(path, form, columns, count, err);
    struct directory_rows rows = {out, scope->campaign_id != 0};
    return out && directory_read(db, scope, write_row, &rows, err) && table_out_commit(out, err);
}
