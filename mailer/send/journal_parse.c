/* Reading a send journal: bytes in, lines out. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "mailer/send/journal.h"
#include "mailer/send/journal_format.h"

enum { LINE_LONGEST = 512, PIECE_BYTES = 1 << 20 }; /* a line that is longer is damage, looked at in parts of this length */

uint64_t journal_sum(uint64_t sum, const char *bytes, size_t length) {
    static const uint64_t FACTOR = 0x9e3779b97f4a7c15u; /* odd, its bits well mixed: 2^64 / golden ratio */
    uint64_t word;
    for (sum ^= length * FACTOR; length; bytes += sizeof word, length -= sizeof word) {
        word = 0;
        memcpy(&word, bytes, length < sizeof word ? length : sizeof word);
        sum = (sum ^ word) * FACTOR;
        sum ^= sum >> 29;
        if (length <= sizeof word) break;
    }
    return sum;
}

/* -- words of a line ------------------------------------------------------------------------------------------------ */
struct words { const char *at, *end; };

static bool word(struct words *words, char *out, size_t room) {
    size_t length = 0;
    const char *from = words->at;
    while (from + length < words->end && from[length] > ' ' && from[length] < 0x7f) length++;
    if (!length || length >= room) return false;
    memcpy(out, from, length);
    out[length] = '\0';
    words->at = from + length;
    if (words->at == words->end) return true;
    return *words->at == ' ' && ++words->at < words->end;
}

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/* A name: what is no printable ASCII, and the percent sign, stand as %c3 (journal_add_name). */
static bool name(struct words *words, char *out, size_t room) {
    char text[3 * JOURNAL_NAME];
    size_t length = 0;
    if (!word(words, text, sizeof text)) return false;
    for (const char *at = text; *at; at++) {
        int high = *at == '%' ? nibble(at[1]) : 0, low = *at == '%' && high >= 0 ? nibble(at[2]) : 0;
        if (high < 0 || low < 0 || length + 1 >= room) return false;
        out[length] = *at == '%' ? (char)(high << 4 | low) : *at;
        if (!out[length++]) return false;
        if (*at == '%') at += 2;
    }
    out[length] = '\0';
    return true;
}

static bool number(struct words *words, int64_t most, int64_t *out) {
    char text[24], *at = text;
    if (!word(words, text, sizeof text)) return false;
    for (*out = 0; *at; at++) {
        if (*at < '0' || *at > '9' || *out > (INT64_MAX - 9) / 10) return false;
        *out = *out * 10 + (*at - '0');
    }
    return *out <= most;
}

static bool hex(struct words *words, size_t digits, char *out) {
    return word(words, out, digits + 1) && strspn(out, "0123456789abcdef") == digits;
}

static bool sum_of(struct words *words, uint64_t *sum) {
    char text[17];
    if (!hex(words, 16, text)) return false;
    *sum = 0;
    for (const char *at = text; *at; at++) *sum = *sum << 4 | (uint64_t)nibble(*at);
    return true;
}

static bool ended(const struct words *words) { return words->at == words->end; }

static bool header_of(const char *bytes, size_t length, struct journal_line *line) {
    struct words words = {bytes, bytes + length};
    char magic[32], version[4];
    return word(&words, magic, sizeof magic) && !strcmp(magic, JOURNAL_MAGIC) && word(&words, version, sizeof version) &&
           !strcmp(version, "1") && hex(&words, JOURNAL_STORE_ID - 1, line->store_id) && number(&words, INT64_MAX, &line->turn) && ended(&words);
}

static bool turn_of(const char *bytes, size_t length, struct journal_line *line, int64_t *size_bytes, uint64_t *sum, size_t *summed) {
    struct words words = {bytes, bytes + length};
    char letter[2];
    if (!word(&words, letter, sizeof letter) || *letter != 'T' || !number(&words, INT64_MAX, &line->turn) ||
        !number(&words, INT64_MAX, &line->durable_turn) || !number(&words, INT64_MAX, &line->at_ms) ||
        !word(&words, line->boot_id, sizeof line->boot_id) || !number(&words, JOURNAL_TURN_BYTES, size_bytes))
        return false;
    *summed = (size_t)(words.at - bytes);
    if (!strcmp(line->boot_id, "-")) line->boot_id[0] = '\0';
    return sum_of(&words, sum) && ended(&words);
}

