/* Filling in a struct err. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void fill(struct err *err, enum err_kind kind, const char *code, const char *format, va_list args) {
    *err = (struct err){.kind = kind};
    snprintf(err->code, sizeof err->code, "%s", code);
    vsnprintf(err->text, sizeof err->text, format, args);
}

/* The causes people meet, in their language; the C library's own text for the rest, since no French catalogue is
 * sure to be installed. */
static const char *cause_text(int cause) {
    static const struct { int cause; const char *text; } CAUSES[] = {
        {ENOENT, "ce fichier ou ce dossier n'existe pas"},
        {EACCES, "l'accès est refusé"},
        {EPERM, "l'accès est refusé"},
        {EISDIR, "c'est un dossier"},
        {ENOTDIR, "une partie du chemin n'est pas un dossier"},
        {EEXIST, "il existe déjà"},
        {ENOTEMPTY, "le dossier n'est pas vide"},
        {ENAMETOOLONG, "le nom est trop long"},
        {ELOOP, "des liens tournent en rond"},
        {ENOSPC, "le disque est plein"},
        {EDQUOT, "le quota de disque est atteint"},
        {EROFS, "le disque est en lecture seule"},
        {EFBIG, "le fichier deviendrait trop gros"},
        {EIO, "le disque signale une erreur"},
        {EMFILE, "trop de fichiers sont ouverts"},
        {ENFILE, "trop de fichiers sont ouverts"},
        {ENXIO, "ce n'est pas un fichier ordinaire"},
        {ENOMEM, "la mémoire manque"}};
    for (size_t i = 0; i < COUNT(CAUSES); i++)
        if (CAUSES[i].cause == cause) return CAUSES[i].text;
    return strerror(cause);
}

bool err_set(struct err *err, enum err_kind kind, const char *code, const char *format, ...) {
    if (!err) return false;
    va_list args;
    va_start(args, format);
    fill(err, kind, code, format, args);
    va_end(args);
    return false;
}

bool err_errno(struct err *err, enum err_kind kind, const char *code, const char *format, ...) {
    int cause = errno;
    if (!err) return false;
    va_list args;
    va_start(args, format);
    fill(err, kind, code, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, " : %s", cause_text(cause));
    return false;
}

bool err_at(struct err *err, const char *file, long line) {
    if (err && !err->file[0]) {
        snprintf(err->file, sizeof err->file, "%s", file ? file : "");
        if (!err->line) err->line = line;
    }
    return false;
}

bool err_setting(struct err *err, const char *setting) {
    if (!err) return false;
    char sentence[sizeof err->text];
    memcpy(sentence, err->text, sizeof sentence);
    int used = snprintf(err->text, sizeof err->text, "%s : ", setting);
    if (used > 0 && (size_t)used < sizeof err->text)
        snprintf(err->text + used, sizeof err->text - (size_t)used, "%.*s", (int)(sizeof err->text - (size_t)used - 1), sentence);
    return false;
}

const char *err_line(const struct err *err, char *out, size_t size_bytes) {
    if (err->file[0] && err->line && err->column)
        snprintf(out, size_bytes, "%s:%ld:%ld : %s", err->file, err->line, err->column, err->text);
    else if (err->file[0] && err->line) snprintf(out, size_bytes, "%s:%ld : %s", err->file, err->line, err->text);
    else if (err->file[0]) snprintf(out, size_bytes, "%s : %s", err->file, err->text);
    else if (err->line) snprintf(out, size_bytes, "ligne %ld : %s", err->line, err->text);
    else snprintf(out, size_bytes, "%s", err->text);
    return out;
}

void err_printable(struct err *err) {
    AUTO_BUF printable = BUF_INIT(sizeof err->text - 1);
    text_printable(&printable, err->text, strlen(err->text));
    snprintf(err->text, sizeof err->text, "%s", buf_text(&printable));
}
