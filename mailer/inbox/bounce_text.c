/* Reading failure notices written for people. */
#include "mailer/inbox/bounce_text.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"

/* -- recipients ------------------------------------------------------------------------------------------------ */
/* How surely an address in a line is a failed recipient. */
enum rank { RANK_NOT, RANK_MENTIONED, RANK_OF, RANK_LABELLED };

/* What stands right before a failed recipient, and who writes it so ("" = several): the address behind it is the recipient, however
 * many others the notice names. */
static const struct {
    const char *label, *vendor;
} LABELS[] = {{"rcpt to:", "InterScan, m-FILTER, transcripts"},
              {"recipient:", ""},
              {"recipients:", ""},
              {"recipient(s):", "X.400 gateways"},
              {"recipient is:", ""},
              {"recipient address:", "iPlanet, Sun ONE, Oracle Messaging"},
              {"recipients were affected:", "MailMarshal"},
              {"intended recipient:", "USA.net"},
              {"final-recipient: rfc822;", "a report without its structure"},
              {"original-recipient: rfc822;", "a report without its structure"},
              {"recipient: rfc822;", "Barracuda"},
              {"address:", ""},
              {"addresses:", ""},
              {"mail address:", ""},
              {"undeliverable address:", "HotPOP"},
              {"failed address:", "MDaemon"},
              {"addressed to:", "SurfControl"},
              {"addressed,", "LLNL"},
              {"addressee:", "PMDF"},
              {"delivered to:", "Domino, WebShield"},
              {"delivered to", "MMDF"},
              {"deliver to:", ""},
              {"deliver message to:", ""},
              {"message to:", "Barracuda"},
              {"delivery failed:", ""},
              {"failed:", ""},
              {"failed recipient:", ""},
              {"not found:", "CompuServe"},
              {"unknown user:", "IMail"},
              {"unknown host:", "IMail"},
              {"allowed size:", "IMail"},
              {"userid:", "IMail"},
              {"attempts:", "IMail"},
              {"error-for:", "LSMTP"},
              {"errors:", ""},
              {"user:", ""},
              {"dda:smtp=", "X.400 gateways"},
              {"destinataire :", "France"},
              {"destinataire:", "France"},
              {"destinataires :", "France"},
              {"à destination de :", "France"},
              {"adresse :", "France"},
              {"empfänger:", "Germany"},
              {"destinatario:", "Spain, Italy"},
              {"destinatário:", "Portugal, Brazil"}};
static const char *const OF[] = {"to",      "for", "user",         "address", "recipient", "mailbox",
                                 "account", "à",   "destinataire", "an",      "a",         "email",
                                 "utente",  "all'utente", "usuario", "destinatario", "benutzer", "empfänger",  "gebruiker"};
static const char *const AGAINST[] = {"mail from", "from:",      " from",      "from ",         "sender",
                                      "contact",   "support",    "assistance", "help",          "reply",
                                      "http",      "originat",   "by ",        "expanded",      "generated",
                                      "cc:",       "visit",      "mailto",     "postmaster of", "message-id",
                                      "proveniente", "provenant", "envoyé par", "in-reply",  "references", " id:",        "-id:"};

static bool ends_with(const char *text, const char *tail) {
    size_t length = strlen(text), n = strlen(tail);
    return length >= n && !strcmp(text + length - n, tail);
}

/* "To: a@b.test, c@d.test": what stands before a list stands before each of it. */
enum { LIST_MAX = 100 };
static const char *list_start(const char *line, const char *address) {
    static const char BETWEEN[] = " \t<>\"',;";
    for (int before = 0; before < LIST_MAX; before++) {
        const char *at = address;
        bool comma = false;
        while (at > line && strchr(BETWEEN, at[-1])) comma |= at[-1] == ',' || at[-1] == ';', at--;
        const char *stop = at;
        while (at > line && !strchr(BETWEEN, at[-1]) && at[-1] != ':') at--;
        if (!comma || !memchr(at, '@', (size_t)(stop - at))) break;
        address = at;
    }
    return address;
}

/* The words of a line before an address: lower case, without reply codes, brackets and bullets at either end.
 */
