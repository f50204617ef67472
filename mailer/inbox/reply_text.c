/* Where a reply ends and the message answered begins: the ways mail programs mark it, in the languages met
 * here. */
#include "mailer/inbox/reply_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/reply_signature.h"

enum { LINES_MAX = 2000, INTRODUCTION_LINES = 4 };

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

/* In any language: a date, an address, a colon, right above a quotation. */
static bool is_shaped(const char *joined, const char *last_line) {
    size_t length = strlen(last_line);
    return length && last_line[length - 1] == ':' && strchr(joined, '@') && digits_in(joined) >= 3;
}
static bool begins_quotation(const struct rows *rows, size_t i) {
    while (i < rows->count && row_empty(&rows->all[i])) i++;
    return i < rows->count && row_quoted(&rows->all[i]);
}

/* Lines that introduce a quotation, from row i on: how many, 0 = none. */
static size_t introduction(const struct rows *rows, size_t i) {
    char joined[ROW_WORDS * 2] = "", line[ROW_WORDS];
    for (size_t n = 0; n < INTRODUCTION_LINES && i + n < rows->count; n++) {
        /* "<a@b", then "> a écrit :": what looks quoted closes an address. */
        const char *open = strrchr(joined, '<');
        bool in_address = open && !strchr(open, '>');
        if (n && !in_address && row_quoted(&rows->all[i]) != row_quoted(&rows->all[i + n])) return 0;
        row_low(&rows->all[i + n], line);
        if (!*line || strlen(joined) + strlen(line) + 2 > sizeof joined) return 0;
        if (*joined) strcat(joined, " ");
        strcat(joined, line);
        if (introduces(joined, line) || (is_shaped(joined, line) && begins_quotation(rows, i + n + 1))) return n + 1;
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
    char line[ROW_WORDS];
    row_low(row, line);
    size_t length = strlen(line), dashes = 0;
    for (size_t i = 0; i < length; i++)
        dashes += line[i] == '-' || line[i] == '_' || line[i] == '=' || line[i] == '#';
    if (length > 120) return false;
    if (framed_words(line, length)) return true;
    if (!holds_any(line, ORIGINAL, COUNT(ORIGINAL))) return false;
    return dashes >= 2 || line[length - 1] == ':';
}

static const char *const FROM_NAMES[] = {
    "from:", "from :", "de:", "de :", "von:", "da:", "van:", "expéditeur :", "expéditeur:", "от:", "od:", "från:", "fra:", "lähettäjä:",
    "差出人:", "发件人:", "寄件者:", "보낸 사람:", "보낸사람:", "kimden:", "feladó:", "de la:", "van :", "από:", "מאת:", "من:", "від:"};
static const char *const OTHER_NAMES[] = {
    "sent:", "date:", "date :", "to:", "subject:", "envoyé:", "envoyé :", "envoye :", "à:", "à :", "a :", "objet:", "objet :", "cc:",
    "cc :", "gesendet:", "an:", "betreff:", "enviado:", "para:", "asunto:", "inviato:", "oggetto:", "destinataire :", "reply-to:",
    "sujet :", "sujet:", "verzonden:", "aan:", "onderwerp:", "enviado el:", "répondre à :", "datum:", "a:", "skickat:", "till:", "ämne:",
    "sendt:", "til:", "emne:", "enviada em:", "enviada:", "enviado em:", "data:", "assunto:", "wysłano:", "do:", "temat:", "отправлено:",
    "кому:", "тема:", "дата:", "надіслано:", "lähetetty:", "vastaanottaja:", "aihe:", "odesláno:", "komu:", "předmět:", "送信日時:", "宛先:",
    "件名:", "日付:", "发送时间:", "收件人:", "主题:", "日期:", "寄件日期:", "收件者:", "主旨:", "보낸 날짜:", "받는 사람:", "받는사람:", "제목:", "날짜:", "gönderildi:",
    "kime:", "konu:", "tarih:", "elküldve:", "címzett:", "tárgy:", "dátum:", "trimis:", "către:", "subiect:", "στάλθηκε:", "προς:",
    "θέμα:", "תאריך:", "אל:", "נושא:", "التاريخ:", "إلى:", "الموضوع:", "gửi:", "đến:", "chủ đề:"};
static size_t header_block(const struct rows *rows, size_t i) {
    char line[ROW_WORDS];
    size_t names = 0, from = 0, n = 0;
    for (; n < 8 && i + n < rows->count; n++) {
        row_low(&rows->all[i + n], line);
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
    if (!with_signature) to = letterhead_at(rows, from, to);
    for (size_t i = from; i < to; i++) {
        if (row_quoted(&rows->all[i]) || (!with_signature && is_pictures(&rows->all[i]))) continue;
        if (!with_signature && !blank && is_signature(&rows->all[i])) break;
        blank &= row_empty(&rows->all[i]);
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
    return i && i + 1 < rows->count && row_quoted(&rows->all[i - 1]) && rows->all[i - 1].length >= LONG_LINE && row_quoted(&rows->all[i + 1]);
}

/* Answers between the lines of a quotation that starts at row below and marks them with ">". */
static void add_interleaved(const struct rows *rows, size_t below, bool with_signature, struct buf *out) {
    struct rows own = {mem_new(rows->count + 1, sizeof *own.all), 0};
    while (below < rows->count && row_empty(&rows->all[below])) below++;
    bool marked = below < rows->count && row_quoted(&rows->all[below]);
    for (size_t i = below; marked && i < rows->count && !answered_at(rows, i); i++)
        if (!row_quoted(&rows->all[i]) && !wrapped_rest(rows, i)) own.all[own.count++] = rows->all[i];
    size_t start = out->length;
    AUTO_BUF text = BUF_INIT(out->ceiling);
    add_rows(&own, 0, own.count, with_signature, &text);
    bool only_signature = own.count && text.length == 0;
    size_t first = 0;
    while (first < own.count && row_empty(&own.all[first])) first++;
    only_signature |= first < own.count && is_signature(&own.all[first]);
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
        while (below < rows.count && (row_quoted(&rows.all[below]) || row_empty(&rows.all[below]))) below++;
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
