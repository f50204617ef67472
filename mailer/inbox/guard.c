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
/* Where the next line begins, and the next LF at or behind it, so that a message of CRs is looked through once. */
struct reader {
    const char *at, *end, *lf;
};

static bool next_line(struct reader *reader, struct line *line) {
    if (reader->at >= reader->end) return false;
    if (!reader->lf || reader->lf < reader->at) reader->lf = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    if (!reader->lf) reader->lf = reader->end;
    const char *stop = memchr(reader->at, '\r', (size_t)(reader->lf - reader->at));
    if (!stop) stop = reader->lf;
    *line = (struct line){reader->at, (size_t)(stop - reader->at)};
    if (stop < reader->end) stop += *stop == '\r' && stop + 1 < reader->end && stop[1] == '\n' ? 2 : 1;
    reader->at = stop;
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
    bool open; /* the line before ends in ';' */
};

/* A parameter of the line before whose indentation a program on the way has eaten: without it a multipart stays closed. */
static bool lost_fold(const struct defusing *defusing, const struct line *line) {
    static const char *const PARAMETERS[] = {"boundary=", "charset="};
    if (!defusing->open || defusing->out->length + line->length + 2 > GUARD_BYTES) return false;
    for (size_t i = 0; i < COUNT(PARAMETERS); i++)
        if (line->length > strlen(PARAMETERS[i]) && !strncasecmp(line->start, PARAMETERS[i], strlen(PARAMETERS[i]))) return true;
    return false;
}

static bool is_boundary(const struct line *line, size_t at) {
    return line->length - at >= BOUNDARY_LENGTH && !strncasecmp(line->start + at, BOUNDARY, BOUNDARY_LENGTH);
}

/* What one byte of a line becomes. */
static char defused(struct defusing *defusing, const struct line *line, size_t at) {
    char c = line->start[at];
    if ((c == 'b' || c == 'B') && is_boundary(line, at)) {
        defusing->in_boundary = true;
        return ++defusing->boundaries > GUARD_BOUNDARIES ? 'x' : c;
    }
    if (c == '(') return ++defusing->comments > GUARD_COMMENTS ? ' ' : c;
    return !c ? ' ' : c == '\\' && defusing->in_boundary ? '_' : c;
}

static void add_line(struct defusing *defusing, const struct line *line) {
    static const bool LOOKED_AT[256] = {[0] = true, ['b'] = true, ['B'] = true, ['('] = true, ['\\'] = true};
    for (size_t i = 0, run; i < line->length; i = run + 1) {
        const unsigned char *at = (const unsigned char *)line->start;
        for (run = i; run + 4 <= line->length; run += 4) /* four at a time: most lines hold nothing to look at */
            if (LOOKED_AT[at[run]] | LOOKED_AT[at[run + 1]] | LOOKED_AT[at[run + 2]] | LOOKED_AT[at[run + 3]]) break;
        while (run < line->length && !LOOKED_AT[at[run]]) run++;
        buf_add(defusing->out, line->start + i, run - i);
        if (run < line->length) buf_add_char(defusing->out, defused(defusing, line, run));
    }
    buf_add_char(defusing->out, '\n');
}

/* Adds one line; false when the copy ends before it. */
static bool take_line(struct defusing *defusing, const struct line *line) {
    bool lost = lost_fold(defusing, line);
    defusing->open = line->length && line->start[line->length - 1] == ';';
    if (!folded(line) && !lost) {
        defusing->comments = 0;
        defusing->in_boundary = false;
    }
    if (!line->length) defusing->in_header = false;
    if (defusing->in_header && ++defusing->header_lines > GUARD_HEADER_LINES) return true;
    if (line->length >= 2 && line->start[0] == '-' && line->start[1] == '-' &&
        ++defusing->delimiters > GUARD_DELIMITERS)
        return false;
    if (lost) buf_add_char(defusing->out, ' ');
    add_line(defusing, line);
    return true;
}

void guard_copy(const char *bytes, size_t length, struct buf *out) {
    static const char PADDING[GUARD_PADDING] = {0};
    struct reader reader = {.at = bytes, .end = bytes + (length < GUARD_BYTES ? length : GUARD_BYTES)};
    struct defusing defusing = {.out = out, .in_header = true};
    struct line line;
    bool begun = false;
    while (next_line(&reader, &line)) {
        if (!begun && (blank(&line) || (line.length > 5 && !strncmp(line.start, "From ", 5)))) continue;
        begun = true;
        if (!take_line(&defusing, &line)) break;
    }
    /* A message of lone LFs may have grown: what is over the cap goes. */
    buf_cut(out, GUARD_BYTES);
    buf_add(out, PADDING, sizeof PADDING);
    buf_cut(out, out->length - sizeof PADDING);
}
