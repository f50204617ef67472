/* Header words to roles. */
#include "lists/columns.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"

enum { LONGEST_HEADER = 200 };

static bool ends_by_number(const char *key, size_t *length) {
    size_t n = *length;
    while (n && isdigit((unsigned char)key[n - 1])) n--;
    if (n == *length || !n || key[n - 1] != ' ') return false;
    *length = n - 1;
    return true;
}

static bool ends_by(const char *key, size_t *length, const char *words) {
    size_t tail = strlen(words);
    if (*length <= tail || memcmp(key + *length - tail, words, tail)) return false;
    *length -= tail;
    return true;
}

static enum column_role role_of(const char *key, bool of_relays) {
    enum column_role role = vocabulary_header(key, of_relays);
    size_t length = strlen(key);
    if (role || !length || length > LONGEST_HEADER) return role;
    if (!ends_by(key, &length, " de la mairie") && !ends_by(key, &length, " de la commune") &&
        !ends_by(key, &length, " mairie") && !ends_by_number(key, &length))
        return COLUMN_NONE;
    char shorter[LONGEST_HEADER + 1];
    memcpy(shorter, key, length);
    shorter[length] = '\0';
    return vocabulary_header(shorter, of_relays);
}

/* "EPCI" beside "Commune" is where the commune belongs, not who the row is about. */
static bool names_a_grouping(const char *key) {
    return strstr(key, "epci") || strstr(key, "intercommunalite");
}

static void keep_one_name(struct columns *columns) {
    bool other = false;
    for (size_t i = 0; i < columns->count; i++)
        other |= columns->roles[i] == COLUMN_NAME && !names_a_grouping(columns->keys[i]);
    for (size_t i = 0; other && i < columns->count; i++)
        if (columns->roles[i] == COLUMN_NAME && names_a_grouping(columns->keys[i]))
            columns->roles[i] = COLUMN_NONE;
}

/* "id" is an identity only where nothing better is, and no e-mail column makes it some export's row number.
 */
static void settle_id(struct columns *columns) {
    if (!columns->has[COLUMN_INSEE] && !columns->has[COLUMN_SIREN] && !columns->has[COLUMN_EMAIL]) return;
    for (size_t i = 0; i < columns->count; i++)
        if (columns->roles[i] == COLUMN_ID) columns->roles[i] = COLUMN_NONE;
    columns->has[COLUMN_ID] = false;
}

static bool titled(const struct columns *columns, size_t i, const char *title) {
    AUTO_BUF key = BUF_INIT(LONGEST_HEADER);
    text_normalise(&key, title, strlen(title));
    return !strcmp(columns->keys[i], buf_text(&key));
}

static void find_own(struct columns *columns) {
    size_t count = columns->count;
    columns->titles = columns->own = count;
    if (count < 2 || !titled(columns, count - 2, OWN_REASON) || !titled(columns, count - 1, OWN_REMEDY)) return;
    columns->titles = columns->own = count - 2;
    columns->roles[count - 2] = columns->roles[count - 1] = COLUMN_NONE;
    while (columns->titles && !*columns->keys[columns->titles - 1]) columns->titles--;
}

static size_t width_of(const struct row *row) {
    size_t count = row->count;
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2);
    for (; count; count--) {
        const struct cell *cell = &row->cells[count - 1];
        text_normalise(&key, cell->text, cell->length);
        if (key.length) break;
    }
    return count;
}

static bool accepts(const struct columns *columns, enum header_kind kind) {
    const bool *has = columns->has;
    bool identity = has[COLUMN_INSEE] || has[COLUMN_SIREN] || has[COLUMN_NAME] || has[COLUMN_ID];
    switch (kind) {
    case HEADER_CONTACTS:
        return identity && has[COLUMN_EMAIL];
    case HEADER_STATUS:
        return identity && !has[COLUMN_EMAIL] && columns_bear_status(columns);
    case HEADER_BARE:
        return identity && !has[COLUMN_EMAIL];
    case HEADER_RELAYS:
        return (has[COLUMN_RELAY] || has[COLUMN_NAME] || has[COLUMN_FUNCTION]) && has[COLUMN_EMAIL];
    }
    return false;
}

bool columns_read(const struct row *row, enum header_kind kind, struct arena *arena,
                  struct columns *columns) {
    struct arena own = {0};
    struct arena *memory = arena ? arena : &own;
    *columns = (struct columns){.count = width_of(row)};
    columns->roles = arena_new(memory, columns->count, sizeof *columns->roles);
    columns->headers = arena_new(memory, columns->count, sizeof *columns->headers);
    columns->keys = arena_new(memory, columns->count, sizeof *columns->keys);
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < columns->count; i++) {
        const struct cell *cell = &row->cells[i];
        buf_clear(&key);
        text_normalise(&key, cell->text, cell->length);
        columns->headers[i] = arena_text(memory, cell->text, cell->length);
        columns->keys[i] = arena_text(memory, buf_text(&key), key.length);
        columns->roles[i] = role_of(columns->keys[i], kind == HEADER_RELAYS);
        columns->has[columns->roles[i]] = true;
    }
    find_own(columns);
    keep_one_name(columns);
    settle_id(columns);
    bool good = accepts(columns, kind);
    arena_release(&own);
    return good;
}

bool columns_bear_status(const struct columns *columns) {
    const bool *has = columns->has;
    return has[COLUMN_SELECTION] || has[COLUMN_STATUS] || has[COLUMN_ANSWERED] || has[COLUMN_ANSWER_DATE] ||
           has[COLUMN_OPPOSED];
}

bool columns_repeated(const struct columns *columns, const struct row *row) {
    AUTO_BUF key = BUF_INIT(SIZE_MAX / 2);
    for (size_t i = 0; i < columns->count || i < row->count; i++) {
        if (columns_own(columns, i)) continue;
        buf_clear(&key);
        if (i < row->count) text_normalise(&key, row->cells[i].text, row->cells[i].length);
        if (strcmp(buf_text(&key), i < columns->count ? columns->keys[i] : "")) return false;
    }
    return columns->count > 0;
}
