/* Where a reply ends and the message answered begins: the ways mail programs mark it, in the languages met
 * here. */
#include "mailer/inbox/reply_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { LINES_MAX = 2000, INTRODUCTION_LINES = 4, LINE_WORDS = 400 };
struct row {
    const char *start;
    size_t length;
};
struct rows {
    struct row *all;
    size_t count;
};

/* A line in lower case, decoration off at the start. */
static void low(const struct row *row, char out[LINE_WORDS]) {
    const char *at = row->start;
    size_t n = row->length, used = 0;
    while (n && strchr(" \t>*_|", *at)) at++, n--;
    AUTO_BUF lower = BUF_INIT(LINE_WORDS - 1);
    text_lower(&lower, at, n < LINE_WORDS / 2 ? n : LINE_WORDS / 2);
    for (size_t i = 0; i < lower.length; i++) {
        if ((unsigned char)lower.bytes[i] == 0xC2 && (unsigned char)lower.bytes[i + 1] == 0xA0)
            i++, out[used++] = ' ';
        else
            out[used++] = lower.bytes[i];
    }
    while (used && strchr(" \t*_", out[used - 1])) used--;
    out[used] = '\0';
}

static bool empty(const struct row *row) {
    for (size_t i = 0; i < row->length; i++)
        if (!strchr(" \t", row->start[i])) return false;
    return true;
}
static bool quoted(const struct row *row) {
    size_t i = 0;
    while (i < row->length && strchr(" \t", row->start[i])) i++;
    /* ">:" is the end of an introduction that was wrapped within its address. */
    return i < row->length && i < 4 && row->start[i] == '>' && !(row->length == i + 2 && row->start[i + 1] == ':');
}
static bool starts_any(const char *line, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (text_starts(line, list[i])) return true;
    return false;
}
static bool holds_any(const char *line, const char *const *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strstr(line, list[i])) return true;
    return false;
}
static bool ends_any(const char *line, const char *const *list, size_t count) {
    size_t length = strlen(line);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(list[i]);
        if (length >= n && !strcmp(line + length - n, list[i])) return true;
    }
    return false;
}

/* -- "On Monday, somebody wrote:" ------------------------------------------------------------------------------ */
static const char *const WROTE[] = {
    "wrote",       "writes",   "a écrit",  "a ecrit",   "écrit :",    "écrivait", "schrieb",
    "geschrieben", "escribió", "escribio", "escreveu",  "ha scritto", "scrisse",  "schreef",
    "geschreven",  "пише",    "γραψε",    "tarihinde", "napisał",  "skrev",    "kirjoitti", "написал",    "пишет",
    "a scris",      "napsal",   "írta",     "je napisao", "写道",   "のメール"};
static const char *const WROTE_BEGIN[] = {"on ", "le ",  "am ",   "el ",     "em ", "il ",
                                          "op ", "den ", "dnia ", "w dniu ", "pe ", "at "};

static int digits_in(const char *line) {
    int digits = 0;
    for (const char *c = line; *c; c++) digits += *c >= '0' && *c <= '9';
    return digits;
}
static bool has_date_or_address(const char *line) {
    return digits_in(line) >= 3 || strchr(line, '@');
}

static bool begins_with_date(const char *line) {
    int digits = 0;
    while (line[digits] >= '0' && line[digits] <= '9') digits++;
    return (digits == 4 && strchr("-/.", line[4])) ||
           (digits > 0 && digits <= 2 && strchr("-/.:", line[digits]));
}

/* "On …, A <a@b> wrote:", "A schrieb am 16.08. um 12:52 Uhr:", "2016-10-24 15:36 GMT+02:00 A <a@b>:", "11:00
 * AM, A <a@b>:" */
static bool introduces(const char *joined, const char *last_line) {
    size_t length = strlen(last_line);
    bool colon = length && last_line[length - 1] == ':';
    if (!has_date_or_address(joined)) return false;
    if (colon && holds_any(joined, WROTE, COUNT(WROTE))) return true;
    if (ends_any(joined, WROTE, COUNT(WROTE)) && strchr(joined, '@')) return true;
    /* "Message du 12/12/2016 13:20", as French web mails put it; "…, 3:32 PM +0300 from A <a@b>:" */
    if (text_starts(joined, "message du ") && digits_in(joined) >= 6 && length < 60) return true;
    if (length > 1 && !strcmp(last_line + length - 2, ">:") && digits_in(joined) >= 6 && strchr(joined, '@')) return true;
    /* "2016-03-03 17:21 GMT+01:00 A" */
    if (begins_with_date(joined) && strstr(joined, " gmt") && length < 80) return true;
    return begins_with_date(joined) && strchr(joined, '@') &&
           (colon || (length && last_line[length - 1] == '>'));
}

