/* What real servers say and what it means: the table tests/corpus/replies.tsv, what must hold for any reply whatever, and
 * signatures. The properties go over every text of the table, so each new row is tried under all codes and phases too. */
#include "mailer/send/verdict.h"

#include <stdlib.h>

#include "base/text.h"
#include "tests/tap.h"

enum { ROWS_MOST = 1000, COLUMNS = 7, REAL_REPLIES = 140, FILE_BYTES = 1 << 20 };

/* -- the table --------------------------------------------------------------------------------------------------------- */
static struct row {
    const char *vendor, *source, *reply, *why;
    enum smtp_phase phase;
    enum verdict want;
    bool policy;
} ROWS[ROWS_MOST];
static size_t row_count;

static const struct { const char *name; enum smtp_phase phase; } PHASES[] = {
    {"greeting", SMTP_AT_GREETING}, {"ehlo", SMTP_AT_EHLO}, {"mail", SMTP_AT_MAIL}, {"rcpt", SMTP_AT_RCPT}, {"data", SMTP_AT_DATA},
    {"body", SMTP_AT_BODY},         {"dot", SMTP_AT_DOT},   {"rset", SMTP_AT_RSET}, {"quit", SMTP_AT_QUIT}};

static bool phase_named(const char *name, enum smtp_phase *phase) {
    for (size_t i = 0; i < COUNT(PHASES); i++)
        if (!strcmp(PHASES[i].name, name)) return *phase = PHASES[i].phase, true;
    return false;
}

static bool verdict_named(const char *name, enum verdict *verdict) {
    for (int i = VERDICT_SENT; i <= VERDICT_DOUBT; i++)
        if (!strcmp(VERDICT[i], name)) return *verdict = (enum verdict)i, true;
    return false;
}

/* Cuts the line in place; "\n" in a reply ends a line of it. */
static bool read_row(char *line, struct row *row) {
    char *columns[COLUMNS];
    for (int i = 0; i < COLUMNS; i++) {
        if (!(columns[i] = strsep(&line, "\t")) || !*columns[i]) return false;
    }
    *row = (struct row){.vendor = columns[0], .source = columns[1], .reply = columns[3], .why = columns[6],
                        .policy = !strcmp(columns[5], "policy")};
    return !line && (row->policy || !strcmp(columns[5], "-")) && phase_named(columns[2], &row->phase) &&
           verdict_named(columns[4], &row->want);
}

static void read_table(struct buf *text) {
    FILE *file = fopen("tests/corpus/replies.tsv", "r");
    bool read = file && buf_add_file(text, file);
    int bad = 0;
    if (file) fclose(file);
    char *rest = read ? text->bytes : NULL, *line = strsep(&rest, "\n");
    CHECK("the table of replies is there", read && line && text_starts(line, "vendor\tsource\tphase\treply\tverdict\tpolicy\twhy"));
    while (rest && (line = strsep(&rest, "\n")) && *line && row_count < ROWS_MOST) {
        if (read_row(line, &ROWS[row_count])) row_count++;
        else bad++, printf("# bad row behind row %zu\n", row_count + 1);
    }
    CHECK_INT("every row has its columns, a phase and a verdict", bad, 0);
    CHECK("there are replies enough", row_count >= REAL_REPLIES);
}

static bool parse_reply(const char *text, struct smtp_reply *reply) {
    AUTO_BUF wire = BUF_INIT(SMTP_REPLY_BYTES);
    size_t used;
    for (const char *at = text; *at; at++) {
        if (at[0] == '\\' && at[1] == 'n') buf_add_text(&wire, "\r\n"), at++;
        else buf_add_char(&wire, *at);
    }
    buf_add_text(&wire, "\r\n");
    return smtp_reply_parse(buf_text(&wire), wire.length, reply, &used) == SMTP_REPLY_DONE && used == wire.length;
}

static bool result_of(const struct row *row, struct smtp_result *result) {
    *result = (struct smtp_result){.phase = row->phase};
    return parse_reply(row->reply, &result->reply);
}