static void before_address(struct text_line line, const char *address, char out[160]) {
    struct text_line content = text_line_bare(line);
    address = list_start(content.start, address);
    if (content.start > address) content.start = address;
    size_t n = (size_t)(address - content.start);
    const char *from = content.start;
    if (n > 150) from += n - 150, n = 150;
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        out[used++] = (char)(from[i] >= 'A' && from[i] <= 'Z' ? from[i] + 32 : from[i]);
    while (used && strchr(" \t<[\"'(", out[used - 1])) used--;
    out[used] = '\0';
    size_t skip = 0; /* "550 5.1.1 <a@b>..." begins with the address for our purpose */
    while (out[skip] && strchr("0123456789.#- <", out[skip])) skip++;
    if (!out[skip]) out[0] = '\0';
    if (ends_with(out, "[smtp:")) out[used - 6] = '\0';
    for (used = strlen(out); used && strchr(" \t", out[used - 1]);) out[--used] = '\0';
}

static enum rank rank_of(struct text_line line, const struct found_address *found) {
    char before[160];
    before_address(line, found->start, before);
    for (size_t i = 0; i < COUNT(LABELS); i++)
        if (ends_with(before, LABELS[i].label)) return RANK_LABELLED;
    if (!*before) {
        /* "a@b.c wrote:" begins a quotation, "a@b.c for help" a sentence. */
        const char *after = found->start + found->length, *end = line.start + line.length;
        while (after < end && strchr(">\"' ", *after)) after++;
        return end - after >= 5 && !strncasecmp(after, "wrote", 5) ? RANK_NOT : RANK_LABELLED;
    }
    for (size_t i = 0; i < COUNT(AGAINST); i++)
        if (strstr(before, AGAINST[i])) return RANK_NOT;
    if (ends_with(before, ":")) return RANK_OF;
    for (size_t i = 0; i < COUNT(OF); i++) {
        size_t n = strlen(OF[i]), length = strlen(before);
        if (ends_with(before, OF[i]) && (length == n || before[length - n - 1] == ' ')) return RANK_OF;
    }
    return RANK_MENTIONED;
}

static bool is_own(const struct found_address *found, const char *const own[]) {
    for (size_t i = 0; own[i]; i++)
        if (strlen(own[i]) == found->length && !strncasecmp(own[i], found->start, found->length)) return true;
    return false;
}

static bool is_one_of(const struct found_address *found, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!strncasecmp(found->start, names[i], strlen(names[i]))) return true;
    return false;
}
static bool machine(const struct found_address *found) {
    static const char *const NAMES[] = {"mailer-daemon@", "postmaster@", "support@", "abuse@", "double-bounce@"};
    return is_one_of(found, NAMES, COUNT(NAMES));
}
/* "finger NAME@directory.example": whoever it is. */
static bool placeholder(const struct found_address *found) {
    static const char *const NAMES[] = {"name@", "username@", "yourname@", "your-name@", "firstname.lastname@", "prenom.nom@", "votre-nom@"};
    return is_one_of(found, NAMES, COUNT(NAMES));
}

typedef void each_address(void *ctx, struct text_line line, const struct found_address *found);
static void walk_addresses(const struct notice *notice, each_address *each, void *ctx) {
    const char *at = notice->text, *end = at + notice->length;
    for (struct text_line line; text_line_next(&at, end, &line);) {
        const char *in = line.start, *stop = in + line.length;
        for (struct found_address found; in < stop && (in = address_scan(in, stop, &found), found.start);)
            each(ctx, line, &found);
    }
}

/* Whether one of some words stands before the address, over the end of a line too. */
static bool behind(const char *text, const char *address, const char *const *words, size_t count) {
    const char *stop = address;
    while (stop > text && strchr(" \t\n<:,", stop[-1])) stop--;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(stop - text) >= length && !strncasecmp(stop - length, words[i], length)) return true;
    }
    return false;
}

/* The address written to, where the one that failed is what an alias became: sendmail's and Postfix's "(expanded from <a@b>)",
 * Exim's "(generated from a@b)". */
static bool is_origin(const char *text, const char *address) {
    static const char *const WORDS[] = {"expanded from", "generated from"};
    return behind(text, address, WORDS, COUNT(WORDS));
}

/* "If a@b fails, try c@d": somebody's, not the one that failed. */
static bool is_example(const char *text, const char *address) {
    static const char *const WORDS[] = {" if", " try", " e.g.", " example", " par exemple", " write to", " emailing to", " écrire à"};
    return behind(text, address, WORDS, COUNT(WORDS));
}

