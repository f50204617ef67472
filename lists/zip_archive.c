/* libzip over a struct source. What an archive says about sizes is believed only to refuse it sooner. */
#include "lists/zip_archive.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/library.h"

#define ZIP(F) \
    F(zip_discard) F(zip_error_fini) F(zip_error_init) F(zip_error_set) F(zip_error_to_data) F(zip_fclose) F(zip_fopen_index) F(zip_fread) \
    F(zip_get_num_entries) F(zip_name_locate) F(zip_open_from_source) F(zip_source_free) F(zip_source_function_create) \
    F(zip_source_make_command_bitmap) F(zip_source_seek_compute_offset) F(zip_stat_index) F(zip_stat_init)
static struct { LIBRARY_FUNCTIONS(ZIP) } zip;

static bool zip_ready(struct err *err) {
    static const char *const NAMES[] = {LIBRARY_NAMES(ZIP)};
    return library_open(ZIP_FILE, NAMES, COUNT(NAMES), &zip, err);
}

enum { LONGEST_PART_NAME = 1000 };

struct zip_archive {
    const struct source *source;
    size_t at; /* where libzip reads next */
    struct err read_err;
    zip_t *zip;
    zip_error_t error;           /* libzip's own, of the source */
    size_t inflated_limit, said; /* bytes of all parts together */
};

struct zip_part {
    struct zip_archive *archive;
    zip_file_t *file;
    size_t said, given, limit; /* bytes inflated */
};

static bool invalid(struct err *err, const char *why) {
    return err_set(err, ERR_INPUT, "ZIP_INVALID",
                   "ce classeur est abîmé ou incomplet (%s) : ouvrez-le dans votre tableur, enregistrez-le de nouveau "
                   "au format « Classeur Excel (.xlsx) », ou redemandez-le à qui l'a envoyé",
                   why);
}

static bool bomb(const struct zip_archive *archive, struct err *err) {
    return err_set(err, ERR_INPUT, "ZIP_BOMB",
                   "une fois déplié, ce classeur dépasserait les %zu Mo permis : copiez la liste seule dans un nouveau "
                   "classeur, ou enregistrez-la au format « CSV UTF-8 »",
                   archive->inflated_limit / 1000000);
}

/* -- libzip's side of a source ------------------------------------------------------------------------- */
static zip_int64_t source_failed(struct zip_archive *archive, int code) {
    zip.zip_error_set(&archive->error, code, 0);
    return -1;
}

static zip_int64_t source_bytes(struct zip_archive *archive, char *out, size_t room) {
    size_t left = archive->source->length - archive->at;
    if (room > left) room = left;
    if (!source_read(archive->source, archive->at, out, room, &archive->read_err))
        return source_failed(archive, ZIP_ER_READ);
    archive->at += room;
    return (zip_int64_t)room;
}

static zip_int64_t source_seek(struct zip_archive *archive, void *data, zip_uint64_t length) {
    zip_int64_t at = zip.zip_source_seek_compute_offset(archive->at, archive->source->length, data, length, &archive->error);
    if (at < 0) return -1;
    archive->at = (size_t)at;
    return 0;
}

static zip_int64_t source_stat(struct zip_archive *archive, void *data, zip_uint64_t length) {
    if (length < sizeof(zip_stat_t)) return source_failed(archive, ZIP_ER_INVAL);
    zip_stat_t *about = data;
    zip.zip_stat_init(about);
    about->size = archive->source->length;
    about->valid = ZIP_STAT_SIZE;
    return sizeof *about;
}

static zip_int64_t source_command(void *ctx, void *data, zip_uint64_t length, zip_source_cmd_t command) {
    struct zip_archive *archive = ctx;
    switch (command) {
    case ZIP_SOURCE_OPEN:
        archive->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return source_bytes(archive, data, length);
    case ZIP_SOURCE_SEEK:
        return source_seek(archive, data, length);
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)archive->at;
    case ZIP_SOURCE_STAT:
        return source_stat(archive, data, length);
    case ZIP_SOURCE_ERROR:
        return zip.zip_error_to_data(&archive->error, data, length);
    case ZIP_SOURCE_SUPPORTS:
        return zip.zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
                                              ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
                                              ZIP_SOURCE_SUPPORTS, -1);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        return source_failed(archive, ZIP_ER_OPNOTSUPP);
    }
}

