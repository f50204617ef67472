/* Rows of the three files into records, each checked where it stands; then what only all of them together can show. */
#include "lists/reference_read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lists/arena.h"
#include "lists/identity.h"
#include "lists/rows.h"

enum { COLUMNS = 9, INSEE_LENGTH = 5, SIREN_LENGTH = 9, SHORTEST_DEPARTMENT = 2, LONGEST_DEPARTMENT = 3, LONGEST_NAME = 400 };

const char *const REFERENCE_FILE[REFERENCE_PARTS] = {"departements.csv", "collectivites-", "anciennes-communes.csv"};

struct reader;
typedef bool take_row(struct reader *reader, const char *const *cells, const char *name_key, struct err *err);
static take_row take_department, take_collectivity, take_former;

/* The columns a file must have, in the order in which its rows are taken. */
static const struct part {
    const char *columns[COLUMNS];
    size_t count, name; /* how many, and which one is the name */
    take_row *take;
} PARTS[REFERENCE_PARTS] = {
    [REFERENCE_DEPARTMENTS] = {{"code", "nom", "region", "region_nom", "zone"}, 5, 1, take_department},
    [REFERENCE_COLLECTIVITIES] = {{"id", "type", "code_insee", "siren", "nom", "departement", "epci_siren", "population",
                                   "codes_postaux"}, 9, 4, take_collectivity},
    [REFERENCE_FORMER] = {{"code_ancien", "nom_ancien", "nature", "code_actuel"}, 4, 1, take_former},
};

struct place { const char *key; long line; }; /* where a code was first given */
struct places { struct place *all; size_t count; };

struct reader {
    const struct reference *before;
    struct reference *read;
    struct remarks *remarks;
    const char *file;
    long line;
    struct arena memory;
    struct places departments, ids, sirens, targets; /* targets: code_actuel of former communes */
    struct collectivity *found; /* texts in memory; added once their departments are known */
    size_t found_count;
    long *lines; /* of each of them */
};

/* -- remarks ------------------------------------------------------------------------------------------- */
void remark(struct remarks *remarks, const char *format, ...) {
    AUTO_BUF sentence = BUF_INIT(2000);
    va_list args;
    va_start(args, format);
    buf_add_format_args(&sentence, format, args);
    va_end(args);
    ROOM_FOR_ONE(remarks->all, remarks->count);
    remarks->all[remarks->count++] = buf_take(&sentence);
}

void remarks_release(struct remarks *remarks) {
    for (size_t i = 0; i < remarks->count; i++) free(remarks->all[i]);
    free(remarks->all);
    *remarks = (struct remarks){0};
}

int reference_year_of(const char *path) {
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    if (!text_starts(name, REFERENCE_FILE[REFERENCE_COLLECTIVITIES])) return 0;
    name += strlen(REFERENCE_FILE[REFERENCE_COLLECTIVITIES]);
    return strspn(name, "0123456789") == 4 && name[4] == '.' ? atoi(name) : 0;
}

/* -- places -------------------------------------------------------------------------------------------- */
static const char *keep(struct reader *reader, const char *text) {
    return *text ? arena_text(&reader->memory, text, strlen(text)) : "";
}

static void note(struct places *places, const char *key, long line) {
    if (!*key) return;
    ROOM_FOR_ONE(places->all, places->count);
    places->all[places->count++] = (struct place){key, line};
}