static void test_table(void) {
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        char label[200];
        snprintf(label, sizeof label, "%s, %s: %.120s", ROWS[i].vendor, SMTP_PHASE[ROWS[i].phase], ROWS[i].reply);
        if (!result_of(&ROWS[i], &result)) CHECK(label, !"a reply");
        enum verdict got = verdict_of(&result);
        bool policy = verdict_is_policy(&result);
        if (!tap_ok(got == ROWS[i].want && policy == ROWS[i].policy, label))
            printf("# got  %s%s\n# want %s%s (%s)\n", VERDICT[got], policy ? ", policy" : "", VERDICT[ROWS[i].want],
                   ROWS[i].policy ? ", policy" : "", ROWS[i].why);
    }
}

/* -- without a reply ---------------------------------------------------------------------------------------------------- */
static const struct { const char *label, *enhanced; enum smtp_phase phase; enum verdict want; } SILENT[] = {
    {"no connection", "", SMTP_AT_GREETING, VERDICT_RELAY},   {"lost at EHLO", "", SMTP_AT_EHLO, VERDICT_RELAY},
    {"lost at MAIL", "", SMTP_AT_MAIL, VERDICT_RETRY},        {"lost at RCPT", "", SMTP_AT_RCPT, VERDICT_RETRY},
    {"lost at DATA", "", SMTP_AT_DATA, VERDICT_RETRY},        {"lost in the body", "", SMTP_AT_BODY, VERDICT_RETRY},
    {"lost behind the dot", "", SMTP_AT_DOT, VERDICT_DOUBT},  {"lost at RSET", "", SMTP_AT_RSET, VERDICT_RETRY},
    /* refused by ourselves before a byte left */
    {"recipient that cannot be written", "5.1.3", SMTP_AT_MAIL, VERDICT_DEAD},
    {"return path that cannot be written", "5.1.7", SMTP_AT_MAIL, VERDICT_RELAY},
    {"SMTPUTF8 needed and not there", "5.6.7", SMTP_AT_MAIL, VERDICT_FAIL},
    {"message not canonical", "5.6.0", SMTP_AT_MAIL, VERDICT_FAIL},
    {"larger than the server takes", "5.3.4", SMTP_AT_MAIL, VERDICT_FAIL},
};

static struct smtp_result made(enum smtp_phase phase, int code, const char *enhanced, const char *text) {
    struct smtp_result result = {.phase = phase, .reply = {.code = code}};
    snprintf(result.reply.enhanced, sizeof result.reply.enhanced, "%s", enhanced);
    snprintf(result.reply.text, sizeof result.reply.text, "%s", text);
    return result;
}

static void test_silent(void) {
    for (size_t i = 0; i < COUNT(SILENT); i++) {
        struct smtp_result result = made(SILENT[i].phase, 0, SILENT[i].enhanced, "");
        CHECK_TEXT(SILENT[i].label, VERDICT[verdict_of(&result)], VERDICT[SILENT[i].want]);
        CHECK("no reply is no policy", !verdict_is_policy(&result));
    }
    struct smtp_result ours = made(SMTP_AT_MAIL, 554, "5.6.0", "gabarit fautif");
    CHECK_TEXT("a message that cannot be made", VERDICT[verdict_of(&ours)], "fail");
}

/* -- what holds for any reply ----------------------------------------------------------------------------------------- */
static bool shown(const struct smtp_result *result, enum verdict got) {
    return printf("# %s at %s: %d %s %s\n", VERDICT[got], SMTP_PHASE[result->phase], result->reply.code, result->reply.enhanced,
                  result->reply.text), false;
}

static bool retried(enum verdict verdict) {
    return verdict == VERDICT_RETRY || verdict == VERDICT_SLOW || verdict == VERDICT_SLOW_DOMAIN || verdict == VERDICT_RELAY;
}

static bool relay_phase(enum smtp_phase phase) {
    return phase == SMTP_AT_GREETING || phase == SMTP_AT_EHLO || phase == SMTP_AT_MAIL || phase == SMTP_AT_RSET || phase == SMTP_AT_QUIT;
}

