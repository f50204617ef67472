/* Splitting an mbox file. */
#include "mailer/inbox/mbox.h"

#include <ctype.h>
#include <string.h>

enum { WORDS = 40, FROM_BYTES = 1000 };
struct word {
    const char *at;
    size_t length;
};

static bool one_of(const struct word *word, const char *names) {
    for (; *names; names += 3)
        if (word->length == 3 && !strncmp(word->at, names, 3)) return true;
    return false;
}

static bool is_number(const struct word *word, size_t least, size_t most) {
    for (size_t i = 0; i < word->length; i++)
        if (!isdigit((unsigned char)word->at[i])) return false;
    return word->length >= least && word->length <= most;
}

static bool is_time(const struct word *word) { /* 9:05, 09:05, 09:05:30 */
    size_t digits = 0, colons = 0;
    for (size_t i = 0; i < word->length; i++) {
        digits += isdigit((unsigned char)word->at[i]) != 0;
        colons += word->at[i] == ':';
    }
    return digits + colons == word->length && (colons == 1 || colons == 2) && digits >= 3 && digits <= 6;
}

static size_t split_words(const char *line, size_t length, struct word words[WORDS]) {
    size_t count = 0;
    for (size_t i = 0; i < length && count < WORDS;) {
        while (i < length && (line[i] == ' ' || line[i] == '\t')) i++;
        size_t begin = i;
        while (i < length && line[i] != ' ' && line[i] != '\t' && line[i] != '\r' && line[i] != '\n') i++;
        if (i == begin) break;
        words[count++] = (struct word){line + begin, i - begin};
    }
    return count;
}

/* Mon Jan  5 09:05:30 2026, with a zone before or behind the year where MTAs write one; the sender may hold blanks, or be missing. */
bool mbox_is_from(const char *line, size_t length) {
    struct word words[WORDS];
    if (length < 5 || length > FROM_BYTES || memcmp(line, "From ", 5)) return false;
    size_t count = split_words(line + 5, length - 5, words);
    for (size_t i = 0; i + 4 < count; i++) {
        if (!one_of(&words[i], "MonTueWedThuFriSatSun") || !one_of(&words[i + 1], "JanFebMarAprMayJunJulAugSepOctNovDec")) continue;
        if (!is_number(&words[i + 2], 1, 2) || !is_time(&words[i + 3])) continue;
        for (size_t year = i + 4; year < count && year < i + 7; year++)
            if (is_number(&words[year], 4, 4)) return true;
    }
    return false;
}

static bool is_empty(const char *piece, size_t length) {
    return (length == 1 && *piece == '\n') || (length == 2 && piece[0] == '\r' && piece[1] == '\n');
}

static void add_text(const char *piece, size_t length, bool begins_line, struct buf *out) {
    size_t marks = 0;
    while (begins_line && marks < length && piece[marks] == '>') marks++;
    bool quoted = marks && length - marks >= 5 && !memcmp(piece + marks, "From ", 5);
    buf_add(out, piece + quoted, length - quoted);
}

enum mbox_got mbox_take(struct mbox *mbox, const char *piece, size_t length, struct buf *out) {
    bool begins_line = !mbox->in_line;
    bool from = begins_line && mbox->after_empty && (mbox->begun ? mbox_is_from(piece, length) : length >= 5 && !memcmp(piece, "From ", 5));
    mbox->in_line = length && piece[length - 1] != '\n';
    mbox->after_empty = begins_line && is_empty(piece, length);
    if (from) {
        mbox->held_length = 0;
        mbox->begun = true;
        return MBOX_BEGINS;
    }
    if (!mbox->begun) return MBOX_JUNK;
    buf_add(out, mbox->held, mbox->held_length);
    mbox->held_length = 0;
    if (mbox->after_empty) memcpy(mbox->held, piece, mbox->held_length = length);
    else add_text(piece, length, begins_line, out);
    return MBOX_TEXT;
}