/* Lines that introduce a quotation, from row i on: how many, 0 = none. */
static size_t introduction(const struct rows *rows, size_t i) {
    char joined[LINE_WORDS * 2] = "", line[LINE_WORDS];
    for (size_t n = 0; n < INTRODUCTION_LINES && i + n < rows->count; n++) {
        /* "<a@b", then "> a écrit :": what looks quoted closes an address. */
        const char *open = strrchr(joined, '<');
        bool in_address = open && !strchr(open, '>');
        if (n && !in_address && quoted(&rows->all[i]) != quoted(&rows->all[i + n])) return 0;
        low(&rows->all[i + n], line);
        if (!*line || strlen(joined) + strlen(line) + 2 > sizeof joined) return 0;
        if (*joined) strcat(joined, " ");
        strcat(joined, line);
        if (introduces(joined, line)) return n + 1;
        bool may_begin = starts_any(joined, WROTE_BEGIN, COUNT(WROTE_BEGIN)) || strchr(joined, '@') ||
                         begins_with_date(joined);
        if (!may_begin) return 0;
    }
    return 0;
}

/* -- "-----Original Message-----", and blocks of headers ------------------------------------------------------- */
static const char *const ORIGINAL[] = {"original message",        "message d'origine",
                                       "message original",        "message transféré",
                                       "forwarded message",       "forwarded by",
                                       "message initial",         "ursprüngliche nachricht",
                                       "originalnachricht",       "mensaje original",
                                       "messaggio originale",     "mensagem original",
                                       "oorspronkelijk bericht",  "original appointment",
                                       "oprindelig meddelelse",   "ursprungligt meddelande",
                                       "reply message",           "original mail",
                                       "begin forwarded message", "mail original",
                                       "reply above this line",   "répondre au-dessus de cette ligne"};
/* "-------- Oprindelig besked --------": a few words between rules, whatever the language. */
static bool framed_words(const char *line, size_t length) {
    size_t lead = strspn(line, "-"), words = 0;
    if (lead < 4 || length < 2 * lead || line[length - 4] != '-' || line[length - 1] != '-') return false;
    for (size_t i = lead; i + 1 < length; i++) words += line[i] == ' ' && line[i + 1] != ' ' && line[i + 1] != '-';
    return words > 0 && words <= 5;
}
static bool original_divider(const struct row *row) {
    char line[LINE_WORDS];
    low(row, line);
    size_t length = strlen(line), dashes = 0;
    for (size_t i = 0; i < length; i++)
        dashes += line[i] == '-' || line[i] == '_' || line[i] == '=' || line[i] == '#';
    if (length > 120) return false;
    if (framed_words(line, length)) return true;
    if (!holds_any(line, ORIGINAL, COUNT(ORIGINAL))) return false;
    return dashes >= 2 || line[length - 1] == ':';
}

static const char *const FROM_NAMES[] = {
    "from:",        "from :",      "de:", "de :", "von:",  "da:",  "van:",
    "expéditeur :", "expéditeur:", "от:", "od:",  "från:", "fra:", "lähettäjä:"};
static const char *const OTHER_NAMES[] = {
    "sent:",       "date:",        "date :",  "to:",        "subject:", "envoyé:",
    "envoyé :",    "envoye :",     "à:",      "à :",        "a :",      "objet:",
    "objet :",     "cc:",          "cc :",    "gesendet:",  "an:",      "betreff:",
    "enviado:",    "para:",        "asunto:", "inviato:",   "oggetto:", "destinataire :",
    "reply-to:",   "sujet :",      "sujet:",  "verzonden:", "aan:",     "onderwerp:",
    "enviado el:", "répondre à :", "datum:",  "a:",         "skickat:", "till:",
    "ämne:",       "sendt:",       "til:",    "emne:"};
static size_t header_block(const struct rows *rows, size_t i) {
    char line[LINE_WORDS];
    size_t names = 0, from = 0, n = 0;
    for (; n < 8 && i + n < rows->count; n++) {
        low(&rows->all[i + n], line);
        bool is_from = starts_any(line, FROM_NAMES, COUNT(FROM_NAMES));
        if (!is_from && !starts_any(line, OTHER_NAMES, COUNT(OTHER_NAMES))) {
            if (!n || !*line || names >= 3) break;
            continue; /* a folded list of recipients */
        }
        names++;
        from += is_from;
    }
    return names >= 3 && from ? n : 0;
}