/* A text under a code and an enhanced code at every phase: what DESIGN promises of addresses. */
static bool holds(int code, const char *enhanced, const char *text) {
    bool good = true;
    for (size_t i = 0; i < COUNT(PHASES); i++) {
        struct smtp_result result = made(PHASES[i].phase, code, enhanced, text);
        enum verdict got = verdict_of(&result);
        bool policy = verdict_is_policy(&result);
        if (code / 100 == 4 && (!retried(got) || policy)) good = shown(&result, got);
        if (text_starts(enhanced, "5.7.") && got == VERDICT_DEAD) good = shown(&result, got);
        bool before_mail = PHASES[i].phase == SMTP_AT_GREETING || PHASES[i].phase == SMTP_AT_EHLO;
        if (before_mail && got != VERDICT_SLOW && got != VERDICT_RELAY) good = shown(&result, got);
        if (relay_phase(PHASES[i].phase) && got == VERDICT_DEAD) good = shown(&result, got);
        if (relay_phase(PHASES[i].phase) && got == VERDICT_FAIL && PHASES[i].phase != SMTP_AT_MAIL) good = shown(&result, got);
        if (got == VERDICT_DOUBT || (got == VERDICT_SENT) != (code / 100 == 2 && PHASES[i].phase == SMTP_AT_DOT)) good = shown(&result, got);
        if (policy && got != VERDICT_FAIL && got != VERDICT_RELAY) good = shown(&result, got);
    }
    return good;
}

static void test_texts_under_all_codes(void) {
    static const int CODES[] = {220, 354, 421, 450, 451, 454, 535, 550, 552, 556};
    static const char *const ENHANCED[] = {"", "4.1.1", "4.7.1", "5.1.0", "5.1.1", "5.1.10", "5.7.0", "5.7.515"};
    int bad = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        if (!result_of(&ROWS[i], &result)) continue;
        for (size_t c = 0; c < COUNT(CODES); c++)
            for (size_t e = 0; e < COUNT(ENHANCED); e++) bad += !holds(CODES[c], ENHANCED[e], result.reply.text);
    }
    CHECK_INT("no text, whatever its codes, breaks a promise", bad, 0);
}

static bool in_the_list(const char *enhanced) {
    static const char *const LIST[] = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"};
    for (size_t i = 0; i < COUNT(LIST); i++)
        if (!strcmp(LIST[i], enhanced)) return true;
    return false;
}

static void test_all_codes(void) {
    int bad = 0, tried = 0;
    for (int subject = 0; subject < 10; subject++)
        for (int detail = 0; detail < 1000; detail += detail < 100 ? 1 : 7)
            for (int code = 550; code < 556; code += 4) {
                char enhanced[32];
                snprintf(enhanced, sizeof enhanced, "5.%d.%d", subject, detail);
                bad += !holds(code, enhanced, "x");
                struct smtp_result result = made(SMTP_AT_RCPT, code, enhanced, "x");
                enum verdict got = verdict_of(&result);
                if ((got == VERDICT_DEAD) != in_the_list(enhanced)) bad++, shown(&result, got);
                tried++;
            }
    CHECK_INT("only the five codes suppress by code", bad, 0);
    printf("# %d codes\n", tried);
}

/* A policy code anywhere in the text, as in what a relay quotes: never dead. */
static void test_quoted_policy(void) {
    int bad = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        if (!result_of(&ROWS[i], &result)) continue;
        AUTO_BUF text = BUF_INIT(4 * SMTP_REPLY_TEXT);
        buf_add_format(&text, "%s (550 5.7.1)", result.reply.text);
        if (text.length >= SMTP_REPLY_TEXT) continue;
        struct smtp_result quoting = made(SMTP_AT_RCPT, 550, "5.1.1", buf_text(&text));
        if (verdict_of(&quoting) == VERDICT_DEAD) bad++, shown(&quoting, VERDICT_DEAD);
    }
    struct smtp_result address = made(SMTP_AT_RCPT, 550, "5.1.1", "user unknown, says 5.7.1.2");
    CHECK_INT("a quoted 5.7.x spares the address", bad, 0);
    CHECK_TEXT("an IP address is no code", VERDICT[verdict_of(&address)], "dead");
}