struct choosing {
    const struct notice *notice;
    const char *const *own;
    struct findings *findings;
    enum rank best, take;
    bool origins_too, own_too;
};

static enum rank choosing_rank(const struct choosing *choosing, struct text_line line,
                               const struct found_address *found) {
    enum rank rank = rank_of(line, found);
    if (is_own(found, choosing->own) && !choosing->own_too) return RANK_NOT;
    if (rank == RANK_MENTIONED && (machine(found) || placeholder(found))) return RANK_NOT;
    if (is_example(choosing->notice->text, found->start)) return RANK_NOT;
    if (is_origin(choosing->notice->text, found->start)) return choosing->origins_too ? RANK_OF : RANK_NOT;
    return rank;
}
static void find_best(void *ctx, struct text_line line, const struct found_address *found) {
    struct choosing *choosing = ctx;
    enum rank rank = choosing_rank(choosing, line, found);
    if (rank > choosing->best) choosing->best = rank;
}
static void take_best(void *ctx, struct text_line line, const struct found_address *found) {
    struct choosing *choosing = ctx;
    if (choosing_rank(choosing, line, found) == choosing->best)
        findings_add(choosing->findings, found->start, found->length);
}

static struct failed *find(struct findings *findings, const struct found_address *found) {
    for (size_t i = 0; i < findings->count; i++)
        if (strlen(findings->all[i].address) == found->length && !strncasecmp(findings->all[i].address, found->start, found->length))
            return &findings->all[i];
    return NULL;
}

void bounce_origins(const struct notice *notice, struct findings *findings) {
    size_t length = notice->length < NOTICE_MAX ? notice->length : NOTICE_MAX;
    const char *at = notice->text, *end = at + length;
    struct failed *failed = NULL;
    struct found_address found;
    while (at < end && (at = address_scan(at, end, &found), found.start)) {
        if (failed && is_origin(notice->text, found.start) && !find(findings, &found)) findings_rename(failed, found.start, found.length);
        failed = find(findings, &found);
    }
}

static void choose(const struct notice *notice, const char *const own[], struct findings *findings) {
    struct choosing choosing = {.notice = notice, .own = own, .findings = findings};
    walk_addresses(notice, find_best, &choosing);
    if (choosing.best == RANK_NOT) {
        choosing.origins_too = true; /* what failed is a program or a file */
        walk_addresses(notice, find_best, &choosing);
    }
    if (choosing.best == RANK_NOT) {
        choosing.own_too = true; /* a notice about mail we sent to ourselves */
        walk_addresses(notice, find_best, &choosing);
        if (choosing.best < RANK_LABELLED) return;
    }
    walk_addresses(notice, take_best, &choosing);
    /* Addresses merely mentioned are the recipient when there is one of them, and anybody when there are
     * more. */
    if (choosing.best == RANK_MENTIONED && findings->count > 1) findings->count = 0;
}

/* -- what is said of each -------------------------------------------------------------------------------------- */
static struct failed *mentioned(struct findings *findings, struct text_line line, struct failed *current) {
    const char *in = line.start, *stop = in + line.length;
    for (struct found_address found; in < stop && (in = address_scan(in, stop, &found), found.start);) {
        struct failed *failed = find(findings, &found);
        if (failed) return failed;
    }
    return current;
}

/* The sentence worth keeping: from the first line with a code on, else from the start. */
static void keep_diagnostic(struct failed *failed, const char *text) {
    const char *from = text;
    char status[STATUS_TEXT];
    for (const char *line = text; *line;) {
        const char *stop = strchr(line, '\n');
        char copy[400];
        snprintf(copy, sizeof copy, "%.*s", (int)(stop ? stop - line : (long)strlen(line)), line);
        if (reply_class(copy) || status_find(copy, false, status)) {
            from = line;
            break;
        }
        if (!stop) break;
        line = stop + 1;
    }
    AUTO_BUF printable = BUF_INIT(DIAGNOSTIC_TEXT - 1);
    AUTO_BUF valid = BUF_INIT(4 * DIAGNOSTIC_TEXT);
    text_printable(&printable, from, strnlen(from, 2 * DIAGNOSTIC_TEXT));
    utf8_repair(&valid, buf_text(&printable), printable.length);
    buf_cut(&valid, DIAGNOSTIC_TEXT - 1);
    while (valid.length && !utf8_valid(valid.bytes, valid.length)) buf_cut(&valid, valid.length - 1);
    snprintf(failed->diagnostic, sizeof failed->diagnostic, "%s", buf_text(&valid));
}

