/* What the headers of a message say, judged: dates, identifiers, addresses, encoded words, lists, automatic replies
 * (RFC 5322, 2047, 2369, 2919, 3834, 8058). */
#include "templates/message_check.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"

enum { ENCODED_WORD = 75, DECODED = 80 };

static size_t count_of(struct range text, char c) {
    size_t count = 0;
    for (; text.at < text.end; text.at++) count += *text.at == c;
    return count;
}
static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
static bool is(struct range text, const char *what) {
    return (size_t)(text.end - text.at) == strlen(what) && !memcmp(text.at, what, strlen(what));
}
static bool has(struct range text, const char *what) {
    return memmem(text.at, (size_t)(text.end - text.at), what, strlen(what)) != NULL;
}
static bool begins(struct range text, const char *what) {
    size_t length = strlen(what);
    return (size_t)(text.end - text.at) >= length && !memcmp(text.at, what, length);
}

/* The next piece without blanks. */
static bool next_word(struct range *from, struct range *word) {
    while (from->at < from->end && blank(*from->at)) from->at++;
    word->at = from->at;
    while (from->at < from->end && !blank(*from->at)) from->at++;
    word->end = from->at;
    return word->at < word->end;
}

/* -- encoded words (RFC 2047) ---------------------------------------------------------------------------------- */
static int hex(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode_q(struct range text, char out[DECODED]) {
    int length = 0;
    for (; text.at < text.end; text.at++) {
        if (*text.at == '?' || blank(*text.at)) return -1;
        if (*text.at != '=') {
            out[length++] = *text.at == '_' ? ' ' : *text.at;
            continue;
        }
        if (text.end - text.at < 3 || hex(text.at[1]) < 0 || hex(text.at[2]) < 0) return -1;
        out[length++] = (char)(hex(text.at[1]) << 4 | hex(text.at[2]));
        text.at += 2;
    }
    return length;
}

static int base64_value(char c) {
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(DIGITS, c) : NULL;
    return found ? (int)(found - DIGITS) : -1;
}

static int decode_b(struct range text, char out[DECODED]) {
    int length = 0, bits = 0;
    unsigned held = 0;
    if ((text.end - text.at) % 4) return -1;
    while (text.end > text.at && text.end[-1] == '=') text.end--;
    for (; text.at < text.end; text.at++) {
        int value = base64_value(*text.at);
        if (value < 0) return -1;
        held = held << 6 | (unsigned)value;
        if ((bits += 6) < 8) continue;
        bits -= 8;
        out[length++] = (char)(held >> bits);
    }
    return length;
}

/* =?utf-8?b|q?…?=, whole characters only. */
static bool encoded_word(struct range word) {
    char decoded[DECODED];
    if (word.end - word.at > ENCODED_WORD || !begins(word, "=?utf-8?") || word.end - word.at < 13 ||
        word.end[-2] != '?' || word.end[-1] != '=' || word.at[9] != '?')
        return false;
    struct range text = {word.at + 10, word.end - 2};
    int length = word.at[8] == 'q' ? decode_q(text, decoded) : word.at[8] == 'b' ? decode_b(text, decoded) : -1;
    return length > 0 && utf8_valid(decoded, (size_t)length);
}

/* A word that begins like one must be one: half an encoded word is shown as it is. */
static bool words_whole(struct range value) {
    struct range word;
    while (next_word(&value, &word))
        if (has(word, "=?") && !encoded_word(word)) return false;
    return true;
}

/* -- one header -------------------------------------------------------------------------------------------------- */
/* The decimal number of so many digits. */
static int number_at(const char *at, int digits) {
    int number = 0;
    for (; digits-- > 0; at++) number = number * 10 + (*at - '0');
    return number;
}

/* Which three letters of names; -1 when they are none. */
static int name_at(const char *at, const char *names) {
    for (int i = 0; names[3 * i]; i++)
        if (!memcmp(names + 3 * i, at, 3)) return i;
    return -1;
}

/* Www, dd Mmm yyyy hh:mm:ss +hhmm, a day there is. */
static bool date_good(struct range value) {
    if (!range_matches(value, "Aaa, 00 Aaa 0000 00:00:00 +0000")) return false;
    const char *at = value.at;
    int weekday = name_at(at, "MonTueWedThuFriSatSun"), month = name_at(at + 8, "JanFebMarAprMayJunJulAugSepOctNovDec") + 1;
    int day = number_at(at + 5, 2), year = number_at(at + 12, 4), zone_minute = number_at(at + 29, 2);
    return weekday >= 0 && month > 0 && day_valid(year, month, day) && number_at(at + 17, 2) < 24 && number_at(at + 20, 2) < 60 &&
           number_at(at + 23, 2) < 60 && number_at(at + 27, 2) <= 14 && zone_minute < 60 &&
           day_weekday(day_of(year, month, day)) == weekday;
}

/* [phrase] <local@domain>, one. */
static bool one_mailbox(struct range value) {
    const char *open = memrchr(value.at, '<', (size_t)(value.end - value.at));
    if (!open || value.end[-1] != '>' || open + 3 > value.end) return false;
    struct range address = {open + 1, value.end - 1}, phrase = {value.at, open};
    const char *at = memchr(address.at, '@', (size_t)(address.end - address.at));
    bool quoted = phrase.at < phrase.end && *phrase.at == '"';
    return at && at > address.at && at + 1 < address.end && count_of(address, '@') == 1 && !count_of(address, ' ') &&
           !count_of(address, '>') && words_whole(phrase) && (quoted || (!count_of(phrase, '@') && !count_of(phrase, ',')));
}
static bool identifier(struct range value) {
    return *value.at == '<' && one_mailbox(value);
}
static bool identifiers(struct range value) {
    struct range word;
    while (next_word(&value, &word))
        if (!identifier(word)) return false;
    return true;
}

static bool list_id(struct range value) {
    const char *open = memrchr(value.at, '<', (size_t)(value.end - value.at));
    if (!open || value.end[-1] != '>' || value.end - open < 4) return false;
    struct range id = {open + 1, value.end - 1}, phrase = {value.at, open};
    return count_of(id, '.') && !count_of(id, '@') && !count_of(id, ' ') && words_whole(phrase);
}

/* <mailto:…> first, then perhaps <https://…>. */
static bool list_links(struct range value) {
    struct range word;
    bool first = true, more = false;
    for (; next_word(&value, &word); first = false) {
        if (!first && !more) return false;
        more = word.end[-1] == ',';
        if (more) word.end--;
        if (word.end - word.at < 10 || word.end[-1] != '>' || !begins(word, first ? "<mailto:" : "<https://")) return false;
        if (count_of(word, '<') != 1 || count_of(word, '>') != 1) return false;
    }
    return !first && !more;
}

static bool one_click(struct range value) { return is(value, "List-Unsubscribe=One-Click"); }
static bool suppressed(struct range value) {
    return is(value, "DR, RN, NRN") || is(value, "DR, RN, NRN, OOF, AutoReply");
}
static bool generated(struct range value) { return is(value, "auto-generated"); }
static bool bulk(struct range value) { return is(value, "bulk"); }
static bool version(struct range value) { return is(value, "1.0"); }
static bool feedback(struct range value) { return count_of(value, ':') && !count_of(value, ' '); }

static const struct rule {
    const char *name;
    bool (*good)(struct range value);
    const char *fault;
} RULES[] = {
    {"From", one_mailbox, "adresse irrégulière"},
    {"To", one_mailbox, "adresse irrégulière"},
    {"Reply-To", one_mailbox, "adresse irrégulière"},
    {"Subject", words_whole, "mot codé irrégulier"},
    {"Date", date_good, "date irrégulière"},
    {"Message-ID", identifier, "Message-ID irrégulier"},
    {"In-Reply-To", identifier, "In-Reply-To irrégulier"},
    {"References", identifiers, "References irrégulier"},
    {"List-Id", list_id, "List-Id irrégulier"},
    {"List-Help", list_links, "List-Help irrégulier"},
    {"List-Unsubscribe", list_links, "List-Unsubscribe irrégulier"},
    {"List-Unsubscribe-Post", one_click, "List-Unsubscribe-Post irrégulier"},
    {"Feedback-ID", feedback, "Feedback-ID irrégulier"},
    {"X-Auto-Response-Suppress", suppressed, "X-Auto-Response-Suppress irrégulier"},
    {"Auto-Submitted", generated, "Auto-Submitted irrégulier"},
    {"Precedence", bulk, "Precedence irrégulier"},
    {"MIME-Version", version, "MIME-Version n'est pas 1.0"},
};

static bool check_value(struct checked *checked, const struct header *header) {
    struct range value = header_value(header);
    checked->line = header->line;
    if (value.at == value.end) return check_fault(checked, "en-tête vide");
    for (size_t i = 0; i < COUNT(RULES); i++)
        if (header_is(header, RULES[i].name)) return RULES[i].good(value) || check_fault(checked, RULES[i].fault);
    return true;
}

/* -- all of them ------------------------------------------------------------------------------------------------- */
/* What is given together or not at all: a message of a list can be left and answered for, one click needs its page. */
static const struct {
    const char *with, *needs;
} TOGETHER[] = {{"List-Id", "List-Unsubscribe"},
                {"List-Id", "List-Help"},
                {"List-Id", "X-Auto-Response-Suppress"},
                {"List-Id", "Feedback-ID"},
                {"In-Reply-To", "References"},
                {"References", "In-Reply-To"},
                {"Precedence", "Auto-Submitted"},
                {"Auto-Submitted", "Precedence"}};

static bool check_together(struct checked *checked) {
    char what[100];
    for (size_t i = 0; i < COUNT(TOGETHER); i++) {
        const struct header *given = header_find(checked, TOGETHER[i].with);
        if (!given || header_find(checked, TOGETHER[i].needs)) continue;
        checked->line = given->line;
        snprintf(what, sizeof what, "%s sans %s", TOGETHER[i].with, TOGETHER[i].needs);
        return check_fault(checked, what);
    }
    const struct header *post = header_find(checked, "List-Unsubscribe-Post"), *links = header_find(checked, "List-Unsubscribe");
    bool page = links && has(header_value(links), "<https://");
    if (page == (post != NULL)) return true;
    checked->line = post ? post->line : links->line;
    return check_fault(checked, "page de désinscription sans List-Unsubscribe-Post, ou l'inverse");
}

bool check_values(struct checked *checked) {
    for (size_t i = 0; i < checked->count; i++)
        if (!check_value(checked, &checked->headers[i])) return false;
    return check_together(checked);
}
