/* A reply's words without what other people chose: addresses, paths of URLs, host names in <…>; and without what changes
 * from one reply to the next. */
#include "mailer/send/verdict_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

static bool letter(char c) { return isalpha((unsigned char)c) && (unsigned char)c < 0x80; }
static bool digit(char c) { return c >= '0' && c <= '9'; }
static bool in_address(char c) { return letter(c) || digit(c) || (unsigned char)c >= 0x80 || (c && strchr(".!#$%&'*+-/=?^_{|}~", c)); }
static bool in_host(char c) { return letter(c) || digit(c) || (unsigned char)c >= 0x80 || c == '.' || c == '-'; }
static bool in_url(char c) { return c > ' ' && !strchr("<>\"()[]", c); }

/* -- what is left out ------------------------------------------------------------------------------------------------ */
/* Each of these: how many bytes at text are one, 0 = none. */
static size_t address_length(const char *text) {
    size_t local = 0, domain = 0;
    while (in_address(text[local])) local++;
    if (!local || text[local] != '@') return 0;
    while (in_host(text[local + 1 + domain])) domain++;
    return domain ? local + 1 + domain : 0;
}

/* "<x@a.test>", "<mx.a.test[192.0.2.1]>": one word in angle brackets. */
static size_t angle_length(const char *text) {
    size_t length = 1;
    if (*text != '<') return 0;
    while (text[length] && !strchr(" <>", text[length])) length++;
    return text[length] == '>' ? length + 1 : 0;
}

/* Scheme and host, which may name a block list; *path is what follows. */
static size_t url_length(const char *text, size_t *path) {
    size_t host = !strncasecmp(text, "https://", 8) ? 8 : !strncasecmp(text, "http://", 7) ? 7 : 0, rest = 0;
    if (!host) return 0;
    while (in_host(text[host])) host++;
    while (in_url(text[host + rest])) rest++;
    *path = rest;
    return host;
}

/* "[192.0.2.1]", "[mx.test 2024-06-24T08:58:06Z 08DC93]"; "[TSS04]" says something and stays. */
static size_t bracket_length(const char *text) {
    size_t length = 1;
    bool literal = false;
    if (*text != '[') return 0;
    for (; text[length] && !strchr("[]", text[length]); length++) literal = literal || strchr(" .:", text[length]);
    return literal && text[length] == ']' ? length + 1 : 0;
}

/* A word that is an id: with a digit, a capital after a small letter ("BXpE"), or twelve capitals and more. */
static size_t id_length(const char *text) {
    size_t length = 0, capitals = 0;
    bool id = false;
    for (; letter(text[length]) || digit(text[length]) || (text[length] && strchr("._-:/=+#", text[length])); length++) {
        bool capital = text[length] >= 'A' && text[length] <= 'Z';
        id = id || digit(text[length]) || (capital && length && text[length - 1] >= 'a' && text[length - 1] <= 'z');
        capitals += capital;
    }
    return id || (capitals >= 12 && capitals == length) ? length : 0;
}

/* "id=abcdef", "ref: QX7F", "id abcdef": what follows such a name is an id whatever its letters, unless it is a URL. */
static size_t named_id_length(const char *text) {
    static const char *const NAMES[] = {"id", "ids", "ref", "reference", "qid", "msgid", "ticket"};
    size_t name = 0;
    while (letter(text[name])) name++;
    bool known = false;
    for (size_t i = 0; i < COUNT(NAMES); i++) known = known || (strlen(NAMES[i]) == name && !strncasecmp(text, NAMES[i], name));
    size_t between = known ? strspn(text + name, " :=#") : 0, path;
    if (!between || url_length(text + name + between, &path)) return 0;
    size_t length = name + between;
    while (letter(text[length]) || digit(text[length]) || (text[length] && strchr("._-", text[length]))) length++;
    return length > name + between ? length : 0;
}

/* A host or domain: words with dots between, the last of letters. A refusal names the server that says it, and the
 * recipient's domain. */
static size_t host_length(const char *text) {
    size_t length = 0, dot = 0;
    while (in_host(text[length]) || text[length] == '_') length++;
    while (length && (text[length - 1] == '.' || text[length - 1] == '-')) length--;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '.') dot = i;
    bool name = dot && text[dot - 1] != '.' && length - dot > 2;
    for (size_t i = dot + 1; i < length; i++) name = name && !digit(text[i]);
    return name ? length : 0;
}