/* 5.1.7 and 5.1.8 are the sender's at RCPT, whatever stands beside them. */
static void test_sender_codes(void) {
    int bad = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        if (!result_of(&ROWS[i], &result)) continue;
        for (int of = 7; of <= 8; of++) {
            struct smtp_result sender = made(SMTP_AT_RCPT, 550, of == 7 ? "5.1.7" : "5.1.8", result.reply.text);
            enum verdict got = verdict_of(&sender); /* but for "too many connections", which slows and never fails */
            if (got != VERDICT_RELAY && got != VERDICT_SLOW_DOMAIN) bad++, shown(&sender, got);
        }
    }
    CHECK_INT("codes of the sender pause, whatever the words", bad, 0);
}

/* What another server said before RCPT was said of the relay; of the recipient's mailbox, at most, under 4yz. */
static void test_quotations(void) {
    int bad = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        if (!result_of(&ROWS[i], &result)) continue;
        static const struct { const char *before, *behind; } FORMS[] = {
            {"said: 450 ", " (in reply to RCPT TO command)"},
            {"said: 550 ", " (in reply to MAIL FROM command)"},
            {"said: 550 ", " (in reply to DATA command)"},
            {"said: 550 5.2.1 ", " (in reply to RCPT TO command)"},
            {"said: 550 5.4.4 ", ""}};
        for (size_t f = 0; f < COUNT(FORMS); f++) {
            AUTO_BUF text = BUF_INIT(4 * SMTP_REPLY_TEXT);
            buf_add_text(&text, "<x@a.test>: Recipient address rejected: undeliverable address: host mx.a.test[192.0.2.1] ");
            buf_add_format(&text, "%s%s%s", FORMS[f].before, result.reply.text, FORMS[f].behind);
            if (text.length >= SMTP_REPLY_TEXT) continue;
            struct smtp_result quoting = made(SMTP_AT_RCPT, 550, "5.1.1", buf_text(&text));
            enum verdict got = verdict_of(&quoting);
            bool ours = got == VERDICT_RELAY || got == VERDICT_SLOW;
            if (got == VERDICT_DEAD || ours) bad++, shown(&quoting, got);
        }
    }
    CHECK_INT("what is quoted of the relay kills no address and pauses nobody", bad, 0);
}

/* -- one thing said in many ways ----------------------------------------------------------------------------------------- */
static const char *const MISSING[][2] = {
    {"Destinataire", "inconnu"}, {"L'utilisateur", "inexistant"}, {"Cet usager", "n'existe pas"}, {"Compte", "introuvable"},
    {"Adresse", "inconnue"}, {"Cette adresse e-mail", "n'existe plus"}, {"L'adresse électronique", "introuvable"},
    {"Boîte aux lettres", "inexistante"}, {"La boite mail", "non trouvée"}, {"Le compte de messagerie", "est inconnu"},
    {"User", "not found"}, {"The recipient", "is unknown"}, {"This address", "does not exist"},
    {"Email address", "could not be found"}, {"Mailbox", "doesn't exist"}, {"The account", "no longer exists"}};

/* Every subject with every word of its language. */
static void test_missing(void) {
    enum { FRENCH = 10 };
    int bad = 0;
    for (size_t subject = 0; subject < COUNT(MISSING); subject++)
        for (size_t word = 0; word < COUNT(MISSING); word++) {
            if ((subject < FRENCH) != (word < FRENCH)) continue;
            static const struct { const char *before, *between, *behind; enum verdict want; } FORMS[] = {
                {"", " ", "", VERDICT_DEAD}, {"", " <x@a.test> ", "", VERDICT_DEAD}, {"<x@a.test>: ", " ", " ici", VERDICT_DEAD},
                {"Sender: ", " ", "", VERDICT_FAIL}, {"", " IP ", "", VERDICT_FAIL}, {"", " du domaine expéditeur ", "", VERDICT_FAIL},
                {"", " ", " (spam)", VERDICT_FAIL}, {"", " ", ", quota", VERDICT_FAIL}};
            for (size_t f = 0; f < COUNT(FORMS); f++) {
                char text[200];
                snprintf(text, sizeof text, "%s%s%s%s%s", FORMS[f].before, MISSING[subject][0], FORMS[f].between,
                         MISSING[word][1], FORMS[f].behind);
                struct smtp_result result = made(SMTP_AT_RCPT, 550, "", text);
                if (verdict_of(&result) != FORMS[f].want) bad++, shown(&result, verdict_of(&result));
            }
        }
    CHECK_INT("every way to say that nobody is there, and nothing else, suppresses", bad, 0);
}

