/* One message, header by header. */
#include "templates/message.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "templates/body_encoding.h"
#include "templates/mailbox.h"
#include "templates/mime_words.h"

enum { BODY_LIMIT_BYTES = 2 << 20, BOUNDARY_TEXT = 32, ANGLE_BYTES = 600, MAILTO_BYTES = 3 * 254 + 40 };

/* -- what may go in ------------------------------------------------------------------------------------ */
static bool refuse(struct err *err, const char *header, const char *value) {
    AUTO_BUF shown = BUF_INIT(120);
    text_printable(&shown, value, strlen(value));
    return err_set(err, ERR_INPUT, "HEADER_VALUE",
                   "« %s » ne peut être mis dans l'en-tête %s du message ; corrigez-le", buf_text(&shown),
                   header);
}

/* <x@y>, printable ASCII, short enough for one line. */
static bool message_id_valid(const char *id) {
    size_t length = strlen(id);
    const char *at = strchr(id, '@');
    if (length < 5 || length > 400 || id[0] != '<' || id[length - 1] != '>' || !at || at == id + 1 ||
        at + 2 == id + length)
        return false;
    for (size_t i = 1; i + 1 < length; i++)
        if (id[i] <= ' ' || id[i] >= 0x7F || strchr("<>()[]\\,;:\"", id[i])) return false;
    return strchr(at + 1, '@') == NULL;
}

static bool in_reply_to_valid(const char *id) {
    return !*id || message_id_valid(id);
}

static bool token_valid(const char *text, const char *forbidden) {
    for (; *text; text++)
        if (*text <= ' ' || *text >= 0x7F || strchr(forbidden, *text)) return false;
    return true;
}

static bool list_id_valid(const char *id) {
    return strlen(id) <= 250 && token_valid(id, "<>()[]\\,;:\"@");
}
static bool https_valid(const char *url) {
    return strlen(url) <= ANGLE_BYTES - 10 && text_starts(url, "https://") && token_valid(url, "<>,\"\\ ");
}
static bool feedback_valid(const char *id) {
    return strlen(id) <= 250 && token_valid(id, "");
}
static bool or_empty(const char *value, bool (*valid)(const char *)) {
    return !*value || valid(value);
}
static bool name_valid(const char *name) {
    return strlen(name) < 400 && header_value_valid(name);
}
static bool subject_valid(const char *subject) {
    return *subject && strlen(subject) < 4000 && header_value_valid(subject);
}
static bool ascii_address(const char *address) {
    return mailbox_address_valid(address) && token_valid(address, "");
}

static bool check_values(const struct message *message, struct err *err) {
    const struct {
        const char *header, *value;
        bool good;
    } VALUES[] = {
        {"From", message->from_name, name_valid(message->from_name)},
        {"From", message->from_address, mailbox_address_valid(message->from_address)},
        {"To", message->to_address, mailbox_address_valid(message->to_address)},
        {"Reply-To", message->reply_to, or_empty(message->reply_to, mailbox_address_valid)},
        {"Subject", message->subject, subject_valid(message->subject)},
        {"Message-ID", message->message_id, message_id_valid(message->message_id)},
        {"In-Reply-To", message->in_reply_to, in_reply_to_valid(message->in_reply_to)},
        {"List-Id", message->list_title, name_valid(message->list_title)},
        {"List-Id", message->list_id, or_empty(message->list_id, list_id_valid)},
        {"List-Help", message->help_mailto, or_empty(message->help_mailto, ascii_address)},
        {"List-Unsubscribe", message->unsubscribe_mailto,
         or_empty(message->unsubscribe_mailto, ascii_address)},
        {"List-Unsubscribe", message->unsubscribe_https, or_empty(message->unsubscribe_https, https_valid)},
        {"Feedback-ID", message->feedback_id, or_empty(message->feedback_id, feedback_valid)}};
    for (size_t i = 0; i < COUNT(VALUES); i++)
        if (!VALUES[i].good) return refuse(err, VALUES[i].header, VALUES[i].value);
    if (!utf8_valid(message->text, strlen(message->text)) ||
        !utf8_valid(message->html, strlen(message->html)))
        return err_set(err, ERR_INPUT, "BODY", "le corps du message n'est pas en UTF-8");
    return true;
}