/* A line inside a turn. */
static bool fact_of(const char *bytes, size_t length, struct journal_line *line) {
    struct words words = {bytes, bytes + length};
    char letter[2];
    int64_t code;
    if (!word(&words, letter, sizeof letter)) return false;
    switch (*letter) {
    case 'W':
        line->kind = JOURNAL_WAVE;
        return number(&words, INT64_MAX, &line->wave_id) && name(&words, line->campaign, sizeof line->campaign) &&
               name(&words, line->wave, sizeof line->wave) && ended(&words);
    case 'A':
        line->kind = JOURNAL_ARMED;
        return number(&words, INT64_MAX, &line->dispatch_id) && number(&words, INT64_MAX, &line->wave_id) &&
               name(&words, line->party_id, sizeof line->party_id) && number(&words, INT64_MAX, &line->date_ms) &&
               number(&words, INT64_MAX, &line->armed_ms) && hex(&words, 64, line->sha256) && ended(&words);
    case 'R':
        line->kind = JOURNAL_ENDED;
        if (!number(&words, INT64_MAX, &line->dispatch_id) || !word(&words, line->state, sizeof line->state) ||
            !number(&words, 999, &code) || !ended(&words))
            return false;
        line->code = (int)code;
        return true;
    default: return false;
    }
}

/* -- turns ------------------------------------------------------------------------------------------------------------ */
/* Every line of a turn whose sum is right; one that is not understood was written by a later version: *damaged. */
static bool visit_turn(const char *at, const char *end, const struct journal_line *turn, journal_visit *visit, void *ctx, int64_t *damaged,
                       struct err *err) {
    if (!visit(ctx, turn, err)) return false;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *next = newline ? newline + 1 : end;
        struct journal_line line = *turn;
        if (!newline || !fact_of(at, (size_t)(newline - at), &line)) *damaged += next - at;
        else if (!visit(ctx, &line, err)) return false;
        at = next;
    }
    return true;
}

ssize_t journal_parse(const char *bytes, size_t length, bool at_end, journal_visit *visit, void *ctx, struct journal_summary *summary,
                      struct err *err) {
    const char *at = bytes, *end = bytes + length;
    while (at < end) {
        struct journal_line line = {.kind = JOURNAL_TURN};
        int64_t size_bytes = 0;
        uint64_t sum = 0;
        size_t summed = 0;
        size_t look = (size_t)min_i64(end - at, LINE_LONGEST);
        const char *newline = memchr(at, '\n', look), *body = newline ? newline + 1 : at + look;
        if (!newline && !at_end && look < LINE_LONGEST) break;
        if (newline && turn_of(at, (size_t)(newline - at), &line, &size_bytes, &sum, &summed)) {
            if (end - body < size_bytes && !at_end) break;
            if (end - body >= size_bytes &&
                journal_sum(journal_sum(0, at, summed), body, (size_t)size_bytes) == sum) {
                if (!visit_turn(body, body + size_bytes, &line, visit, ctx, &summary->damaged_bytes, err)) return -1;
                at = body + size_bytes;
                summary->good_end = (size_t)(at - bytes);
                continue;
            }
            if (end - body < size_bytes + 2 && !at_end) break;
            if (end - body >= size_bytes + 2 && !memcmp(body + size_bytes, "T ", 2)) { /* its head is right: the next one begins behind it */
                summary->damaged_bytes += body + size_bytes - at;
                at = body + size_bytes;
                continue;
            }
        } else if (newline && header_of(at, (size_t)(newline - at), &line)) {
            line.kind = JOURNAL_HEADER;
            if (!visit(ctx, &line, err)) return -1;
            at = body;
            summary->good_end = (size_t)(at - bytes);
            continue;
        }
        summary->damaged_bytes += body - at;
        at = body;
    }
    return at - bytes;
}

/* -- the file ----------------------------------------------------------------------------------------------------------- */
struct first { journal_visit *visit; void *ctx; const char *path; bool header_seen; };

static bool after_header(void *ctx, const struct journal_line *line, struct err *err) {
    struct first *first = ctx;
    first->header_seen |= line->kind == JOURNAL_HEADER;
    if (!first->header_seen) return journal_foreign(first->path, err);
    return first->visit(first->ctx, line, err);
}

bool journal_read(const char *path, journal_visit *visit, void *ctx, struct journal_summary *summary, struct err *err) {
    AUTO_BUF piece = BUF_INIT(2 * PIECE_BYTES + 1);
    struct first first = {visit, ctx, path, false};
    size_t done = 0, good_end = 0;
    bool good = false;
    *summary = (struct journal_summary){0};
    int fd = journal_open_file(path, O_RDONLY, err);
    if (fd < 0) return false;
    for (;;) {
        char *room = buf_reserve(&piece, PIECE_BYTES);
        ssize_t got = room ? read(fd, room, PIECE_BYTES) : -1;
        if (got < 0) {
            journal_unreadable(path, err);
            break;
        }
        buf_wrote(&piece, room + got);
        struct journal_summary part = {0};
        ssize_t used = journal_parse(buf_text(&piece), piece.length, got == 0, after_header, &first, &part, err);
        if (used < 0) break;
        summary->damaged_bytes += part.damaged_bytes;
        if (part.good_end) good_end = done + part.good_end;
        done += (size_t)used;
        buf_drop(&piece, (size_t)used);
        if (got) continue;
        good = first.header_seen || journal_foreign(path, err);
        break;
    }
    close(fd);
    summary->good_end = good_end;
    return good;
}