/* At the greeting, at RCPT, of a mailbox and quoted; 4yz and 5yz. */
static void test_connections(void) {
    static const char *const LIMITS[] = {
        "Too many connections", "Maximum connections exceeded", "Connections limit exceeded", "Max connections reached",
        "Nombre maximal de connexions atteint", "concurrency limit reached", "Too many concurrent SMTP sessions",
        "Maximum number of open connections reached"};
    static const char QUOTING[] = "<x@a.test>: Recipient address rejected: unverified address: host mx.a.test refused to talk to me: 421 ";
    static const struct { enum smtp_phase phase; const char *enhanced; bool quoted; enum verdict want; } CASES[] = {
        {SMTP_AT_GREETING, "", false, VERDICT_SLOW},    {SMTP_AT_EHLO, ".2.1", false, VERDICT_SLOW}, {SMTP_AT_MAIL, "", false, VERDICT_SLOW},
        {SMTP_AT_RCPT, "", false, VERDICT_SLOW},        {SMTP_AT_DOT, ".7.1", false, VERDICT_SLOW},  {SMTP_AT_RCPT, ".2.1", false, VERDICT_SLOW_DOMAIN},
        {SMTP_AT_RCPT, ".1.1", true, VERDICT_SLOW_DOMAIN}};
    int bad = 0;
    for (size_t i = 0; i < COUNT(LIMITS); i++)
        for (size_t c = 0; c < 2 * COUNT(CASES); c++) {
            char text[300], enhanced[8] = "";
            int code = c % 2 ? 450 : 550;
            snprintf(text, sizeof text, "%s%s", CASES[c / 2].quoted ? QUOTING : "", LIMITS[i]);
            if (*CASES[c / 2].enhanced) snprintf(enhanced, sizeof enhanced, "%d%s", code / 100, CASES[c / 2].enhanced);
            struct smtp_result result = made(CASES[c / 2].phase, code, enhanced, text);
            if (verdict_of(&result) != CASES[c / 2].want) bad++, shown(&result, verdict_of(&result));
        }
    CHECK_INT("too many connections slows the relay, or the domain where it is a recipient's server that says so", bad, 0);
}

/* MAIL fails a message for its size or form only, and never for what it says of the sender. */
static void test_mail(void) {
    int bad = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        if (!result_of(&ROWS[i], &result) || result.reply.code / 100 != 5) continue;
        if (strcasestr(result.reply.text, "size") || strcasestr(result.reply.text, " large") || strcasestr(result.reply.text, "too big") ||
            result.reply.code == 552 || !strncmp(result.reply.enhanced, "5.6.", 4) || !strcmp(result.reply.enhanced, "5.2.3"))
            continue;
        result.phase = SMTP_AT_MAIL;
        enum verdict got = verdict_of(&result);
        if (got != VERDICT_RELAY && got != VERDICT_SLOW) bad++, shown(&result, got);
    }
    CHECK_INT("what refuses MAIL refuses us", bad, 0);
}

static void test_doubt(void) {
    int bad = 0;
    for (size_t i = 0; i < COUNT(PHASES); i++)
        for (int code = 0; code < 600; code++) {
            if (code && code < 200) continue;
            struct smtp_result result = made(PHASES[i].phase, code, "", "");
            bool dot = PHASES[i].phase == SMTP_AT_DOT, doubt = verdict_of(&result) == VERDICT_DOUBT;
            bad += doubt != (dot && !code);
            bad += (verdict_of(&result) == VERDICT_SENT) != (dot && code / 100 == 2);
        }
    CHECK_INT("in doubt: without a reply to the dot, and only then; sent: 2yz to the dot, and only then", bad, 0);
}