/* A host that is the policy itself: a block list's zone, known by its parts or by the "using" before it. */
static bool says_policy(const struct buf *before, const char *host, size_t length) {
    static const char *const PARTS[] = {"spam", "rbl", "sbl", "xbl", "pbl", "cbl", "dbl", "dnsbl", "uribl", "surbl", "barracuda", "sorbs",
                                        "uceprotect", "abuse", "abusix", "senderscore", "blacklist", "blocklist", "reputation"};
    static const char USING[] = "using ";
    AUTO_BUF name = BUF_INIT(SIZE_MAX / 2);
    buf_add(&name, host, length);
    for (size_t i = 0; i < COUNT(PARTS); i++)
        if (strcasestr(buf_text(&name), PARTS[i])) return true;
    /* and what Exchange calls its rooms: « STOREDRV.Deliver », « RESOLVER.RST » */
    if (!strncasecmp(host, "storedrv.", 9) || !strncasecmp(host, "resolver.", 9)) return true;
    size_t length_using = sizeof USING - 1;
    bool using = before->length >= length_using &&
                 !strncasecmp(before->bytes + before->length - length_using, USING, length_using);
    return using || !strncasecmp(host, "bl.", 3);
}

/* What goes from a reply before it is compared with others: the length of it at text, 0 = nothing. `begins`: of a word as
 * addresses have them. */
static size_t changing_length(const struct buf *before, const char *text, bool begins, bool host_begins) {
    size_t skip = bracket_length(text);
    if (!skip && begins) skip = named_id_length(text);
    if (!skip && host_begins && (skip = host_length(text)) && says_policy(before, text, skip)) return 0;
    return skip || !begins ? skip : id_length(text);
}

static void strip(struct buf *out, const char *text, bool constant) {
    bool begins = true, host_begins = true; /* of a word: an address is not looked for in the midst of one */
    while (*text) {
        size_t path = 0, url = url_length(text, &path), skip = angle_length(text);
        if (!skip && begins && !url) skip = address_length(text);
        if (!skip && constant && !url) skip = changing_length(out, text, begins, host_begins);
        if (url) buf_add(out, text, url), skip = path, text += url;
        if (skip) buf_add_char(out, ' ');
        else if (!url) begins = !in_address(*text), host_begins = !in_host(*text) && *text != '_', buf_add_char(out, *text++);
        if (skip || url) text += skip, begins = host_begins = true;
    }
}

static void add_words(struct buf *words, const char *text, bool constant) {
    AUTO_BUF stripped = BUF_INIT(SIZE_MAX / 2);
    strip(&stripped, text, constant);
    buf_add_char(words, ' ');
    text_normalise(words, buf_text(&stripped), stripped.length);
    buf_add_char(words, ' ');
}

/* -- names in quotes ----------------------------------------------------------------------------------------------- */
/* « "jean.dupont" », « 'jean' », « « jean » »: one word, where a word begins. The length of it with its quotes, 0 = none. */
static size_t quoted_length(const char *text) {
    static const struct { const char *open, *close; } QUOTES[] = {{"\"", "\""}, {"'", "'"}, {"`", "'"}, {"«", "»"}, {"“", "”"}, {"‘", "’"}};
    for (size_t i = 0; i < COUNT(QUOTES); i++) {
        size_t open = strlen(QUOTES[i].open), close = strlen(QUOTES[i].close);
        if (strncmp(text, QUOTES[i].open, open)) continue;
        size_t name = open + strspn(text + open, " "), length = name;
        while (letter(text[length]) || digit(text[length]) || (text[length] && strchr("._-+", text[length]))) length++;
        if (length == name) continue;
        length += strspn(text + length, " ");
        if (!strncmp(text + length, QUOTES[i].close, close) && !letter(text[length + close])) return length + close;
    }
    return 0;
}

void verdict_unnamed_words(struct buf *words, const char *text) {
    AUTO_BUF unnamed = BUF_INIT(SIZE_MAX / 2);
    for (const char *at = text; *at;) {
        size_t skip = at == text || strchr(" (:", at[-1]) ? quoted_length(at) : 0;
        if (skip) at += skip;
        else buf_add_char(&unnamed, *at++);
    }
    add_words(words, buf_text(&unnamed), false);
}