/* -- signatures ------------------------------------------------------------------------------------------------ */
static const char *const DEVICE[] = {"sent from my",
                                     "sent from ",
                                     "envoyé de mon",
                                     "envoyé depuis",
                                     "envoyé à partir d",
                                     "envoyé avec la messagerie",
                                     "envoyé avec proton",
                                     "envoyé avec mail",
                                     "envoyé via",
                                     "télécharger outlook",
                                     "get outlook for",
                                     "obtenir outlook pour",
                                     "provenance : courrier",
                                     "von meinem",
                                     "gesendet von",
                                     "enviado desde",
                                     "inviato da",
                                     "sent via",
                                     "sent with",
                                     "cet e-mail a été vérifié",
                                     "l'absence de virus dans ce courrier",
                                     "sans virus",
                                     "garanti sans virus",
                                     "\xE1\x90\xA7", /* a tracker's mark */
                                     "ce message a été envoyé depuis"};
/* What a house puts under every mail; the line may be long. */
static const char *const LEGAL[] = {"ce message et toutes les pièces jointes",
                                    "ce message et ses pièces jointes",
                                    "ce message et ses éventuelles pièces jointes",
                                    "ce courriel et ses pièces jointes",
                                    "ce courriel et toutes les pièces jointes",
                                    "ce courrier électronique et ses pièces jointes",
                                    "ce mail et ses pièces jointes",
                                    "ce message est confidentiel",
                                    "ce message est établi à l'intention",
                                    "ce message (et ses pièces",
                                    "le contenu de ce message est confidentiel",
                                    "les informations contenues dans ce message",
                                    "les informations contenues dans ce courriel",
                                    "l'intégrité de ce message n'étant pas assurée",
                                    "avant d'imprimer",
                                    "n'imprimez ce",
                                    "pensez à l'environnement",
                                    "pensez environnement",
                                    "merci de n'imprimer",
                                    "afin de respecter l'environnement",
                                    "adoptez l'éco-attitude",
                                    "this e-mail and any attachments",
                                    "this email and any attachments",
                                    "this email and any files",
                                    "this message and any attachments",
                                    "please consider the environment",
                                    "si vous avez reçu ce message par erreur",
                                    "si vous avez reçu ce courriel par erreur",
                                    "si vous n'êtes pas le destinataire",
                                    "avertissement de confidentialité",
                                    "confidentiality notice"};
/* The same by its shape: what it speaks of, then how. "Ce mail m'est parvenu par erreur" and "conformément au RGPD, supprimez mes
 * données" are a person's. */
static const struct {
    const char *begin, *word;
} SHAPES[] = {{"ce message", "confidentiel"},      {"ce message", "exclusi"},          {"ce message", "pièces jointes)"},  {"ce courriel", "confidentiel"},
              {"ce courriel", "exclusi"},          {"ce mail", "confidentiel"},        {"ce mail", "exclusi"},            {"cet e-mail", "confidentiel"},
              {"cet e-mail", "exclusi"},           {"cet email", "confidentiel"},      {"le présent mes", "confidentiel"}, {"le présent cour", "confidentiel"},
              {"ce courrier él", "confidentiel"},  {"ce courrier él", "exclusi"},      {"vos données", "rgpd"},           {"vos données", "règlement général"},
              {"vos données", "exercer vos"},      {"les informations rec", "rgpd"},   {"les informations rec", "exercer vos"}};
enum { BULLET = 8 }; /* bytes of a drawn tree, or of the letter that draws one in another face, before the words */

static bool legal_notice(const char *line) {
    for (size_t i = 0; i < COUNT(SHAPES); i++)
        if (text_starts(line, SHAPES[i].begin) && strstr(line, SHAPES[i].word) && !strchr(line, '?')) return true;
    for (size_t i = 0; i < COUNT(LEGAL); i++) {
        const char *at = strstr(line, LEGAL[i]);
        if (at && at - line <= BULLET && (at == line || at[-1] == ' ')) return true;
    }
    return false;
}