/* -- the same reply written otherwise ------------------------------------------------------------------------------------ */
static uint64_t state = 0x9E3779B97F4A7C15u;
static uint32_t chance(uint32_t below) { /* xorshift64*: the same on every machine */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

enum how { OTHER_CASE, MORE_SPACES, OTHER_FOLDING, HOWS };

/* On the wire, from the parsed reply: case of ASCII letters, runs of spaces, lines broken at spaces (each line with the
 * code, and the enhanced code or not). */
static bool rewritten(const struct smtp_result *from, enum how how, struct smtp_result *to) {
    AUTO_BUF wire = BUF_INIT(SMTP_REPLY_BYTES);
    const struct smtp_reply *reply = &from->reply;
    size_t used, last = 0;
    buf_add_format(&wire, "%d %s%s", reply->code, reply->enhanced, *reply->enhanced ? " " : "");
    for (const char *at = reply->text; *at; at++) {
        char c = *at;
        if (how == OTHER_CASE && chance(2) && c >= 'a' && c <= 'z') c = (char)(c - 32);
        else if (how == OTHER_CASE && chance(2) && c >= 'A' && c <= 'Z') c = (char)(c + 32);
        buf_add_char(&wire, c);
        if (c != ' ') continue;
        if (how == MORE_SPACES) buf_add_text(&wire, chance(2) ? "  " : "");
        if (how != OTHER_FOLDING || !chance(3) || (at[1] >= '0' && at[1] <= '9')) continue; /* a code there would be the line's */
        wire.bytes[last + 3] = '-';
        buf_add_text(&wire, "\r\n");
        last = wire.length;
        buf_add_format(&wire, "%d %s%s", reply->code, chance(2) ? reply->enhanced : "", *reply->enhanced ? " " : "");
    }
    buf_add_text(&wire, "\r\n");
    to->phase = from->phase;
    return smtp_reply_parse(buf_text(&wire), wire.length, &to->reply, &used) == SMTP_REPLY_DONE;
}

static void test_rewritten(void) {
    enum { TIMES = 8 };
    int bad = 0, signatures = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result, other;
        char before[VERDICT_SIGNATURE], after[VERDICT_SIGNATURE];
        if (!result_of(&ROWS[i], &result) || result.reply.code / 100 < 4) continue;
        for (int times = 0; times < TIMES * HOWS; times++) {
            if (!rewritten(&result, (enum how)(times % HOWS), &other)) {
                bad++;
                continue;
            }
            enum verdict got = verdict_of(&other);
            if (got != ROWS[i].want || verdict_is_policy(&other) != ROWS[i].policy) bad++, shown(&other, got);
            verdict_signature(&result, before), verdict_signature(&other, after);
            /* An id is known by its capitals: other letters make another one. */
            if (times % HOWS != OTHER_CASE && strcmp(before, after)) signatures++, printf("# «%s»\n# «%s»\n", before, after);
        }
    }
    CHECK_INT("case, spaces and folding change no verdict", bad, 0);
    CHECK_INT("spaces and folding change no signature", signatures, 0);
}