/* -- what a reply is made of every time ---------------------------------------------------------------------------- */
/* In N(). "may", "mars", "sun" mean other things too, but none that two policies would differ by. */
static const char *const DATES[] = {
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "january", "february", "march", "april",
    "june", "july", "august", "september", "october", "november", "december", "lun", "mer", "jeu", "ven", "sam", "dim", "lundi",
    "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "janv", "fevr", "avr", "juil", "janvier", "fevrier", "mars", "avril",
    "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "am", "pm", "gmt", "utc", "cet", "cest"};

static bool changing_word(const char *word, size_t length) {
    for (size_t i = 0; i < COUNT(DATES); i++)
        if (strlen(DATES[i]) == length && !memcmp(DATES[i], word, length)) return true;
    return strspn(word, "0123456789") >= length;
}

void verdict_words(struct buf *words, const char *text) { add_words(words, text, false); }

void verdict_constant_words(struct buf *words, const char *text) {
    AUTO_BUF all = BUF_INIT(SIZE_MAX / 2);
    add_words(&all, text, true);
    buf_add_char(words, ' ');
    for (const char *word = buf_text(&all) + strspn(buf_text(&all), " "); *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (!changing_word(word, length)) buf_add(words, word, length), buf_add_char(words, ' ');
        word += length;
    }
}

/* -- codes in the text -------------------------------------------------------------------------------------------------- */
/* "4.7.1", "5.7.26" at text, and no more digits or parts behind: an IP address is no code. Its length, 0 = none. */
static size_t code_length(const char *text) {
    size_t at = 1, digits;
    if (*text != '4' && *text != '5') return 0;
    for (int part = 0; part < 2; part++, at += digits) {
        if (text[at++] != '.') return 0;
        digits = strspn(text + at, "0123456789");
        if (!digits || digits > 3) return 0;
    }
    return text[at] == '.' && digit(text[at + 1]) ? 0 : at;
}

static bool policy_code(const char *text) { return code_length(text) && !strncmp(text + 1, ".7.", 3); }

static bool take_code(const char *text, char *enhanced, size_t size) {
    size_t length = code_length(text);
    if (!length || length >= size) return false;
    memcpy(enhanced, text, length);
    enhanced[length] = '\0';
    return true;
}

bool verdict_quotes_policy(const char *text) {
    for (const char *at = text; *at; at++)
        if ((at == text || (!digit(at[-1]) && at[-1] != '.')) && policy_code(at)) return true;
    return false;
}

/* "450 ", "550-" at text: a reply code, not a port (":587 ", ":465 "). */
static bool reply_code(const char *text) {
    bool code = (text[0] == '4' || text[0] == '5') && text[1] && strchr("012357", text[1]) && digit(text[2]);
    return code && (text[3] == ' ' || text[3] == '-');
}

/* How many bytes at text are phrase, in any case and with any spaces between its words; 0 = they are not. */
static size_t phrase_length(const char *text, const char *phrase) {
    size_t length = 0;
    for (; *phrase; phrase++) {
        size_t spaces = strspn(text + length, " ");
        if (*phrase == ' ' ? !spaces : tolower((unsigned char)text[length]) != *phrase) return 0;
        length += *phrase == ' ' ? spaces : 1;
    }
    return length;
}

static const char *behind(const char *text, const char *phrase) {
    for (; *text; text++) {
        size_t length = phrase_length(text, phrase);
        if (length) return text + length;
    }
    return NULL;
}

const char *verdict_quotation(const char *text) {
    for (const char *at = text; *at; at++) {
        bool arrow = *at == '>' && at > text && at[-1] == '-'; /* Exchange Online: « … -> 554 5.7.1 … » */
        if (!strchr(":(\"", *at) && !arrow) continue;
        const char *code = at + 1 + strspn(at + 1, " ");
        if (reply_code(code)) return code;
    }
    static const char *const BEFORE[] = {"undeliverable address", "unverified address", "refused to talk to me",
                                         "callout verification failed"};
    for (size_t i = 0; i < COUNT(BEFORE); i++) {
        const char *at = behind(text, BEFORE[i]);
        if (at) return at;
    }
    return NULL;
}

bool verdict_quoted_code(const char *quotation, char *enhanced, size_t size) {
    return reply_code(quotation) && take_code(quotation + 4 + strspn(quotation + 4, " "), enhanced, size);
}

bool verdict_code_in_text(const char *text, char *enhanced, size_t size) {
    for (const char *at = text; (at = strchr(at, '#')); at++)
        if (take_code(at + 1, enhanced, size)) return true;
    return false;
}

bool verdict_begins_with_address(const char *text) { return angle_length(text) || address_length(text); }
