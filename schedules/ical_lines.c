/* From a file's bytes to content lines: size, encoding, folding, NAME;PARAM=VALUE:VALUE. */
#include "schedules/ical_lines.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { QUOTED_BYTES = 60 };

int ical_quoted_length(const char *text) {
    size_t length = strlen(text);
    if (length <= QUOTED_BYTES) return (int)length;
    length = QUOTED_BYTES;
    while (length && ((unsigned char)text[length] & 0xC0) == 0x80) length--;
    return (int)length;
}

const char *ical_param(const struct ical_line *line, const char *name) {
    for (int i = 0; i < line->param_count; i++)
        if (!strcasecmp(line->params[i].name, name)) return line->params[i].value;
    return NULL;
}

void ical_lines_release(struct ical_lines *lines) {
    free(lines->all);
    free(lines->raw);
    free(lines->pieces);
    *lines = (struct ical_lines){0};
}

/* -- unfolding ----------------------------------------------------------------------------------------- */
struct unfolding {
    const char *at, *end;
    long line;
    size_t used; /* of lines->raw */
};

/* The next line of the file, without its line end. */
static size_t physical_line(struct unfolding *file, const char **start) {
    *start = file->at;
    const char *stop = memchr(file->at, '\n', (size_t)(file->end - file->at));
    size_t length = (size_t)((stop ? stop : file->end) - file->at);
    file->at += length + (stop != NULL);
    file->line++;
    if (length && (*start)[length - 1] == '\r') length--;
    return length;
}

static bool only_line_ends(const struct unfolding *file) {
    for (const char *at = file->at; at < file->end; at++)
        if (*at != '\r' && *at != '\n') return false;
    return true;
}

static bool begin_line(struct ical_lines *lines, const struct unfolding *file, struct err *err) {
    if (lines->count == ICAL_LINES) {
        err_set(err, ERR_INPUT, "SCHEDULE_TOO_LARGE",
                "le calendrier a plus de %d lignes ; gardez seulement ce qui sert",
                ICAL_LINES);
        return err_at(err, NULL, file->line);
    }
    bool full = !(lines->count & (lines->count - 1)); /* room is the next power of two */
    if (full) lines->all = mem_grow(lines->all, lines->count ? 2 * lines->count : 1, sizeof *lines->all);
    lines->all[lines->count++] = (struct ical_line){.line = file->line, .raw = lines->raw + file->used};
    return true;
}

/* Folds are undone byte by byte, before the encoding is looked at: some programs fold inside a character. */
static bool unfold(struct ical_lines *lines, const char *bytes, size_t length, struct err *err) {
    struct unfolding file = {.at = bytes, .end = bytes + length};
    if (length >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3)) file.at += 3;
    lines->raw = mem_new(length + 1, 1);
    while (file.at < file.end) {
        const char *start;
        size_t piece = physical_line(&file, &start);
        bool folded = piece && (*start == ' ' || *start == '\t');
        if (!piece && only_line_ends(&file)) break;
        if (!piece || (folded && !lines->count)) {
            err_set(err, ERR_INPUT, "SCHEDULE_SYNTAX", "%s ; supprimez-la",
                    piece ? "cette ligne commence par une espace et ne continue rien"
                          : "cette ligne est vide");
            return err_at(err, NULL, file.line);
        }
        if (folded) {
            start++;
            piece--;
            file.used--; /* over the NUL of what it continues */
        } else if (!begin_line(lines, &file, err))
            return false;
        memcpy(lines->raw + file.used, start, piece);
        file.used += piece;
        struct ical_line *line = &lines->all[lines->count - 1];
        line->length = (size_t)(lines->raw + file.used - line->raw);
        lines->raw[file.used++] = '\0';
    }
    lines->pieces = mem_copy(lines->raw, length + 1);
    return true;
}

/* -- one line ------------------------------------------------------------------------------------------ */
static bool readable(const struct ical_line *line, struct err *err) {
    if (!utf8_valid(line->raw, line->length)) {
        err_set(err, ERR_INPUT, "SCHEDULE_ENCODING",
                "cette ligne n'est pas en UTF-8 ; enregistrez le calendrier en UTF-8 (et non en Latin-1 ou "
                "Windows-1252)");
        return err_at(err, NULL, line->line);
    }
    AUTO_BUF printable = BUF_INIT(2 * ICAL_BYTES);
    text_printable(&printable, line->raw, line->length);
    if (printable.length == line->length && !memcmp(buf_text(&printable), line->raw, line->length))
        return true;
    err_set(err, ERR_INPUT, "SCHEDULE_SYNTAX",
            "cette ligne contient un caractère de commande invisible ; supprimez-le ou retapez la ligne");
    return err_at(err, NULL, line->line);
}

static char *token_end(char *at) {
    while ((*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') ||
           *at == '-')
        at++;
    return at;
}

/* at: behind a ';'. Returns where the parameter ended, NULL when it is not one. */
static char *split_param(struct ical_line *line, char *at) {
    char *name_end = token_end(at);
    if (name_end == at || *name_end != '=' || line->param_count == ICAL_PARAMS) return NULL;
    *name_end = '\0';
    char *value = name_end + 1, *end;
    if (*value == '"') {
        end = strchr(++value, '"');
        if (!end || (end[1] != ';' && end[1] != ':')) return NULL;
        *end++ = '\0';
    } else {
        end = value + strcspn(value, ";:\"");
        if (*end != ';' && *end != ':') return NULL;
    }
    line->params[line->param_count++] = (struct ical_param){at, value};
    return end;
}

static bool split(struct ical_line *line, char *at) {
    line->name = at;
    at = token_end(at);
    if (at == line->name) return false;
    while (*at == ';') {
        *at++ = '\0';
        at = split_param(line, at);
        if (!at) return false;
    }
    if (*at != ':') return false;
    *at = '\0';
    line->value = at + 1;
    return true;
}

bool ical_lines_read(struct ical_lines *lines, const char *bytes, size_t length, struct err *err) {
    *lines = (struct ical_lines){0};
    if (length > ICAL_BYTES)
        return err_set(err, ERR_INPUT, "SCHEDULE_TOO_LARGE",
                       "le calendrier dépasse 1 Mo ; gardez seulement ce qui sert");
    if (!unfold(lines, bytes, length, err)) return false;
    for (size_t i = 0; i < lines->count; i++) {
        struct ical_line *line = &lines->all[i];
        if (!readable(line, err)) return false;
        if (split(line, lines->pieces + (line->raw - lines->raw))) continue;
        err_set(err, ERR_INPUT, "SCHEDULE_SYNTAX",
                "« %.*s » n'est pas une ligne de calendrier ; elle doit s'écrire NOM:valeur ou "
                "NOM;PARAMÈTRE=valeur:valeur",
                QUOTED(line->raw));
        return err_at(err, NULL, line->line);
    }
    return true;
}