/* -- hostile texts --------------------------------------------------------------------------------------------------------- */
static void test_mutations(void) {
    enum { TIMES = 25 };
    static const char *const PIECES[] = {"<", ">", "@", "[", "]", "http://", "https://x/?", " ", "5.7.1", "5.1.1", "\xc3\xa9", "\xff",
                                         "user unknown", "spam", "#", "A"};
    int bad = 0, tried = 0;
    for (size_t i = 0; i < row_count; i++) {
        struct smtp_result result;
        if (!result_of(&ROWS[i], &result)) continue;
        for (int times = 0; times < TIMES; times++, tried++) {
            AUTO_BUF text = BUF_INIT(4 * SMTP_REPLY_TEXT);
            size_t length = strlen(result.reply.text), at = chance((uint32_t)length + 1), cut = chance(12);
            buf_add(&text, result.reply.text, at);
            for (uint32_t more = chance(3); more; more--) buf_add_text(&text, PIECES[chance(COUNT(PIECES))]);
            if (at + cut < length) buf_add_text(&text, result.reply.text + at + cut);
            if (!chance(40)) while (text.length < SMTP_REPLY_TEXT) buf_add_text(&text, PIECES[chance(COUNT(PIECES))]);
            char signature[VERDICT_SIGNATURE];
            struct smtp_result mutant = made(SMTP_AT_RCPT, result.reply.code, result.reply.enhanced, buf_text(&text));
            memset(signature, 'x', sizeof signature);
            verdict_signature(&mutant, signature);
            bad += !memchr(signature, '\0', sizeof signature) || !text_ascii(signature, strlen(signature));
            bad += !holds(chance(2) ? 450 : 550, chance(2) ? "5.7.1" : "", mutant.reply.text);
        }
    }
    CHECK_INT("mutated texts break no promise, signatures stay in their bound", bad, 0);
    printf("# %d mutated texts\n", tried);
}

