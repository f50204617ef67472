/* Front matter: one key so far, subject. */
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

static bool read_key(const char *file, const struct line *line, long number, struct front_matter *matter,
                     struct err *err) {
    static const char KEY[] = "subject:";
    size_t key_length = strlen(KEY);
    if (!line->length || *line->text == '#') return true;
    if (line->length < key_length || memcmp(line->text, KEY, key_length)) {
        err_set(err, ERR_INPUT, "TEMPLATE",
                "« %.*s » n'est pas compris ici : entre les deux lignes --- il n'y a que « subject: … »",
                (int)(line->length < 60 ? line->length : 60), line->text);
        return err_at(err, file, number);
    }
    if (matter->subject)
        return fault(err, file, number, "l'objet est donné deux fois ; gardez une seule ligne « subject: »");
    size_t at = key_length;
    while (at < line->length && line->text[at] == ' ') at++;
    matter->subject = line->text + at;
    matter->subject_length = line->length - at;
    unquote(&matter->subject, &matter->subject_length);
    matter->subject_line = number;
    matter->subject_column = (long)(matter->subject - line->text) + 1;
    return matter->subject_length ||
           fault(err, file, number, "l'objet est vide ; écrivez-le derrière « subject: »");
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
