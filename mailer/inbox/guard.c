/* The defused copy of a message, one pass. */
#include "mailer/inbox/guard.h"

#include <string.h>
#include <strings.h>

static const char BOUNDARY[] = "boundary";
enum { BOUNDARY_LENGTH = sizeof BOUNDARY - 1 };

/* One line of the input, its end left out. */
struct line {
    const char *start;
    size_t length;
};

static bool next_line(const char **at, const char *end, struct line *line) {
    if (*at >= end) return false;
    const char *stop = *at;
    while (stop < end && *stop != '\r' && *stop != '\n') stop++;
    *line = (struct line){*at, (size_t)(stop - *at)};
    if (stop < end) stop += *stop == '\r' && stop + 1 < end && stop[1] == '\n' ? 2 : 1;
    *at = stop;
    return true;
}

static bool blank(const struct line *line) {
    for (size_t i = 0; i < line->length; i++)
        if (line->start[i] != ' ' && line->start[i] != '\t' && line->start[i]) return false;
    return true;
}

static bool folded(const struct line *line) {
    return line->length && (line->start[0] == ' ' || line->start[0] == '\t');
}

struct defusing {
    struct buf *out;
    size_t comments;  /* '(' in this unfolded line so far */
    bool in_boundary; /* behind a boundary parameter, until the unfolded line ends */
    size_t boundaries, delimiters, header_lines;
    bool in_header;
};

static bool is_boundary(const struct line *line, size_t at) {
    return line->length - at >= BOUNDARY_LENGTH && !strncasecmp(line->start + at, BOUNDARY, BOUNDARY_LENGTH);
}

static void add_line(struct defusing *defusing, const struct line *line) {
    for (size_t i = 0; i < line->length; i++) {
        char c = line->start[i];
        if ((c == 'b' || c == 'B') && is_boundary(line, i)) {
            defusing->in_boundary = true;
            if (++defusing->boundaries > GUARD_BOUNDARIES) c = 'x';
        }
        if (c == '(' && ++defusing->comments > GUARD_COMMENTS)
            c = ' ';
        else if (!c)
            c = ' ';
        else if (c == '\\' && defusing->in_boundary)
            c = '_';
        buf_add_char(defusing->out, c);
    }
    buf_add_char(defusing->out, '\n');
}

/* Adds one line; false when the copy ends before it. */
static bool take_line(struct defusing *defusing, const struct line *line) {
    if (!folded(line)) {
        defusing->comments = 0;
        defusing->in_boundary = false;
    }
    if (!line->length) defusing->in_header = false;
    if (defusing->in_header && ++defusing->header_lines > GUARD_HEADER_LINES) return true;
    if (line->length >= 2 && line->start[0] == '-' && line->start[1] == '-' &&
        ++defusing->delimiters > GUARD_DELIMITERS)
        return false;
    add_line(defusing, line);
    return true;
}

void guard_copy(const char *bytes, size_t length, struct buf *out) {
    static const char PADDING[GUARD_PADDING] = {0};
    const char *at = bytes, *end = bytes + (length < GUARD_BYTES ? length : GUARD_BYTES);
    struct defusing defusing = {.out = out, .in_header = true};
    struct line line;
    bool begun = false;
    while (next_line(&at, end, &line)) {
        if (!begun && (blank(&line) || (line.length > 5 && !strncmp(line.start, "From ", 5)))) continue;
        begun = true;
        if (!take_line(&defusing, &line)) break;
    }
    /* A message of lone LFs may have grown: what is over the cap goes. */
    buf_cut(out, GUARD_BYTES);
    buf_add(out, PADDING, sizeof PADDING);
    buf_cut(out, out->length - sizeof PADDING);
}
