/* The directory for people: one line an address, aligned. */
#include <string.h>

#include "base/text.h"
#include "mailer/french_moments.h"
#include "mailer/reports/directory.h"
#include "mailer/reports/french_numbers.h"
#include "mailer/reports/text_table.h"

enum { LINE_BYTES = 1 << 16, CODE_WIDTH = 9, NAME_LEAST = 12, NAME_MOST = 44, ADDRESS_LEAST = 14, ADDRESS_MOST = 48,
       POPULATION_WIDTH = 10, STATUS_WIDTH = 12, STATE_WIDTH = 10, DEPARTMENT_WIDTH = 4 };

struct directory_page {
    FILE *file;
    int name_width, address_width;
    bool with_status, colour;
    int64_t collectivities, reachable, addresses, unusable;
};

static void add_cell(struct buf *line, const char *text, int width) {
    AUTO_BUF safe = BUF_INIT(LINE_BYTES);
    text_printable(&safe, text, strlen(text));
    text_add_padded(line, buf_text(&safe), (size_t)width);
    buf_add_text(line, "  ");
}

static void end_line(struct buf *line, FILE *file) {
    while (line->length && line->bytes[line->length - 1] == ' ') buf_cut(line, line->length - 1);
    buf_add_char(line, '\n');
    fwrite(buf_text(line), 1, line->length, file);
    buf_clear(line);
}

static void add_who(const struct directory_page *page, const struct directory_entry *entry, struct buf *line) {
    char people[FRENCH_NUMBER];
    french_integer(entry->population, people);
    add_cell(line, entry->id, CODE_WIDTH);
    add_cell(line, entry->name, page->name_width);
    add_cell(line, entry->type, STATE_WIDTH);
    add_cell(line, entry->department, DEPARTMENT_WIDTH);
    for (size_t width = text_columns(people); width < POPULATION_WIDTH; width++) buf_add_char(line, ' ');
    add_cell(line, people, 0);
    if (page->with_status) add_cell(line, directory_status_text(entry->status), STATUS_WIDTH);
}

static void add_contact(const struct directory_page *page, const struct directory_contact *contact, struct buf *line) {
    char at[FRENCH_MOMENT], rank[24];
    AUTO_BUF origin = BUF_INIT(LINE_BYTES), safe = BUF_INIT(LINE_BYTES);
    french_short_moment(PARIS, contact->at_ms, at);
    snprintf(rank, sizeof rank, "%lld", (long long)contact->rank);
    add_cell(line, rank, 4);
    add_cell(line, contact->address, page->address_width);
    add_cell(line, contact_state_text(contact->state), STATE_WIDTH);
    buf_add_format(&origin, "%s, ligne %lld, %s, %s", contact->file, (long long)contact->line, at, contact->by_whom);
    text_printable(&safe, origin.bytes, origin.length);
    text_dim(line, page->colour, buf_text(&safe));
}

static bool write_entry(void *ctx, const struct directory_entry *entry, struct err *err) {
    struct directory_page *page = ctx;
    AUTO_BUF line = BUF_INIT(LINE_BYTES);
    bool usable = false;
    (void)err;
    add_who(page, entry, &line);
    size_t indent = text_columns(buf_text(&line));
    if (!entry->contact_count) buf_add_text(&line, "   –  aucune adresse");
    for (size_t i = 0; i < entry->contact_count; i++) {
        if (i) end_line(&line, page->file);
        for (size_t width = i ? 0 : indent; width < indent; width++) buf_add_char(&line, ' ');
        add_contact(page, &entry->contacts[i], &line);
        usable |= entry->contacts[i].state == CONTACT_USABLE;
        page->unusable += entry->contacts[i].state != CONTACT_USABLE;
    }
    end_line(&line, page->file);
    page->collectivities++;
    page->reachable += usable;
    page->addresses += (int64_t)entry->contact_count;
    return true;
}

static void write_head(const struct directory_page *page) {
    AUTO_BUF line = BUF_INIT(LINE_BYTES), bold = BUF_INIT(LINE_BYTES);
    add_cell(&line, "Code", CODE_WIDTH);
    add_cell(&line, "Collectivité", page->name_width);
    add_cell(&line, "Nature", STATE_WIDTH);
    add_cell(&line, "Dép.", DEPARTMENT_WIDTH);
    add_cell(&line, "Population", POPULATION_WIDTH);
    if (page->with_status) add_cell(&line, "Statut", STATUS_WIDTH);
    add_cell(&line, "Rang", 4);
    add_cell(&line, "Adresse", page->address_width);
    add_cell(&line, "État", STATE_WIDTH);
    buf_add_text(&line, "Origine");
    text_bold(&bold, page->colour, buf_text(&line));
    end_line(&bold, page->file);
}

static void write_sum(const struct directory_page *page) {
    char who[FRENCH_NUMBER * 2], addresses[FRENCH_NUMBER * 2], without[FRENCH_NUMBER], unusable[FRENCH_NUMBER];
    french_count(page->collectivities, "collectivité", "collectivités", who, sizeof who);
    french_count(page->addresses, "adresse", "adresses", addresses, sizeof addresses);
    french_integer(page->collectivities - page->reachable, without);
    french_integer(page->unusable, unusable);
    fprintf(page->file, "\n%s, %s ; sans adresse utilisable : %s ; adresses inutilisables : %s\n", who, addresses, without, unusable);
}

static int between(size_t width, int least, int most) {
    return width < (size_t)least ? least : width > (size_t)most ? most : (int)width;
}

bool directory_text(struct db *db, const struct directory_scope *scope, const char *path, struct err *err) {
    AUTO(output) output = output_open(path, err);
    if (!output) return false;
    struct directory_page page = {.file = output_file(output), .with_status = scope->campaign_id != 0, .colour = output_colour(path),
                                  .name_width = between(scope->widest_name, NAME_LEAST, NAME_MOST),
                                  .address_width = between(scope->widest_address, ADDRESS_LEAST, ADDRESS_MOST)};
    write_head(&page);
    if (!directory_read(db, scope, write_entry, &page, err)) return false;
    write_sum(&page);
    return output_commit(output, err);
}