static int by_key(const void *left, const void *right) {
    const struct place *a = left, *b = right;
    int order = strcmp(a->key, b->key);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static bool refuse(const struct reader *reader, struct err *err) { return err_at(err, reader->file, reader->line); }

/* Sorted afterwards; false when a code is there twice. */
static bool unique(struct reader *reader, struct places *places, const char *column, struct err *err) {
    if (places->count) qsort(places->all, places->count, sizeof *places->all, by_key);
    for (size_t i = 1; i < places->count; i++) {
        if (strcmp(places->all[i].key, places->all[i - 1].key)) continue;
        reader->line = places->all[i].line;
        err_set(err, ERR_INPUT, "REFERENCE_DUPLICATE",
                "colonne « %s » : « %.40s » est déjà à la ligne %ld ; gardez une seule des deux lignes", column,
                places->all[i].key, places->all[i - 1].line);
        return refuse(reader, err);
    }
    return true;
}

static bool has(const struct places *sorted, const char *key) {
    const struct place wanted = {key, 0};
    size_t from = 0, to = sorted->count;
    while (from < to) {
        size_t middle = (from + to) / 2;
        int order = strcmp(sorted->all[middle].key, wanted.key);
        if (!order) return true;
        if (order < 0) from = middle + 1;
        else to = middle;
    }
    return false;
}

/* -- one cell ------------------------------------------------------------------------------------------ */
static bool is_insee(const char *text) {
    for (size_t i = 0; text[i]; i++)
        if (!isdigit((unsigned char)text[i]) && !(i == 1 && (text[i] == 'A' || text[i] == 'B'))) return false;
    return strlen(text) == INSEE_LENGTH;
}

static bool is_siren(const char *text) {
    return strlen(text) == SIREN_LENGTH && strspn(text, "0123456789") == SIREN_LENGTH && siren_luhn(text);
}

static bool is_number(const char *text) {
    size_t length = strlen(text);
    return length < 10 && strspn(text, "0123456789") == length;
}

static bool bad_cell(const struct reader *reader, const char *code, const char *column, const char *text, const char *remedy,
                     struct err *err) {
    if (*text) err_set(err, ERR_INPUT, code, "colonne « %s » : « %.40s » %s", column, text, remedy);
    else err_set(err, ERR_INPUT, code, "colonne « %s » : la case est vide ; %s", column, remedy);
    return refuse(reader, err);
}

/* -- one row ------------------------------------------------------------------------------------------- */
static bool take_department(struct reader *reader, const char *const *cells, const char *name_key, struct err *err) {
    static const char *const ZONES[] = {"metro", "drom", "com"};
    size_t length = strlen(cells[0]), zone = 0;
    if (length < SHORTEST_DEPARTMENT || length > LONGEST_DEPARTMENT)
        return bad_cell(reader, "REFERENCE_DEPARTMENT", "code", cells[0], "n'est pas un code de département : écrivez 01, 2A ou 974", err);
    if (!*cells[1]) return bad_cell(reader, "REFERENCE_ROW", "nom", "", "écrivez le nom du département", err);
    while (zone < COUNT(ZONES) && strcmp(ZONES[zone], cells[4])) zone++;
    if (zone == COUNT(ZONES)) return bad_cell(reader, "REFERENCE_ROW", "zone", cells[4], "écrivez metro, drom ou com", err);
    note(&reader->departments, keep(reader, cells[0]), reader->line);
    reference_add_department(reader->read, &(struct department){cells[0], cells[1], name_key, cells[2], cells[3], cells[4]});
    return true;
}

static bool check_commune(const struct reader *reader, const char *const *cells, struct err *err) {
    if (!is_insee(cells[0]))
        return bad_cell(reader, "REFERENCE_ID", "id", cells[0], "n'est pas un code INSEE de cinq caractères, comme 01001 ou 2A004", err);
    if (strcmp(cells[0], cells[2]))
        return bad_cell(reader, "REFERENCE_ID", "code_insee", cells[2], "doit être, pour une commune, ce que dit la colonne « id »", err);
    if (*cells[3] && !is_siren(cells[3]))
        return bad_cell(reader, "REFERENCE_SIREN", "siren", cells[3],
                        "n'est pas un numéro SIREN (neuf chiffres et leur clé) : vérifiez-le, ou videz la case", err);
    if (!*cells[5])
        return bad_cell(reader, "REFERENCE_DEPARTMENT", "departement", "", "une commune a toujours un département : écrivez son code", err);
    return true;
}

static bool check_grouping(const struct reader *reader, const char *const *cells, struct err *err) {
    if (!*cells[1]) return bad_cell(reader, "REFERENCE_ROW", "type", "", "écrivez commune, CC, CA, CU ou METRO", err);
    if (!is_siren(cells[0]))
        return bad_cell(reader, *cells[0] ? "REFERENCE_SIREN" : "REFERENCE_ID", "id", cells[0],
                        "n'est pas le numéro SIREN d'un groupement (neuf chiffres et leur clé) : vérifiez-le", err);
    if (*cells[2]) return bad_cell(reader, "REFERENCE_ID", "code_insee", cells[2], "n'a rien à faire chez un groupement : videz la case", err);
    if (strcmp(cells[0], cells[3]))
        return bad_cell(reader, "REFERENCE_SIREN", "siren", cells[3], "doit être, pour un groupement, ce que dit la colonne « id »", err);
    return true;
}

static bool take_collectivity(struct reader *reader, const char *const *cells, const char *name_key, struct err *err) {
    bool commune = !strcmp(cells[1], "commune");
    if (!(commune ? check_commune(reader, cells, err) : check_grouping(reader, cells, err))) return false;
    if (!*cells[4]) return bad_cell(reader, "REFERENCE_ROW", "nom", "", "écrivez le nom de la collectivité", err);
    if (!is_number(cells[7])) return bad_cell(reader, "REFERENCE_NUMBER", "population", cells[7], "n'est pas un nombre : écrivez des chiffres seuls", err);
    if (*cells[6] && !is_siren(cells[6]))
        return bad_cell(reader, "REFERENCE_SIREN", "epci_siren", cells[6],
                        "n'est pas un numéro SIREN (neuf chiffres et leur clé) : vérifiez-le, ou videz la case", err);
    struct collectivity one = {.id = keep(reader, cells[0]), .type = keep(reader, cells[1]), .insee = keep(reader, cells[2]),
                               .siren = keep(reader, cells[3]), .name = keep(reader, cells[4]), .name_key = keep(reader, name_key),
                               .department = keep(reader, cells[5]), .epci_siren = keep(reader, cells[6]),
                               .population = strtoll(cells[7], NULL, 10), .postcodes = keep(reader, cells[8])};
    size_t line_count = reader->found_count;
    ROOM_FOR_ONE(reader->lines, line_count);
    ROOM_FOR_ONE(reader->found, reader->found_count);
    reader->lines[reader->found_count] = reader->line;
    reader->found[reader->found_count++] = one;
    note(&reader->ids, one.id, reader->line);
    note(&reader->sirens, one.siren, reader->line);
    return true;
}

static bool take_former(struct reader *reader, const char *const *cells, const char *name_key, struct err *err) {
    if (!is_insee(cells[0]) && !is_siren(cells[0]))
        return bad_cell(reader, "REFERENCE_FORMER", "code_ancien", cells[0], "n'est ni un code INSEE ni un numéro SIREN", err);
    if (!*cells[3]) return bad_cell(reader, "REFERENCE_FORMER", "code_actuel", "", "écrivez le code de la commune d'aujourd'hui", err);
    note(&reader->targets, keep(reader, cells[3]), reader->line);
    reference_add_former(reader->read, &(struct former_commune){cells[0], cells[1], name_key, cells[2], cells[3]});
    return true;
}

/* -- one file ------------------------------------------------------------------------------------------ */
/* Where each wanted column is; false with *missing. A BOM or another order does no harm. */
static bool find_columns(const struct part *part, const struct row *row, size_t place[COLUMNS], const char **missing) {
    for (size_t i = 0; i < part->count; i++) {
        for (place[i] = 0; place[i] < row->count; place[i]++)
            if (!strcmp(row->cells[place[i]].text, part->columns[i])) break;
        if (place[i] < row->count) continue;
        *missing = part->columns[i];
        return false;
    }
    return true;
}

static bool is_header(const struct row *row, void *ctx) {
    const char *missing;
    size_t place[COLUMNS];
    return find_columns(ctx, row, place, &missing);
}

static bool read_header(struct reader *reader, struct rows *rows, const struct part *part, size_t place[COLUMNS], struct err *err) {
    struct row row;
    const char *missing = part->columns[0];
    int found = rows_seek_header(rows, is_header, (void *)(uintptr_t)part, err);
    if (found == 0) found = rows_seek_header(rows, NULL, NULL, err) > 0;
    while (found > 0 && (found = rows_next(rows, &row, err)) > 0) {
        reader->line = row.line;
        if (find_columns(part, &row, place, &missing)) return true;
        if (row.line > HEADER_ROWS || row.count > 1) break;
    }
    if (found < 0 && err->kind != ERR_NONE) return err_at(err, reader->file, 0);
    err_set(err, ERR_INPUT, "REFERENCE_COLUMN",
            "la colonne « %s » manque ; la première ligne doit nommer les colonnes comme lists/reference/%s%s", missing,
            REFERENCE_FILE[part - PARTS], part->take == take_collectivity ? "2026.csv" : "");
    return refuse(reader, err);
}

static bool read_row(struct reader *reader, const struct part *part, const struct row *row, const size_t place[COLUMNS], struct err *err) {
    const char *cells[COLUMNS];
    size_t filled = 0;
    reader->line = row->line;
    if (row->bad) {
        err_set(err, ERR_INPUT, "REFERENCE_ROW", "ligne illisible (%s) : vérifiez ses guillemets", row->bad);
        return refuse(reader, err);
    }
    for (size_t i = 0; i < row->count; i++) filled += row->cells[i].length > 0;
    if (!filled) return true;
    for (size_t i = 0; i < part->count; i++) {
        if (place[i] >= row->count) {
            err_set(err, ERR_INPUT, "REFERENCE_ROW", "%zu cases seulement, la colonne « %s » manque : la ligne, ou le fichier, est coupée",
                    row->count, part->columns[i]);
            return refuse(reader, err);
        }
        cells[i] = row->cells[place[i]].text;
    }
    AUTO_BUF key = BUF_INIT(LONGEST_NAME * 4);
    if (strlen(cells[part->name]) > LONGEST_NAME) return bad_cell(reader, "REFERENCE_ROW", part->columns[part->name], cells[part->name], "est trop long", err);
    text_normalise(&key, cells[part->name], strlen(cells[part->name]));
    return part->take(reader, cells, buf_text(&key), err);
}

static bool read_file(struct reader *reader, const struct reference_file *file, const struct part *part, struct err *err) {
    static const struct row_limits LIMITS = {.file_bytes = 1 << 26, .inflated_bytes = MOST_INFLATED_BYTES, .columns = 100,
                                             .cell_chars = LONGEST_CELL_CHARS};
    reader->file = file->name;
    reader->line = 0;
    size_t place[COLUMNS];
    AUTO(rows) rows = rows_open(&file->source, &LIMITS, NULL, err);
    if (!rows) return err_at(err, file->name, 0);
    struct row row;
    int got = read_header(reader, rows, part, place, err) ? 1 : -1;
    while (got > 0 && (got = rows_next(rows, &row, err)) > 0)
        if (!read_row(reader, part, &row, place, err)) return false;
    return got == 0 || err_at(err, file->name, 0);
}

/* -- what only all rows show --------------------------------------------------------------------------- */
static bool known_department(const struct reader *reader, const char *code) {
    return has(&reader->departments, code) || (reader->before && reference_department(reader->before, code));
}

/* A grouping without a department belongs to the one of its most populous member. */
static void derive_department(struct reader *reader, struct collectivity *grouping) {
    int64_t most = -1;
    for (size_t i = 0; i < reader->found_count; i++) {
        const struct collectivity *member = &reader->found[i];
        if (!*member->insee || member->population <= most || strcmp(member->epci_siren, grouping->id)) continue;
        most = member->population;
        grouping->department = member->department;
    }
}

static bool check_departments(struct reader *reader, struct err *err) {
    for (size_t i = 0; i < reader->found_count; i++) {
        struct collectivity *one = &reader->found[i];
        reader->line = reader->lines[i];
        if (!*one->department) derive_department(reader, one);
        if (!*one->department)
            return bad_cell(reader, "REFERENCE_DEPARTMENT", "departement", "",
                            "le groupement n'a pas de commune membre d'où le déduire : écrivez son code", err);
        if (!known_department(reader, one->department))
            return bad_cell(reader, "REFERENCE_DEPARTMENT", "departement", one->department,
                            "n'est pas un département connu : corrigez le code, ou ajoutez-le à departements.csv", err);
    }
    return true;
}

static void remark_groupings(struct reader *reader) {
    enum { QUOTED = 3 };
    size_t lost = 0;
    AUTO_BUF some = BUF_INIT(400);
    for (size_t i = 0; i < reader->found_count; i++) {
        const struct collectivity *one = &reader->found[i];
        if (!*one->epci_siren || has(&reader->ids, one->epci_siren)) continue;
        if (lost++ < QUOTED) buf_add_format(&some, "%s%s (%s)", some.length ? ", " : "", one->id, one->epci_siren);
    }
    if (lost)
        remark(reader->remarks, "%zu commune%s d'un groupement absent du fichier : %s%s", lost, lost > 1 ? "s sont" : " est",
               buf_text(&some), lost > QUOTED ? "…" : "");
}

static void add_departments_known(struct reader *reader) {
    size_t count = 0;
    const struct department *known = reader->before ? reference_all_departments(reader->before, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        if (!has(&reader->departments, known[i].code)) reference_add_department(reader->read, &known[i]);
}

/* A former code must lead to somebody, of today or of a year known before. */
static bool check_targets(struct reader *reader, const struct reference_file *file, struct err *err) {
    if (!file->given) return true;
    reader->file = file->name;
    for (size_t i = 0; i < reader->targets.count; i++) {
        const char *id = reader->targets.all[i].key;
        if (has(&reader->ids, id) || reference_former(reader->read, id) || (reader->before && reference_by_id(reader->before, id))) continue;
        reader->line = reader->targets.all[i].line;
        return bad_cell(reader, "REFERENCE_FORMER", "code_actuel", id, "n'est le code d'aucune collectivité : corrigez-le, ou retirez la ligne", err);
    }
    return true;
}

static bool read_all(struct reader *reader, const struct reference_file files[REFERENCE_PARTS], struct err *err) {
    for (size_t i = 0; i < REFERENCE_PARTS; i++)
        if (files[i].given && !read_file(reader, &files[i], &PARTS[i], err)) return false;
    reader->file = files[REFERENCE_DEPARTMENTS].name;
    if (!unique(reader, &reader->departments, "code", err)) return false;
    reader->file = files[REFERENCE_COLLECTIVITIES].name;
    if (!unique(reader, &reader->ids, "id", err) || !unique(reader, &reader->sirens, "siren", err) || !check_departments(reader, err))
        return false;
    remark_groupings(reader);
    add_departments_known(reader);
    for (size_t i = 0; i < reader->found_count; i++) reference_add(reader->read, &reader->found[i]);
    if (!reader->found_count) {
        err_set(err, ERR_INPUT, "REFERENCE_MISSING", "aucune collectivité dans ce fichier : est-il complet ?");
        return err_at(err, files[REFERENCE_COLLECTIVITIES].name, 0);
    }
    return reference_ready(reader->read, err) && check_targets(reader, &files[REFERENCE_FORMER], err);
}

struct reference *reference_read(const struct reference_file files[REFERENCE_PARTS], const struct reference *before,
                                 struct remarks *remarks, struct err *err) {
    struct reader reader = {.before = before, .read = reference_new(), .remarks = remarks};
    bool good = read_all(&reader, files, err);
    arena_release(&reader.memory);
    free(reader.departments.all);
    free(reader.ids.all);
    free(reader.sirens.all);
    free(reader.targets.all);
    free(reader.found);
    free(reader.lines);
    if (good) return reader.read;
    reference_free(reader.read);
    return NULL;
}