/* Behind pictures and links: "[cid:logo] ", "<https://...> ". */
static const char *behind_pictures(const char *line) {
    for (;;) {
        line += strspn(line, " \t");
        bool link = text_starts(line, "<http"), picture = text_starts(line, "[cid:") || text_starts(line, "[image") || text_starts(line, "<image");
        const char *close = link || picture ? strchr(line, *line == '<' ? '>' : ']') : NULL;
        if (!close) return line;
        line = close + 1;
    }
}
static bool signature(const struct row *row) {
    char line[LINE_WORDS];
    const char *at = row->start;
    size_t n = row->length;
    while (n && strchr(" \t", at[n - 1])) n--;
    if ((n == 2 && !memcmp(at, "--", 2)) ||
        (n == 3 && (!memcmp(at, "---", 3) || !memcmp(at, "\xE2\x80\x94", 3))))
        return true;
    size_t rule = 0;
    while (rule < n && at[rule] == '_') rule++;
    if (rule >= 5 && rule == n) return true;
    low(row, line);
    for (char *quote; (quote = strstr(line, "\xE2\x80\x99")) != NULL;) { /* ’ */
        *quote = '\'';
        memmove(quote + 1, quote + 3, strlen(quote + 3) + 1);
    }
    const char *words = behind_pictures(line);
    return (strlen(words) < 90 && starts_any(words, DEVICE, COUNT(DEVICE))) || legal_notice(words);
}

/* Nothing but pictures. */
static bool pictures(const struct row *row) {
    char line[LINE_WORDS];
    low(row, line);
    return strchr("[<", *line) && *line && !*behind_pictures(line);
}

/* "59000 VALLON" begins a line, or ends one: "Hôtel de Ville - 59000 VALLON". */
static bool postal_code(const char *line) {
    static const char DIGITS[] = "0123456789";
    size_t length = 0;
    for (const char *at = line; (at = strpbrk(at + length, DIGITS)) != NULL;) {
        length = strspn(at, DIGITS);
        if (length == 5 && (at == line || (at - line > 2 && at[-1] == ' ' && strchr("-,", at[-2]))) && at[5] == ' ' && strlen(at) < 50) return true;
    }
    return false;
}

/* A line of a letterhead: telephone, web site, address, postal code before a town. */
static bool letterhead(const struct row *row) {
    static const char *const MARKS[] = {"tél",      "tel.",     "tel :",    "tel:",   "fax",     "www.",      "http",     "@",
                                        "standard", "portable :", "mobile :", "courriel", "e-mail", "horaires", "ouverture au public"};
    static const char *const PLACES[] = {"mairie de ", "mairie d'", "commune de ", "ville de ", "hôtel de ville", "communauté de communes", "place ", "rue ", "avenue ",
                                         "boulevard ", "route ", "chemin ", "impasse ", "secrétaire de mairie", "secrétariat de mairie"};
    char line[LINE_WORDS];
    low(row, line);
    size_t length = strlen(line), number = strspn(line, "0123456789");
    if (length > 90) return false;
    const char *street = line + number + strspn(line + number, " ,") + (text_starts(line + number, " bis") ? 4 : 0);
    bool place = length < 50 && !strchr("?!.:;", line[length ? length - 1 : 0]) && starts_any(street + strspn(street, " ,"), PLACES, COUNT(PLACES));
    return holds_any(line, MARKS, COUNT(MARKS)) || place || postal_code(line) || digits_in(line) >= 10;
}

/* The town hall's block under an answer, without "-- ": the last paragraph, when half its lines and two at least are of a
 * letterhead. */
static size_t block_of_signature(const struct rows *rows, size_t from, size_t to) {
    while (to > from && empty(&rows->all[to - 1])) to--;
    size_t start = to, marks = 0;
    while (start > from && !empty(&rows->all[start - 1])) marks += letterhead(&rows->all[--start]);
    bool alone = true;
    for (size_t i = from; i < start; i++) alone &= empty(&rows->all[i]) || quoted(&rows->all[i]);
    return !alone && marks >= 2 && marks * 2 >= to - start ? start : to;
}

/* -- the whole
 * ----------------------------------------------------------------------------------------------------------
 */
static void split(struct rows *rows, const char *text, size_t length) {
    const char *end = text + length;
    rows->all = mem_new(LINES_MAX, sizeof *rows->all);
    for (const char *at = text; at < end && rows->count < LINES_MAX;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        rows->all[rows->count++] = (struct row){at, (size_t)(stop - at)};
        at = stop + 1;
    }
}

/* Where the message answered begins at row i: rows of its introduction; 0 = it does not. */
static size_t answered_at(const struct rows *rows, size_t i) {
    size_t n = introduction(rows, i);
    if (!n) n = header_block(rows, i);
    if (!n && original_divider(&rows->all[i])) n = 1;
    return n;
}