/* -- headers ------------------------------------------------------------------------------------------- */
static void add_date(struct buf *out, int64_t date_ms, int offset_minutes) {
    static const char DAYS[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t local_s = (date_ms - ((date_ms % 1000) + 1000) % 1000) / 1000 + (int64_t)offset_minutes * 60;
    int64_t second = ((local_s % 86400) + 86400) % 86400, day = (local_s - second) / 86400;
    int year, month, day_of_month, offset = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    day_split(day, &year, &month, &day_of_month);
    buf_add_format(out, "Date: %s, %02d %s %04d %02d:%02d:%02d %c%02d%02d\r\n", DAYS[day_weekday(day)],
                   day_of_month, MONTHS[month - 1], year, (int)(second / 3600), (int)(second / 60 % 60),
                   (int)(second % 60), offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

static void add_angle(struct buf *out, const char *name, const char *phrase, const char *inside) {
    char angle[ANGLE_BYTES];
    snprintf(angle, sizeof angle, "<%s>", inside);
    header_add_phrase(out, name, phrase, angle);
}

/* RFC 6068: an address inside mailto: keeps what a URL may hold. Behind at; returns where it ends. */
static char *write_mailto(char *at, const char *address, const char *subject) {
    static const char HEX[] = "0123456789ABCDEF";
    at = stpcpy(at, "<mailto:");
    for (; *address; address++) {
        unsigned char c = (unsigned char)*address;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~@+!$'*", c);
        if (plain) {
            *at++ = (char)c;
            continue;
        }
        *at++ = '%';
        *at++ = HEX[c >> 4];
        *at++ = HEX[c & 15];
    }
    return stpcpy(stpcpy(stpcpy(at, "?subject="), subject), ">");
}

/* Addresses have been judged by then: at most 254 octets each. */
static void add_unsubscribe(struct buf *out, const struct message *message) {
    char value[MAILTO_BYTES + ANGLE_BYTES], *at = value;
    if (*message->unsubscribe_mailto) at = write_mailto(at, message->unsubscribe_mailto, "Opposition");
    if (*message->unsubscribe_https)
        at += snprintf(at, ANGLE_BYTES, "%s<%s>", at > value ? ", " : "", message->unsubscribe_https);
    if (at == value) return;
    header_add_tokens(out, "List-Unsubscribe", value);
    if (*message->unsubscribe_https)
        header_add_tokens(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

static void add_help(struct buf *out, const struct message *message) {
    char value[MAILTO_BYTES];
    if (!*message->help_mailto) return;
    write_mailto(value, message->help_mailto, "Aide");
    header_add_tokens(out, "List-Help", value);
}

/* Behind Message-ID, so that whoever looks for the first one in a returned copy finds this message's own. */
static void add_thread(struct buf *out, const struct message *message) {
    if (!*message->in_reply_to) return;
    header_add_tokens(out, "In-Reply-To", message->in_reply_to);
    header_add_tokens(out, "References", message->in_reply_to);
}

/* All would silence bounces too (NDR). Wanted: answers of people who are away, no delivery and read receipts. */
static void add_automatic(struct buf *out, bool unwanted) {
    header_add_tokens(out, "X-Auto-Response-Suppress", unwanted ? "DR, RN, NRN, OOF, AutoReply" : "DR, RN, NRN");
    if (!unwanted) return;
    header_add_tokens(out, "Auto-Submitted", "auto-generated");
    header_add_tokens(out, "Precedence", "bulk");
}

static void add_headers(struct buf *out, const struct message *message) {
    add_angle(out, "From", message->from_name, message->from_address);
    add_angle(out, "To", "", message->to_address);
    if (*message->reply_to) add_angle(out, "Reply-To", "", message->reply_to);
    header_add_text(out, "Subject", message->subject);
    add_date(out, message->date_ms, message->date_offset_minutes);
    header_add_tokens(out, "Message-ID", message->message_id);
    add_thread(out, message);
    if (*message->list_id) add_angle(out, "List-Id", message->list_title, message->list_id);
    add_help(out, message);
    add_unsubscribe(out, message);
    if (*message->feedback_id) header_add_tokens(out, "Feedback-ID", message->feedback_id);
    add_automatic(out, message->auto_replies_unwanted);
    header_add_tokens(out, "MIME-Version", "1.0");
}

/* -- bodies -------------------------------------------------------------------------------------------- */
static void add_part(struct buf *out, const char *type, const char *body) {
    AUTO_BUF canonical = BUF_INIT(BODY_LIMIT_BYTES), encoded = BUF_INIT(3 * BODY_LIMIT_BYTES);
    enum body_encoding encoding = body_encode(body, &canonical, &encoded);
    if (canonical.overflow || encoded.overflow) out->overflow = true;
    buf_add_format(out, "Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n", type,
                   BODY_ENCODING[encoding]);
    buf_add(out, buf_text(&encoded), encoded.length);
}

/* "=_" cannot occur in quoted-printable, nor "_" in base64: no body can hold the boundary. kind keeps the two of one
 * message apart. */
static void make_boundary(const char *seed, const char *kind, char out[BOUNDARY_TEXT]) {
    char hex[SHA256_HEX];
    sha256_hex(seed, strlen(seed), hex);
    snprintf(out, BOUNDARY_TEXT, "=_%s%.24s", kind, hex);
}

static void add_alternatives(struct buf *out, const struct message *message) {
    char boundary[BOUNDARY_TEXT];
    make_boundary(message->boundary_seed, "", boundary);
    buf_add_format(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n--%s\r\n", boundary,
                   boundary);
    add_part(out, "plain", message->text);
    buf_add_format(out, "\r\n--%s\r\n", boundary);
    add_part(out, "html", message->html);
    buf_add_format(out, "\r\n--%s--\r\n", boundary);
}

static void add_body(struct buf *out, const struct message *message) {
    if (*message->html)
        add_alternatives(out, message);
    else
        add_part(out, "plain", message->text);
}

static void add_body_and_files(struct buf *out, const struct message *message) {
    char boundary[BOUNDARY_TEXT];
    make_boundary(message->boundary_seed, "m", boundary);
    buf_add_format(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n--%s\r\n", boundary, boundary);
    add_body(out, message);
    for (const char *const *file = message->files; *file; file++) {
        buf_add_format(out, "\r\n--%s\r\n", boundary);
        buf_add_text(out, *file);
    }
    buf_add_format(out, "\r\n--%s--\r\n", boundary);
}

bool message_build(const struct message *message, struct buf *out, struct err *err) {
    if (!check_values(message, err)) return false;
    add_headers(out, message);
    if (message->files && *message->files)
        add_body_and_files(out, message);
    else
        add_body(out, message);
    return !out->overflow ||
           err_set(err, ERR_INPUT, "TOO_LARGE", "le message est trop long ; raccourcissez son modèle ou ses pièces jointes");
}
