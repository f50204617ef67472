/* The reference in the database: filled once from the embedded year, loaded into memory for each import. */
#include "lists/reference_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/text.h"
#include "lists/rows.h"

enum { REFERENCE_YEAR = 2026, COLUMNS = 16 };

/* One row of an embedded file into its table. cells: as many as the file has columns, never NULL. */
typedef bool add_row(struct db *db, const char *const *cells, const char *name_key, struct err *err);

static bool add_collectivity(struct db *db, const char *const *cells, const char *name_key, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO collectivity (id, type, insee, siren, name, name_key, department, epci_siren, "
                  "population, "
                  "postcodes, year) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                  DB_T(cells[0]), DB_T(cells[1]), DB_T(cells[2]), DB_T(cells[3]), DB_T(cells[4]),
                  DB_T(name_key), DB_T(cells[5]), DB_T(cells[6]), DB_I(strtoll(cells[7], NULL, 10)),
                  DB_T(cells[8]), DB_I(REFERENCE_YEAR));
}

static bool add_former(struct db *db, const char *const *cells, const char *name_key, struct err *err) {
    return db_run(
        db, err,
        "INSERT INTO former_commune (code, name, name_key, nature, current_id) VALUES ($1, $2, $3, $4, $5)",
        DB_T(cells[0]), DB_T(cells[1]), DB_T(name_key), DB_T(cells[2]), DB_T(cells[3]));
}

static bool add_department(struct db *db, const char *const *cells, const char *name_key, struct err *err) {
    return db_run(db, err,
                  "INSERT INTO department (code, name, name_key, region, region_name, zone) VALUES ($1, $2, "
                  "$3, $4, $5, $6)",
                  DB_T(cells[0]), DB_T(cells[1]), DB_T(name_key), DB_T(cells[2]), DB_T(cells[3]),
                  DB_T(cells[4]));
}

static const struct reference_file {
    const char *file;
    size_t columns, name; /* how many, and which one is the name */
    add_row *add;
} SOURCES[] = {
    {"lists/reference/collectivites-2026.csv", 9, 4, add_collectivity},
    {"lists/reference/anciennes-communes.csv", 4, 1, add_former},
    {"lists/reference/departements.csv", 5, 1, add_department},
};

static bool fill_from(struct db *db, const struct reference_file *source, struct err *err) {
    static const struct row_limits LIMITS = {
        .file_bytes = 1 << 26, .columns = COLUMNS, .cell_chars = 1 << 16};
    const struct embedded_file *file = embedded_find(source->file);
    if (!file)
        return err_set(err, ERR_FATAL, "REFERENCE",
                       "le programme ne contient pas %s : il a été mal construit", source->file);
    const struct source bytes = SOURCE_OF(file->bytes, file->length);
    AUTO(rows) rows = rows_open(&bytes, &LIMITS, NULL, err);
    AUTO_BUF key = BUF_INIT(4096);
    struct row row;
    int got = rows && rows_seek_header(rows, NULL, NULL, err) > 0 ? rows_next(rows, &row, err) : -1; /* the titles */
    while (got > 0 && (got = rows_next(rows, &row, err)) > 0) {
        const char *cells[COLUMNS];
        if (row.bad || row.count != source->columns)
            return err_set(err, ERR_FATAL, "REFERENCE", "%s, ligne %ld : %zu colonnes au lieu de %zu",
                           source->file, row.line, row.count, source->columns);
        for (size_t i = 0; i < row.count; i++) cells[i] = row.cells[i].text;
        buf_clear(&key);
        text_normalise(&key, cells[source->name], row.cells[source->name].length);
        if (!source->add(db, cells, buf_text(&key), err)) return false;
    }
    return got == 0;
}

bool reference_store_fill(struct db *db, struct err *err) {
    for (size_t i = 0; i < COUNT(SOURCES); i++)
        if (!fill_from(db, &SOURCES[i], err)) return false;
    return true;
}

/* -- into memory --------------------------------------------------------------------------------------- */
static bool load_collectivities(struct db *db, struct reference *reference, struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT id, type, insee, siren, name, name_key, department, epci_siren, postcodes, "
                    "population FROM collectivity ORDER BY id");
    int got;
    while ((got = db_next(rows, err)) > 0)
        reference_add(reference, &(struct collectivity){.id = db_text(rows, 0),
                                                        .type = db_text(rows, 1),
                                                        .insee = db_text(rows, 2),
                                                        .siren = db_text(rows, 3),
                                                        .name = db_text(rows, 4),
                                                        .name_key = db_text(rows, 5),
                                                        .department = db_text(rows, 6),
                                                        .epci_siren = db_text(rows, 7),
                                                        .postcodes = db_text(rows, 8),
                                                        .population = db_int(rows, 9)});
    return got == 0;
}

static bool load_former(struct db *db, struct reference *reference, struct err *err) {
    AUTO(db_rows)
    rows = db_query(
        db, err, "SELECT code, name, name_key, nature, current_id FROM former_commune ORDER BY code, name");
    int got;
    while ((got = db_next(rows, err)) > 0)
        reference_add_former(reference, &(struct former_commune){.code = db_text(rows, 0),
                                                                 .name = db_text(rows, 1),
                                                                 .name_key = db_text(rows, 2),
                                                                 .nature = db_text(rows, 3),
                                                                 .current_id = db_text(rows, 4)});
    return got == 0;
}

static bool load_departments(struct db *db, struct reference *reference, struct err *err) {
    AUTO(db_rows)
    rows = db_query(db, err,
                    "SELECT code, name, name_key, region, region_name, zone FROM department ORDER BY code");
    int got;
    while ((got = db_next(rows, err)) > 0)
        reference_add_department(reference, &(struct department){.code = db_text(rows, 0),
                                                                 .name = db_text(rows, 1),
                                                                 .name_key = db_text(rows, 2),
                                                                 .region = db_text(rows, 3),
                                                                 .region_name = db_text(rows, 4),
                                                                 .zone = db_text(rows, 5)});
    return got == 0;
}

struct reference *reference_store_load(struct db *db, struct err *err) {
    struct reference *reference = reference_new();
    if (load_collectivities(db, reference, err) && load_former(db, reference, err) &&
        load_departments(db, reference, err) && reference_ready(reference, err))
        return reference;
    reference_free(reference);
    return NULL;
}
