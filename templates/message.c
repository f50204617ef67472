/* One message, header by header. */
#include "templates/message.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "templates/body_encoding.h"
#include "templates/mailbox.h"
#include "templates/mime_words.h"

enum { BODY_LIMIT_BYTES = 2 << 20, BOUNDARY_DIGITS = 16, BOUNDARY_TEXT = 32, DATE_TEXT = 48, ANGLE_BYTES = 600, MAILTO_BYTES = 3 * 254 + 40 };

/* -- headers that stay the same ------------------------------------------------------------------------- */
enum { KEPT_BYTES = 4096 };

static bool is_kept(const struct kept_header *kept, const char *one, const char *other) {
    size_t length = strlen(one);
    const char *given = buf_text(&kept->given);
    return kept->written.length && kept->given.length > length + 1 && !memcmp(given, one, length + 1) &&
           !strcmp(given + length + 1, other);
}

static void keep(struct kept_header *kept, const char *one, const char *other, const struct buf *out, size_t start) {
    kept->given.ceiling = kept->written.ceiling = KEPT_BYTES;
    buf_clear(&kept->given);
    buf_clear(&kept->written);
    buf_add(&kept->given, one, strlen(one) + 1);
    buf_add(&kept->given, other, strlen(other) + 1);
    buf_add(&kept->written, out->bytes + start, out->length - start);
    if (kept->given.overflow || kept->written.overflow) buf_clear(&kept->written);
}

void message_kept_release(struct message_kept *kept) {
    struct kept_header *const ALL[] = {&kept->from, &kept->list_id, &kept->help, &kept->feedback_id};
    for (size_t i = 0; i < COUNT(ALL); i++) {
        buf_release(&ALL[i]->given);
        buf_release(&ALL[i]->written);
    }
}

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
    return text_plain_length(id, length) == length && 1 + strcspn(id + 1, " <>()[]\\,;:\"") == length - 1 &&
           !strchr(at + 1, '@');
}

static bool in_reply_to_valid(const char *id) {
    return !*id || message_id_valid(id);
}

static bool token_valid(const char *text, const char *forbidden) {
    size_t length = strlen(text);
    return text_plain_length(text, length) == length && !memchr(text, ' ', length) &&
           (!*forbidden || strcspn(text, forbidden) == length);
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
    return mailbox_address_valid(address) && text_ascii(address, strlen(address));
}

/* Which of them are what they were. */
struct kept_now {
    bool from, list_id, help, feedback_id;
};

static struct kept_now kept_now(const struct message *message) {
    const struct message_kept *kept = message->kept;
    if (!kept) return (struct kept_now){0};
    return (struct kept_now){is_kept(&kept->from, message->from_name, message->from_address),
                             is_kept(&kept->list_id, message->list_title, message->list_id),
                             is_kept(&kept->help, "", message->help_mailto),
                             is_kept(&kept->feedback_id, "", message->feedback_id)};
}

static bool check_values(const struct message *message, const struct kept_now *now, struct err *err) {
    const struct {
        const char *header, *value;
        bool good;
    } VALUES[] = {
        {"From", message->from_name, now->from || name_valid(message->from_name)},
        {"From", message->from_address, now->from || mailbox_address_valid(message->from_address)},
        {"To", message->to_address, mailbox_address_valid(message->to_address)},
        {"Reply-To", message->reply_to, or_empty(message->reply_to, mailbox_address_valid)},
        {"Subject", message->subject, subject_valid(message->subject)},
        {"Message-ID", message->message_id, message_id_valid(message->message_id)},
        {"In-Reply-To", message->in_reply_to, in_reply_to_valid(message->in_reply_to)},
        {"List-Id", message->list_title, now->list_id || name_valid(message->list_title)},
        {"List-Id", message->list_id, now->list_id || or_empty(message->list_id, list_id_valid)},
        {"List-Help", message->help_mailto, now->help || or_empty(message->help_mailto, ascii_address)},
        {"List-Unsubscribe", message->unsubscribe_mailto,
         or_empty(message->unsubscribe_mailto, ascii_address)},
        {"List-Unsubscribe", message->unsubscribe_https, or_empty(message->unsubscribe_https, https_valid)},
        {"Feedback-ID", message->feedback_id, now->feedback_id || or_empty(message->feedback_id, feedback_valid)}};
    for (size_t i = 0; i < COUNT(VALUES); i++)
        if (!VALUES[i].good) return refuse(err, VALUES[i].header, VALUES[i].value);
    if (!message->encoded && (!utf8_valid(message->text, strlen(message->text)) ||
                              !utf8_valid(message->html, strlen(message->html))))
        return err_set(err, ERR_INPUT, "BODY", "le corps du message n'est pas en UTF-8");
    return true;
}

