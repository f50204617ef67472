/* Front matter: a table of keys, each with its reader. */
#include "templates/front_matter.h"

#include <string.h>

struct line {
    const char *text;
    size_t length;
};

static bool next_line(const char *bytes, size_t length, size_t *at, struct line *line) {
    if (*at >= length) return false;
    const char *from = bytes + *at, *end = memchr(from, '\n', length - *at);
    line->text = from;
    line->length = end ? (size_t)(end - from) : length - *at;
    *at += line->length + (end != NULL);
    while (line->length && (line->text[line->length - 1] == '\r' || line->text[line->length - 1] == ' '))
        line->length--;
    return true;
}

static bool is_fence(const struct line *line) {
    return line->length == 3 && !memcmp(line->text, "---", 3);
}

static bool fault(struct err *err, const char *file, long line, const char *what) {
    err_set(err, ERR_INPUT, "TEMPLATE", "%s", what);
    return err_at(err, file, line);
}

static void unquote(const char **text, size_t *length) {
    if (*length < 2 || (**text != '"' && **text != '\'') || (*text)[*length - 1] != **text) return;
    ++*text;
    *length -= 2;
}

/* -- one reader a key: value is what stands behind the colon and its spaces ------------------------------------ */
struct reading {
    const char *file;
    long number; /* of the line */
    struct line value;
    long column;
    struct err *err;
};

static bool read_subject(const struct reading *reading, struct front_matter *matter) {
    if (matter->subject)
        return fault(reading->err, reading->file, reading->number,
                     "l'objet est donné deux fois ; gardez une seule ligne « subject: »");
    matter->subject = reading->value.text;
    matter->subject_length = reading->value.length;
    unquote(&matter->subject, &matter->subject_length);
    matter->subject_line = reading->number;
    matter->subject_column = reading->column + (long)(matter->subject - reading->value.text);
    return matter->subject_length || fault(reading->err, reading->file, reading->number,
                                           "l'objet est vide ; écrivez-le derrière « subject: »");
}

static bool refuse_file(const struct reading *reading, const char *name, size_t length, const char *why) {
    err_set(reading->err, ERR_INPUT, "TEMPLATE", "pièce jointe « %.*s » : %s", (int)(length < 150 ? length : 150), name, why);
    return err_at(reading->err, reading->file, reading->number);
}

static bool add_attachment(const struct reading *reading, const char *name, size_t length, struct front_matter *matter) {
    while (length && *name == ' ') name++, length--;
    while (length && name[length - 1] == ' ') length--;
    unquote(&name, &length);
    if (!attachment_name_valid(name, length)) {
        char why[200] = "écrivez le nom d'un fichier rangé à côté du modèle, qui finit par l'un de : ";
        strncat(why, ATTACHMENT_ENDINGS, sizeof why - strlen(why) - 1);
        return refuse_file(reading, name, length, why);
    }
    for (size_t i = 0; i < matter->attachment_count; i++)
        if (strlen(matter->attachments[i]) == length && !memcmp(matter->attachments[i], name, length))
            return refuse_file(reading, name, length, "nommée deux fois");
    if (matter->attachment_count == ATTACHMENTS_MOST) return refuse_file(reading, name, length, "il y en a déjà cinq, le plus possible");
    char *copy = matter->attachments[matter->attachment_count++];
    memcpy(copy, name, length);
    copy[length] = '\0';
    return true;
}

static bool read_attachments(const struct reading *reading, struct front_matter *matter) {
    if (matter->attachments_line)
        return fault(reading->err, reading->file, reading->number,
                     "les pièces jointes sont données deux fois ; nommez-les sur une seule ligne, séparées par des virgules");
    matter->attachments_line = reading->number;
    const char *at = reading->value.text, *end = at + reading->value.length;
    while (at <= end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        if (!comma) comma = end;
        if (!add_attachment(reading, at, (size_t)(comma - at), matter)) return false;
        at = comma + 1;
    }
    return true;
}

static bool read_calendar(const struct reading *reading, struct front_matter *matter) {
    const struct line *value = &reading->value;
    matter->calendar = value->length == 4 && !memcmp(value->text, "true", 4);
    if (matter->calendar_line)
        return fault(reading->err, reading->file, reading->number, "« calendar: » est donné deux fois ; gardez une seule ligne");
    matter->calendar_line = reading->number;
    return matter->calendar || (value->length == 5 && !memcmp(value->text, "false", 5)) ||
           fault(reading->err, reading->file, reading->number, "écrivez « calendar: true » ou « calendar: false »");
}

static const struct {
    const char *name;
    bool (*read)(const struct reading *reading, struct front_matter *matter);
} KEYS[] = {{"subject:", read_subject}, {"attachments:", read_attachments}, {"calendar:", read_calendar}};

static bool read_key(const char *file, const struct line *line, long number, struct front_matter *matter,
                     struct err *err) {
    if (!line->length || *line->text == '#') return true;
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        size_t at = strlen(KEYS[i].name);
        if (line->length < at || memcmp(line->text, KEYS[i].name, at)) continue;
        while (at < line->length && line->text[at] == ' ') at++;
        struct reading reading = {file, number, {line->text + at, line->length - at}, (long)at + 1, err};
        return KEYS[i].read(&reading, matter);
    }
    err_set(err, ERR_INPUT, "TEMPLATE",
            "« %.*s » n'est pas compris ici : entre les deux lignes --- il n'y a que « subject: … », "
            "« attachments: … » et « calendar: true »",
            (int)(line->length < 60 ? line->length : 60), line->text);
    return err_at(err, file, number);
}

bool front_matter_read(const char *file, const char *bytes, size_t length, struct front_matter *matter,
                       struct err *err) {
    *matter = (struct front_matter){0};
    struct line line;
    size_t at = length >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3) ? 3 : 0;
    if (!next_line(bytes, length, &at, &line) || !is_fence(&line))
        return fault(err, file, 1,
                     "le modèle doit commencer par une ligne ---, puis « subject: … », puis une ligne ---");
    for (long number = 2; next_line(bytes, length, &at, &line); number++) {
        if (!is_fence(&line)) {
            if (!read_key(file, &line, number, matter, err)) return false;
            continue;
        }
        matter->body = at;
        matter->body_line = number + 1;
        return matter->subject ||
               fault(err, file, number, "il manque l'objet : écrivez « subject: … » avant cette ligne");
    }
    return fault(
        err, file, 1,
        "l'en-tête ouvert par --- n'est jamais fermé ; ajoutez une ligne --- derrière « subject: … »");
}