/* -- the archive --------------------------------------------------------------------------------------- */
struct zip_archive *zip_archive_open(const struct source *source, struct err *err) {
    if (!zip_ready(err)) return NULL;
    struct zip_archive *archive = mem_new(1, sizeof *archive);
    zip_error_t error;
    archive->source = source;
    zip.zip_error_init(&archive->error);
    zip.zip_error_init(&error);
    zip_source_t *bytes = zip.zip_source_function_create(source_command, archive, &error);
    if (bytes) archive->zip = zip.zip_open_from_source(bytes, ZIP_RDONLY, &error);
    if (!archive->zip) {
        if (archive->read_err.kind)
            *err = archive->read_err;
        else
            invalid(err, "l'archive n'a pas de table des matières lisible");
        if (bytes) zip.zip_source_free(bytes); /* ours again, since the archive was not opened */
        zip_archive_close(archive);
        archive = NULL;
    }
    zip.zip_error_fini(&error);
    return archive;
}

bool zip_archive_has(const struct zip_archive *archive, const char *name) {
    return zip.zip_name_locate(archive->zip, name, 0) >= 0;
}

bool zip_archive_accept(struct zip_archive *archive, size_t inflated_limit, struct err *err) {
    zip_int64_t count = zip.zip_get_num_entries(archive->zip, 0);
    archive->inflated_limit = inflated_limit;
    if (count > MOST_PARTS) return invalid(err, "il contient plus de 10 000 fichiers");
    for (zip_int64_t i = 0; i < count; i++) {
        zip_stat_t about;
        if (zip.zip_stat_index(archive->zip, (zip_uint64_t)i, 0, &about)) return invalid(err, "sa table des matières est fausse");
        if (about.valid & ZIP_STAT_ENCRYPTION_METHOD && about.encryption_method != ZIP_EM_NONE)
            return err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
                           "ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe, puis importez "
                           "ce nouveau fichier");
        size_t said = about.valid & ZIP_STAT_SIZE ? about.size : 0;
        if (said > inflated_limit - archive->said) return bomb(archive, err);
        archive->said += said;
    }
    return true;
}

void zip_archive_close(struct zip_archive *archive) {
    if (!archive) return;
    if (archive->zip) zip.zip_discard(archive->zip);
    zip.zip_error_fini(&archive->error);
    free(archive);
}

/* -- one part ------------------------------------------------------------------------------------------ */
struct zip_part *zip_part_open(struct zip_archive *archive, const char *name, struct err *err) {
    zip_int64_t index = zip.zip_name_locate(archive->zip, name, 0);
    zip_stat_t about;
    zip_file_t *file = NULL;
    if (index >= 0 && !zip.zip_stat_index(archive->zip, (zip_uint64_t)index, 0, &about))
        file = zip.zip_fopen_index(archive->zip, (zip_uint64_t)index, 0);
    if (!file) {
        char why[200];
        snprintf(why, sizeof why, "sa partie « %.100s » manque ou ne s'ouvre pas", name);
        invalid(err, why);
        return NULL;
    }
    struct zip_part *part = mem_new(1, sizeof *part);
    size_t said = about.valid & ZIP_STAT_SIZE ? about.size : 0;
    /* Others may take what they said; this one what it said and what nobody claims. */
    *part = (struct zip_part){.archive = archive, .file = file, .said = said, .limit = archive->inflated_limit - archive->said + said};
    return part;
}

long zip_part_read(struct zip_part *part, char *out, size_t room, struct err *err) {
    zip_int64_t got = zip.zip_fread(part->file, out, room);
    if (got < 0) {
        if (part->archive->read_err.kind)
            *err = part->archive->read_err;
        else
            invalid(err, "une de ses parties ne se déplie pas");
        return -1;
    }
    part->given += (size_t)got;
    if (part->given > part->limit) {
        bomb(part->archive, err);
        return -1;
    }
    return (long)got;
}

double zip_part_done(const struct zip_part *part) {
    return part->given >= part->said ? 1 : (double)part->given / (double)part->said;
}

void zip_part_close(struct zip_part *part) {
    if (!part) return;
    zip.zip_fclose(part->file);
    free(part);
}