/* -- headers ------------------------------------------------------------------------------------------- */
static char *put_two(char *at, int number) {
    at[0] = (char)('0' + number / 10 % 10);
    at[1] = (char)('0' + number % 10);
    return at + 2;
}

static void add_date(struct buf *out, int64_t date_ms, int offset_minutes) {
    static const char DAYS[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t local_s = (date_ms - ((date_ms % 1000) + 1000) % 1000) / 1000 + (int64_t)offset_minutes * 60;
    int64_t second = ((local_s % 86400) + 86400) % 86400, day = (local_s - second) / 86400;
    int year, month, day_of_month, offset = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    day_split(day, &year, &month, &day_of_month);
    char date[DATE_TEXT], *at = date;
    at = stpcpy(at, DAYS[day_weekday(day)]);
    at = put_two(stpcpy(at, ", "), day_of_month);
    *at++ = ' ';
    at = stpcpy(at, MONTHS[month - 1]);
    *at++ = ' ';
    at = put_two(put_two(at, year / 100 % 100), year % 100);
    *at++ = ' ';
    at = put_two(at, (int)(second / 3600));
    *at++ = ':';
    at = put_two(at, (int)(second / 60 % 60));
    *at++ = ':';
    at = put_two(at, (int)(second % 60));
    *at++ = ' ';
    *at++ = offset_minutes < 0 ? '-' : '+';
    at = put_two(put_two(at, offset / 60), offset % 60);
    *at = '\0';
    buf_add_text(out, "Date: ");
    buf_add_text(out, date);
    buf_add_text(out, "\r\n");
}

static void add_angle(struct buf *out, const char *name, const char *phrase, const char *inside) {
    char angle[ANGLE_BYTES];
    size_t length = strlen(inside);
    if (length > sizeof angle - 3) length = sizeof angle - 3; /* never: all were judged before */
    angle[0] = '<';
    memcpy(angle + 1, inside, length);
    memcpy(angle + 1 + length, ">", 2);
    header_add_phrase(out, name, phrase, angle);
}

/* RFC 6068: an address inside mailto: keeps what a URL may hold. Behind at; returns where it ends. */
static char *write_mailto(char *at, const char *address, const char *subject) {
    static const char HEX[] = "0123456789ABCDEF";
    static const bool PLAIN[256] = {['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true,
                                    ['.'] = true,         ['_'] = true,         ['~'] = true,         ['@'] = true,
                                    ['+'] = true,         ['!'] = true,         ['$'] = true,         ['\''] = true,
                                    ['*'] = true};
    at = stpcpy(at, "<mailto:");
    for (;; address++) {
        while (PLAIN[(unsigned char)*address]) *at++ = *address++;
        if (!*address) break;
        *at++ = '%';
        *at++ = HEX[(unsigned char)*address >> 4];
        *at++ = HEX[*address & 15];
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

/* -- those kept from message to message ---------------------------------------------------------------- */
typedef void header_writer(struct buf *out, const char *one, const char *other);

static void write_from(struct buf *out, const char *name, const char *address) { add_angle(out, "From", name, address); }
static void write_list_id(struct buf *out, const char *title, const char *id) { add_angle(out, "List-Id", title, id); }
static void write_feedback_id(struct buf *out, const char *none, const char *id) {
    (void)none;
    header_add_tokens(out, "Feedback-ID", id);
}
static void write_help(struct buf *out, const char *none, const char *address) {
    char value[MAILTO_BYTES];
    (void)none;
    write_mailto(value, address, "Aide");
    header_add_tokens(out, "List-Help", value);
}

static void add_kept(struct buf *out, struct kept_header *kept, bool now, header_writer *write, const char *one,
                     const char *other) {
    size_t start = out->length;
    if (now) {
        buf_add(out, buf_text(&kept->written), kept->written.length);
        return;
    }
    write(out, one, other);
    if (kept) keep(kept, one, other, out, start);
}

/* Behind Message-ID, so that whoever looks for the first one in a returned copy finds this message's own. */
static void add_thread(struct buf *out, const struct message *message) {
    if (!*message->in_reply_to) return;
    header_add_tokens(out, "In-Reply-To", message->in_reply_to);
    header_add_tokens(out, "References", message->in_reply_to);
}

/* All would silence bounces too (NDR). Wanted: answers of people who are away, no delivery and read receipts. */
static void add_automatic(struct buf *out, bool unwanted) {
    buf_add_text(out, "X-Auto-Response-Suppress: DR, RN, NRN");
    buf_add_text(out, unwanted ? ", OOF, AutoReply\r\n" : "\r\n");
    if (!unwanted) return;
    header_add_tokens(out, "Auto-Submitted", "auto-generated");
    header_add_tokens(out, "Precedence", "bulk");
}

static void add_headers(struct buf *out, const struct message *message, const struct kept_now *now) {
    struct message_kept *kept = message->kept;
    add_kept(out, kept ? &kept->from : NULL, now->from, write_from, message->from_name, message->from_address);
    add_angle(out, "To", "", message->to_address);
    if (*message->reply_to) add_angle(out, "Reply-To", "", message->reply_to);
    header_add_text(out, "Subject", message->subject);
    add_date(out, message->date_ms, message->date_offset_minutes);
    header_add_tokens(out, "Message-ID", message->message_id);
    add_thread(out, message);
    if (*message->list_id)
        add_kept(out, kept ? &kept->list_id : NULL, now->list_id, write_list_id, message->list_title, message->list_id);
    if (*message->help_mailto)
        add_kept(out, kept ? &kept->help : NULL, now->help, write_help, "", message->help_mailto);
    add_unsubscribe(out, message);
    if (*message->feedback_id)
        add_kept(out, kept ? &kept->feedback_id : NULL, now->feedback_id, write_feedback_id, "", message->feedback_id);
    add_automatic(out, message->auto_replies_unwanted);
    buf_add_text(out, "MIME-Version: 1.0\r\n");
}

/* -- bodies -------------------------------------------------------------------------------------------- */
static void add_encoded(struct buf *out, const char *type, enum body_encoding encoding, const char *body,
                        size_t length) {
    buf_add_text(out, "Content-Type: text/");
    buf_add_text(out, type);
    buf_add_text(out, "; charset=utf-8\r\nContent-Transfer-Encoding: ");
    buf_add_text(out, BODY_ENCODING[encoding]);
    buf_add_text(out, "\r\n\r\n");
    buf_add(out, body, length);
}

static void add_part(struct buf *out, const char *type, const char *body) {
    AUTO_BUF canonical = BUF_INIT(BODY_LIMIT_BYTES), encoded = BUF_INIT(3 * BODY_LIMIT_BYTES);
    enum body_encoding encoding = body_encode(body, &canonical, &encoded);
    if (canonical.overflow || encoded.overflow) out->overflow = true;
    add_encoded(out, type, encoding, buf_text(&encoded), encoded.length);
}

static void add_text_part(struct buf *out, const struct message *message) {
    if (message->encoded)
        add_encoded(out, "plain", message->text_encoding, message->text, message->text_length);
    else
        add_part(out, "plain", message->text);
}

static void add_html_part(struct buf *out, const struct message *message) {
    if (message->encoded)
        add_encoded(out, "html", message->html_encoding, message->html, message->html_length);
    else
        add_part(out, "html", message->html);
}

/* "=_" cannot occur in quoted-printable, nor "_" in base64: no body can hold the boundary. kind keeps the two of one
 * message apart, the rest differs from message to message (after FNV-1a, eight bytes at a time). */
static void make_boundary(const char *seed, const char *kind, char out[BOUNDARY_TEXT]) {
    static const char HEX[] = "0123456789abcdef";
    uint64_t hash = UINT64_C(14695981039346656037), eight;
    for (size_t left = strlen(seed); left; seed += sizeof eight) {
        size_t taken = left < sizeof eight ? left : sizeof eight;
        eight = 0;
        memcpy(&eight, seed, taken);
        hash = (hash ^ eight) * UINT64_C(1099511628211);
        hash ^= hash >> 29;
        left -= taken;
        if (!left) break;
    }
    char *to = stpcpy(stpcpy(out, "=_"), kind);
    for (int i = 0; i < BOUNDARY_DIGITS; i++, hash >>= 4) *to++ = HEX[hash & 15];
    *to = '\0';
}

static void add_boundary(struct buf *out, const char *boundary, const char *behind) {
    buf_add_text(out, "--");
    buf_add_text(out, boundary);
    buf_add_text(out, behind);
}

static void add_alternatives(struct buf *out, const struct message *message) {
    char boundary[BOUNDARY_TEXT];
    make_boundary(message->boundary_seed, "", boundary);
    buf_add_text(out, "Content-Type: multipart/alternative; boundary=\"");
    buf_add_text(out, boundary);
    buf_add_text(out, "\"\r\n\r\n");
    add_boundary(out, boundary, "\r\n");
    add_text_part(out, message);
    buf_add_text(out, "\r\n");
    add_boundary(out, boundary, "\r\n");
    add_html_part(out, message);
    buf_add_text(out, "\r\n");
    add_boundary(out, boundary, "--\r\n");
}

static void add_body(struct buf *out, const struct message *message) {
    if (*message->html)
        add_alternatives(out, message);
    else
        add_text_part(out, message);
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
    const struct kept_now now = kept_now(message);
    if (!check_values(message, &now, err)) return false;
    add_headers(out, message, &now);
    if (message->files && *message->files)
        add_body_and_files(out, message);
    else
        add_body(out, message);
    return !out->overflow ||
           err_set(err, ERR_INPUT, "TOO_LARGE", "le message est trop long ; raccourcissez son modèle ou ses pièces jointes");
}