/* White space, and rules drawn between an answer and what it answers. */
static void trim_end(struct buf *out, size_t start) {
    for (;;) {
        while (out->length > start && strchr(" \t\n", out->bytes[out->length - 1]))
            buf_cut(out, out->length - 1);
        size_t rule = out->length;
        while (rule > start && strchr("-_=~*#", out->bytes[rule - 1])) rule--;
        size_t line = rule;
        while (line > start && out->bytes[line - 1] != '\n') line--;
        bool alone = out->length - rule >= 4;
        for (size_t i = line; i < rule; i++) alone &= out->bytes[i] == ' ';
        if (!alone || line == start) return;
        buf_cut(out, line);
    }
}

static void add_rows(const struct rows *rows, size_t from, size_t to, bool with_signature, struct buf *out) {
    size_t start = out->length;
    bool blank = true;
    if (!with_signature) to = block_of_signature(rows, from, to);
    for (size_t i = from; i < to; i++) {
        if (quoted(&rows->all[i]) || (!with_signature && pictures(&rows->all[i]))) continue;
        if (!with_signature && !blank && signature(&rows->all[i])) break;
        blank &= empty(&rows->all[i]);
        buf_add(out, rows->all[i].start, rows->all[i].length);
        buf_add_char(out, '\n');
    }
    trim_end(out, start);
    size_t lead = start;
    while (lead < out->length && out->bytes[lead] == '\n') lead++;
    if (lead == start) return;
    memmove(out->bytes + start, out->bytes + lead, out->length - lead + 1);
    out->length -= lead - start;
}

/* A quotation's long line, broken by a program that did not mark the rest of it. */
static bool wrapped_rest(const struct rows *rows, size_t i) {
    enum { LONG_LINE = 60 };
    return i && i + 1 < rows->count && quoted(&rows->all[i - 1]) && rows->all[i - 1].length >= LONG_LINE && quoted(&rows->all[i + 1]);
}

/* Answers between the lines of a quotation that starts at row below and marks them with ">". */
static void add_interleaved(const struct rows *rows, size_t below, bool with_signature, struct buf *out) {
    struct rows own = {mem_new(rows->count + 1, sizeof *own.all), 0};
    while (below < rows->count && empty(&rows->all[below])) below++;
    bool marked = below < rows->count && quoted(&rows->all[below]);
    for (size_t i = below; marked && i < rows->count && !answered_at(rows, i); i++)
        if (!quoted(&rows->all[i]) && !wrapped_rest(rows, i)) own.all[own.count++] = rows->all[i];
    size_t start = out->length;
    AUTO_BUF text = BUF_INIT(out->ceiling);
    add_rows(&own, 0, own.count, with_signature, &text);
    bool only_signature = own.count && text.length == 0;
    size_t first = 0;
    while (first < own.count && empty(&own.all[first])) first++;
    only_signature |= first < own.count && signature(&own.all[first]);
    if (text.length && !only_signature) {
        if (start) buf_add_text(out, "\n\n");
        buf_add(out, text.bytes, text.length);
    }
    free(own.all);
}

static void visible_text(const char *text, size_t length, bool with_signature, struct buf *out) {
    struct rows rows = {0};
    split(&rows, text, length);
    size_t start = out->length, i = 0, skip = 0;
    while (i < rows.count && !(skip = answered_at(&rows, i))) i++;
    add_rows(&rows, 0, i, with_signature, out);
    if (out->length > start && i < rows.count)
        add_interleaved(&rows, i + skip, with_signature, out);
    else if (i < rows.count) {
        /* Nothing above: the answer stands below the quotation. */
        size_t below = i + skip;
        while (below < rows.count && (quoted(&rows.all[below]) || empty(&rows.all[below]))) below++;
        size_t stop = below;
        while (stop < rows.count && !answered_at(&rows, stop)) stop++;
        add_rows(&rows, below, stop, with_signature, out);
    }
    free(rows.all);
    if (out->length > start) return;
    buf_add(out, text, length);
    while (out->length > start && strchr(" \t\n", out->bytes[out->length - 1])) buf_cut(out, out->length - 1);
}

void reply_text(const char *text, size_t length, struct buf *out) {
    visible_text(text, length, false, out);
}
void reply_text_signed(const char *text, size_t length, struct buf *out) {
    visible_text(text, length, true, out);
}