/* -- signatures ---------------------------------------------------------------------------------------------------------- */
static const struct { const char *label, *a, *b; bool same; } PAIRS[] = {
    {"other recipient", "550 5.7.1 <a@x.test>: Recipient address rejected: Access denied", "550 5.7.1 <b@y.test>: Recipient address rejected: Access denied", true},
    {"recipient without brackets", "550 5.7.1 mail for a@x.test refused", "550 5.7.1 mail for bob.o'neil@y.test refused", true},
    {"other client address and URL", "554 5.7.1 Client host [192.0.2.1] blocked; https://b.test/query?ip=192.0.2.1&h=ab", "554 5.7.1 Client host [2001:db8::1] blocked; https://b.test/query?ip=2001:db8::1&h=cd", true},
    {"path of a URL", "550 5.7.1 blocked, see http://b.test/a/x1y2", "550 5.7.1 blocked, see http://b.test/c/z3", true},
    {"Gmail's ids", "550-5.7.26 Unauthenticated email is not accepted. Learn more\\n550 5.7.26 at https://s.test/mail/?p=U a1-20020a05 - gsmtp", "550-5.7.26 Unauthenticated email is not accepted. Learn more\\n550 5.7.26 at https://s.test/mail/?p=U 41be03b00d2f7-cc4c6si.335 - gsmtp", true},
    {"Exchange's host, time and id", "550 5.7.509 Access denied, sending domain [A.TEST] fails. [TY1P286MB3121.JPNP286.PROD.OUTLOOK.COM 2024-06-24T08:58:06.389Z 08DC93087F48F48A]", "550 5.7.509 Access denied, sending domain [A.TEST] fails. [DB8PR06CA0025.eurprd06.prod.outlook.com 2025-01-02T01:02:03.004Z 08DC953DDFEF8CDC]", true},
    {"Orange's server and connection", "421 4.1.1 BXpE Service refuse. OFR005_411 [411]", "421 4.1.1 mwinf5c77 Service refuse. OFR005_411 [411]", true},
    {"host in brackets", "550 5.7.1 refused by [mx-a.out.test]", "550 5.7.1 refused by [mx-b.out.test]", true},
    {"numbers", "554 5.7.1 Spam score (12.878) too high", "554 5.7.1 Spam score (9.1) too high", true},
    {"queue ids", "554 5.7.0 Reject, id=20025-09 - SPAM", "554 5.7.0 Reject, id=77-1 - SPAM", true},
    {"capital letters only", "550 5.7.1 refused GLXTWVLGZHZNHVXY", "550 5.7.1 refused NGXYLYQZKTBQWERT", true},
    {"case and punctuation", "550 5.7.1 Blocked: see us", "550 5.7.1 blocked, see us.", true},
    {"other words", "550 5.7.1 blocked by reputation", "550 5.7.1 blocked by content", false},
    {"other enhanced code", "550 5.7.1 refused", "550 5.7.26 refused", false},
    {"other reply code", "550 5.7.1 refused", "554 5.7.1 refused", false},
    {"other block list", "554 5.7.1 blocked using zen.spamhaus.org", "554 5.7.1 blocked using bl.spamcop.net", false},
    {"other host of a URL", "554 5.7.1 blocked, see http://b.test/1", "554 5.7.1 blocked, see http://c.test/1", false},
    {"nothing said", "550", "550 ", true},
    {"other front end", "550 5.7.1 Message rejected by mx-paris.relais.test: policy", "550 5.7.1 Message rejected by mx-lyon.relais.test: policy", true},
    {"front end in front", "554 5.7.1 mx_a.relais.test: content rejected", "554 5.7.1 mx_b.relais.test: content rejected", true},
    {"other recipient's domain", "550 5.7.1 Mail for aville.example blocked by policy", "550 5.7.1 Mail for saint-b-sur-mer.example blocked by policy", true},
    {"domain in other letters", "550 5.7.1 policy: domain Brest.Example refused", "550 5.7.1 policy: domain évry.example refused", true},
    {"domain behind a sign", "550 5.7.1 policy (domain=aville.example)", "550 5.7.1 policy (domain=bville.example)", true},
    {"domain behind an apostrophe", "550 5.7.1 courrier d'aville.example refusé", "550 5.7.1 courrier d'bville.example refusé", true},
    {"weekday and month", "550 5.7.1 Rejected Mon Dec 15 10:00:00 CET by policy", "550 5.7.1 Rejected Tue Jan 6 09:00:00 CEST by policy", true},
    {"jour et mois", "550 5.7.1 refusé lundi 15 décembre", "550 5.7.1 refusé mardi 6 février", true},
    {"ids of letters", "550 5.7.1 blocked spam id=qwertyuiop", "550 5.7.1 blocked spam id=GhJkLmNo", true},
    {"references of letters", "550 5.7.1 Blocked (ref abcdef) spam", "550 5.7.1 Blocked (ref QX7F-abc) spam", true},
    {"other policy for a domain", "550 5.7.1 Mail for aville.example blocked by content policy", "550 5.7.1 Mail for aville.example blocked by sender policy", false},
    {"other block list with a digit", "554 5.7.1 blocked using dnsbl-1.uceprotect.net", "554 5.7.1 blocked using ix.dnsbl.manitu.net", false},
    {"other block list behind using", "554 5.7.1 blocked using a.truncate.net", "554 5.7.1 blocked using b.gbudb.net", false},
    {"listed elsewhere", "554 5.7.1 mx-a.test: listed in zen.spamhaus.org", "554 5.7.1 mx-b.test: listed in bl.spamcop.net", false},
    {"other reference's host", "550 5.7.1 blocked, ref http://b.test/1", "550 5.7.1 blocked, ref http://c.test/1", false},
    {"other room of Exchange", "550 5.7.1 RESOLVER.RST; refused", "550 5.7.1 STOREDRV.Deliver; refused", false},
};

static void test_signatures(void) {
    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        struct smtp_result a = {.phase = SMTP_AT_RCPT}, b = {.phase = SMTP_AT_DOT};
        char one[VERDICT_SIGNATURE], two[VERDICT_SIGNATURE];
        bool parsed = parse_reply(PAIRS[i].a, &a.reply) && parse_reply(PAIRS[i].b, &b.reply);
        verdict_signature(&a, one), verdict_signature(&b, two);
        if (!tap_ok(parsed && !strcmp(one, two) == PAIRS[i].same, PAIRS[i].label)) printf("# «%s»\n# «%s»\n", one, two);
    }
}

int main(void) {
    AUTO_BUF table = BUF_INIT(FILE_BYTES);
    read_table(&table);
    test_table();
    test_silent();
    test_texts_under_all_codes();
    test_all_codes();
    test_quoted_policy();
    test_sender_codes();
    test_quotations();
    test_missing();
    test_connections();
    test_mail();
    test_doubt();
    test_rewritten();
    test_mutations();
    test_signatures();
    return tap_end();
}