static void judge(struct failed *failed, const char *text, bool delayed) {
    AUTO_BUF words = BUF_INIT(NOTICE_MAX);
    words_of(&words, text, strlen(text));
    if (!*failed->status) status_find(text, false, failed->status);
    if (failed->action == ACTION_NONE) failed->action = delayed ? ACTION_DELAYED : ACTION_FAILED;
    if (!*failed->status && failed->action == ACTION_FAILED && reply_class(text) == 4)
        failed->action = ACTION_DELAYED;
    struct said said;
    said_open(&said, buf_text(&words));
    reason_judge(failed, &said, REFUSED_SOMEWHERE);
    if (failed->action == ACTION_DELAYED || *failed->status == '4') failed->dead = false;
    if (!*failed->diagnostic) keep_diagnostic(failed, text);
}

/* Whether lines say why: a code, or words that mean something. */
static bool tells_why(const struct buf *lines) {
    char status[STATUS_TEXT];
    AUTO_BUF words = BUF_INIT(NOTICE_MAX);
    struct said said;
    words_of(&words, buf_text(lines), lines->length);
    said_open(&said, buf_text(&words));
    return status_find(buf_text(lines), false, status) || *reason_of_words(&said);
}

/* Whether more letters stand in lines than so many. */
enum { TOLD_MIN = 12 };
static bool text_says(const struct buf *lines, size_t letters) {
    for (size_t i = 0; i < lines->length; i++)
        if ((unsigned char)lines->bytes[i] > ' ' && !letters--) return true;
    return false;
}

void bounce_read(const struct notice *notice, const char *const own[], bool delayed,
                 struct findings *findings) {
    struct notice read = *notice;
    if (read.length > NOTICE_MAX) read.length = NOTICE_MAX;
    if (!findings->count) choose(&read, own, findings);
    AUTO_BUF whole = BUF_INIT(NOTICE_MAX);
    buf_add(&whole, read.text, read.length);
    for (size_t i = 0; i < findings->count; i++) {
        struct failed *failed = &findings->all[i], *current = NULL;
        AUTO_BUF own_lines = BUF_INIT(NOTICE_MAX), heading = BUF_INIT(NOTICE_MAX);
        const char *at = read.text, *end = at + read.length;
        for (struct text_line line; findings->count > 1 && text_line_next(&at, end, &line);) {
            current = mentioned(findings, line, current);
            if (current && current != failed) continue;
            struct buf *to = current ? &own_lines : &heading;
            buf_add(to, line.start, line.length);
            buf_add_char(to, '\n');
        }
        /* What is said of it in words we do not know is not what is said of the others. */
        bool why = tells_why(&own_lines), told = why || text_says(&own_lines, strlen(failed->address) + TOLD_MIN);
        if (told && !why) buf_add(&own_lines, heading.bytes, heading.length);
        judge(failed, buf_text(told ? &own_lines : &whole), delayed);
    }
}

/* "mykewl" below "could not be delivered to the following recipients:" (AOL, bulletin boards): the author's own users. */
void bounce_local_parts(const struct notice *notice, const char *domain, struct findings *findings) {
    static const char *const HEADINGS[] = {"recipient", "following address", "following user"};
    const char *at = notice->text, *end = at + (notice->length < NOTICE_MAX ? notice->length : NOTICE_MAX);
    bool listed = false;
    for (struct text_line line; text_line_next(&at, end, &line);) {
        struct text_line content = text_line_bare(line);
        if (!content.length) continue;
        AUTO_BUF words = BUF_INIT(4096);
        struct said said;
        words_of(&words, content.start, content.length < 1000 ? content.length : 1000);
        said_open(&said, buf_text(&words));
        size_t word = strcspn(said.words, " :;,/@<>()");
        if (listed && word == said.length && word > 1 && word < 65) {
            char address[ADDRESS_TEXT];
            int length = snprintf(address, sizeof address, "%s@%s", said.words, domain);
            if (length > 0 && (size_t)length < sizeof address) findings_add(findings, address, (size_t)length);
        } else
            listed = content.start[content.length - 1] == ':' && said_count(&said, HEADINGS, COUNT(HEADINGS), 1);
    }
}
