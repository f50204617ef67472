/* From a template file to parts of a message: Mustache sections first, with a marker for each field; then
 * Markdown; then, for each recipient, values spliced in. What depends on truths only is compiled once per
 * combination. */
#include "templates/mail_template.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "templates/field_check.h"
#include "templates/front_matter.h"
#include "templates/html_part.h"
#include "templates/quoted_part.h"
#include "templates/splice.h"
#include "templates/text_part.h"

enum {
    TEMPLATE_LIMIT_BYTES = 256 << 10,
    VARIANTS_KEPT = 64,    /* combinations of truths compiled at a time */
    VARIANTS_CHECKED = 64, /* at parse */
};

struct variant {
    uint32_t truths; /* of the fields that open sections */
    struct splice subject, html;
    struct quoted_part quoted_html;
    struct text_part text;
};

struct mail_template {
    char *file, *bytes;
    struct front_matter matter; /* borrows from bytes */
    struct mustache *subject, *body;
    uint32_t sections, texts; /* bit per field that opens one; whose value is written */
    struct variant *variants[VARIANTS_KEPT];
    size_t variant_count;
    struct splice_values values;
    struct buf scratch, plain; /* plain: a part whose encoding is to be base64 */
};

/* -- compiling one combination of truths --------------------------------------------------------------- */
static void variant_release(struct variant *variant) {
    splice_release(&variant->subject);
    splice_release(&variant->html);
    quoted_part_release(&variant->quoted_html);
    text_part_release(&variant->text);
}

static void forget_variants(struct mail_template *template) {
    for (size_t i = 0; i < template->variant_count; i++) {
        variant_release(template->variants[i]);
        free(template->variants[i]);
    }
    template->variant_count = 0;
}

/* A field that opens a section and is false or empty renders as nothing; every other one as its marker. */
static struct js *marker_data(const struct mail_template *template, uint32_t truths) {
    struct js *data = js_object();
    for (int i = 0; i < FIELD_COUNT; i++) {
        char marker[SPLICE_MARKER_BYTES + 1];
        bool off = (template->sections & ~truths) >> i & 1;
        splice_marker((enum field)i, marker);
        if (off)
            js_set_bool(data, FIELD_NAME[i], false);
        else if (field_is_truth((enum field)i))
            js_set_bool(data, FIELD_NAME[i], true);
        else
            js_set_text(data, FIELD_NAME[i], marker);
    }
    return data;
}

static void no_escape(struct buf *out, const char *text, size_t length) {
    buf_add(out, text, length);
}

struct compiling {
    const struct mail_template *template;
    struct variant *variant;
    struct err *err;
};

/* Where in the template a piece of refused markup stands; nowhere, 0, when sections have put it together. */
static void place_of(const struct mail_template *template, const char *markup, long *line, long *column) {
    size_t length = strcspn(markup, "\n\xEE");
    AUTO_TEXT first = text_dup_n(markup, length);
    const char *found = length ? strstr(template->bytes + template->matter.body, first) : NULL;
    *line = found ? template->matter.body_line : 0;
    *column = found ? 1 : 0;
    for (const char *at = template->bytes + template->matter.body; found && at < found; at++) {
        if (*at == '\n') ++*line, *column = 1;
        else *column += ((unsigned char)*at & 0xC0) != 0x80;
    }
}

static bool refuse(const struct compiling *compiling, const char *markup, const char *why) {
    AUTO_BUF shown = BUF_INIT(60);
    text_printable(&shown, markup, strcspn(markup, "\n"));
    err_set(compiling->err, ERR_INPUT, "TEMPLATE", "« %s » : %s", buf_text(&shown), why);
    long line, column;
    place_of(compiling->template, markup, &line, &column);
    if (compiling->err) compiling->err->column = column;
    return err_at(compiling->err, compiling->template->file, line);
}

static bool take_event(void *ctx, const struct markdown_event *event) {
    const struct compiling *compiling = ctx;
    if (event->kind == MARKDOWN_HTML)
        return refuse(compiling, event->text, "un modèle ne contient pas de HTML ; écrivez en Markdown");
    if (event->kind == MARKDOWN_IMAGE)
        return refuse(compiling, event->text, "un message ne contient pas d'image ; mettez un lien");
    if (event->kind == MARKDOWN_LINK && !splice_url_allowed(event->text))
        return refuse(compiling, event->text,
                      "ce lien doit commencer par https://, http://, mailto: ou tel:, ou être "
                      "{{lien_public}} ou {{lien_opposition}}");
    html_part_event(&compiling->variant->html, event);
    text_part_event(&compiling->variant->text, event);
    return true;
}

static bool too_large(const struct mail_template *template, const struct variant *variant) {
    return variant->html.literals.overflow || variant->text.splice.literals.overflow ||
           template->scratch.overflow;
}

static bool compile(struct mail_template *template, uint32_t truths, struct variant *variant,
                    struct err *err) {
    *variant = (struct variant){.truths = truths,
                                .subject = SPLICE_INIT,
                                .html = SPLICE_INIT,
                                .quoted_html = QUOTED_PART_INIT,
                                .text = TEXT_PART_INIT};
    AUTO(js) data = marker_data(template, truths);
    buf_clear(&template->scratch);
    if (!mustache_render(template->subject, data, no_escape, &template->scratch, err)) return false;
    splice_add_marked(&variant->subject, buf_text(&template->scratch), template->scratch.length, SPLICE_TEXT);
    html_part_open(&variant->html, buf_text(&template->scratch), template->scratch.length);
    buf_clear(&template->scratch);
    if (!mustache_render(template->body, data, no_escape, &template->scratch, err)) return false;
    struct compiling compiling = {template, variant, err};
    if (!markdown_walk(buf_text(&template->scratch), template->scratch.length, take_event, &compiling))
        return false;
    html_part_close(&variant->html);
    quoted_part_finish(&variant->quoted_html, &variant->html);
    text_part_finish(&variant->text);
    if (!too_large(template, variant)) return true;
    err_set(err, ERR_INPUT, "TEMPLATE", "le message rendu est trop long ; raccourcissez le modèle");
    return err_at(err, template->file, 0);
}

/* -- parsing and checking ------------------------------------------------------------------------------ */
static long first_fault_line(const char *bytes, size_t length,
                             bool (*faulty)(uint32_t c, const char *at, const char *behind)) {
    long line = 1;
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        const char *from = at;
        uint32_t c = utf8_next(&at, end);
        if (faulty(c, from, at)) return line;
        line += c == '\n';
    }
    return 0;
}

static bool not_utf8(uint32_t c, const char *at, const char *behind) {
    return c == 0xFFFD && behind - at != 3;
}
static bool not_writable(uint32_t c, const char *at, const char *behind) {
    (void)at, (void)behind;
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F || (c >= 0xE000 && c <= 0xF8FF);
}

static bool check_bytes(const char *file, const char *bytes, size_t length, struct err *err) {
    if (length > TEMPLATE_LIMIT_BYTES) {
        err_set(err, ERR_INPUT, "TEMPLATE", "modèle de plus de 256 ko ; raccourcissez-le");
        return err_at(err, file, 0);
    }
    long line = first_fault_line(bytes, length, not_utf8);
    if (line)
        err_set(err, ERR_INPUT, "TEMPLATE", "le fichier n'est pas en UTF-8 ; enregistrez-le dans ce codage");
    else if ((line = first_fault_line(bytes, length, not_writable)))
        err_set(err, ERR_INPUT, "TEMPLATE", "caractère de commande ou à usage privé ; effacez-le");
    return !line || err_at(err, file, line);
}

/* The texts begin somewhere inside the file: faults are told by their place in it. */
static bool move_fault(struct err *err, long line_offset, long column_offset) {
    if (!err) return false;
    if (err->line == 1) err->column += column_offset;
    err->line += line_offset;
    return false;
}

static bool parse_parts(struct mail_template *template, struct err *err) {
    struct front_matter *matter = &template->matter;
    size_t length = strlen(template->bytes);
    if (!front_matter_read(template->file, template->bytes, length, matter, err)) return false;
    struct field_check in_subject = {template->file, matter->subject_line - 1, matter->subject_column - 1, 0, 0,
                                     err};
    struct field_check in_body = {template->file, matter->body_line - 1, 0, 0, 0, err};
    template->subject =
        mustache_parse(matter->subject, matter->subject_length, template->file, NULL, NULL, err);
    if (!template->subject) return move_fault(err, in_subject.line_offset, in_subject.column_offset);
    template->body =
        mustache_parse(template->bytes + matter->body, length - matter->body, template->file, NULL, NULL, err);
    if (!template->body) return move_fault(err, in_body.line_offset, 0);
    if (!field_check(&in_subject, template->subject) || !field_check(&in_body, template->body)) return false;
    template->sections = in_subject.sections | in_body.sections;
    template->texts = in_subject.texts | in_body.texts;
    return true;
}

/* All combinations of truths where they are few, else all, none, and all but one. */
static bool check_variants(struct mail_template *template, struct err *err) {
    uint32_t all = template->sections, subset = all;
    for (int count = 0; count < VARIANTS_CHECKED; count++) {
        struct variant variant;
        bool good = compile(template, subset, &variant, err);
        variant_release(&variant);
        if (!good) return false;
        if (!subset) return true;
        subset = (subset - 1) & all;
    }
    for (uint32_t field = 1; field && field <= all; field <<= 1) {
        struct variant variant;
        bool good = !(all & field) || compile(template, all & ~field, &variant, err);
        if (all & field) variant_release(&variant);
        if (!good) return false;
    }
    struct variant none;
    bool good = compile(template, 0, &none, err);
    variant_release(&none);
    return good;
}

struct mail_template *mail_template_parse(const char *file, const char *bytes, size_t length,
                                          struct err *err) {
    if (!check_bytes(file, bytes, length, err)) return NULL;
    struct mail_template *template = mem_new(1, sizeof *template);
    template->file = text_dup(file);
    template->bytes = text_dup_n(bytes, length);
    template->scratch = (struct buf)BUF_INIT(1 << 20);
    template->plain = (struct buf)BUF_INIT(1 << 20);
    if (parse_parts(template, err) && check_variants(template, err)) return template;
    if (err) err_printable(err); /* it may quote a line of the template */
    mail_template_free(template);
    return NULL;
}

void mail_template_free(struct mail_template *template) {
    if (!template) return;
    forget_variants(template);
    mustache_free(template->subject);
    mustache_free(template->body);
    splice_values_release(&template->values);
    buf_release(&template->scratch);
    buf_release(&template->plain);
    free(template->bytes);
    free(template->file);
    free(template);
}

size_t mail_template_attachments(const struct mail_template *template) { return template->matter.attachment_count; }
const char *mail_template_attachment(const struct mail_template *template, size_t at) { return template->matter.attachments[at]; }
bool mail_template_calendar(const struct mail_template *template) { return template->matter.calendar; }

/* -- rendering ----------------------------------------------------------------------------------------- */
static uint32_t truths_of(const struct mail_template *template, const struct fields *fields) {
    uint32_t truths = 0;
    for (uint32_t left = template->sections; left; left &= left - 1) {
        int i = __builtin_ctz(left);
        bool on = field_is_truth((enum field)i) ? fields->truth[i] : fields->text[i] && *fields->text[i];
        if (on) truths |= 1u << i;
    }
    return truths;
}

static struct variant *variant_of(struct mail_template *template, uint32_t truths, struct err *err) {
    for (size_t i = 0; i < template->variant_count; i++)
        if (template->variants[i]->truths == truths) return template->variants[i];
    if (template->variant_count == VARIANTS_KEPT) forget_variants(template);
    struct variant *variant = mem_new(1, sizeof *variant);
    if (compile(template, truths, variant, err)) return template->variants[template->variant_count++] = variant;
    variant_release(variant);
    free(variant);
    return NULL;
}

/* One line, neither led nor followed by spaces. */
static bool render_subject(struct mail_template *template, const struct variant *variant,
                           struct mail_parts *parts, struct err *err) {
    size_t start = parts->subject.length;
    if (!splice_render(&variant->subject, 0, variant->subject.count, &template->values, &parts->subject, err))
        return false;
    while (parts->subject.length > start && parts->subject.bytes[parts->subject.length - 1] == ' ')
        buf_cut(&parts->subject, parts->subject.length - 1);
    size_t spaces = strspn(buf_text(&parts->subject) + start, " ");
    if (spaces)
        memmove(parts->subject.bytes + start, parts->subject.bytes + start + spaces,
                parts->subject.length - start - spaces + 1);
    parts->subject.length -= spaces;
    if (parts->subject.length > start) return true;
    return err_set(err, ERR_INPUT, "EMPTY_SUBJECT",
                   "l'objet est vide pour ce destinataire ; complétez « subject: »");
}

static bool plain_html(struct mail_template *template, struct variant *variant, struct buf *out, struct err *err) {
    return splice_render(&variant->html, 0, variant->html.count, &template->values, out, err);
}
static bool plain_text(struct mail_template *template, struct variant *variant, struct buf *out, struct err *err) {
    size_t values_length = 0;
    return text_part_render(&variant->text, &template->values, false, &template->scratch, out, &values_length, err);
}
typedef bool plain_part(struct mail_template *template, struct variant *variant, struct buf *out, struct err *err);

/* Whichever is shorter, out from start on being in quoted-printable: base64 never is where there are at least so many
 * bytes to encode, which is the rule; else the part is rendered once more to see. */
static bool choose(struct mail_template *template, struct variant *variant, plain_part *render_part, size_t least,
                   size_t start, struct buf *out, enum body_encoding *encoding, struct err *err) {
    size_t quoted = out->length - start, lines = 0;
    *encoding = BODY_QUOTED_PRINTABLE;
    if (quoted <= body_base64_length(least)) return true;
    buf_clear(&template->plain);
    if (!render_part(template, variant, &template->plain, err)) return false;
    for (size_t i = 0; i < template->plain.length; i++) lines += template->plain.bytes[i] == '\n';
    if (quoted <= body_base64_length(template->plain.length + lines)) return true;
    *encoding = BODY_BASE64;
    buf_cut(out, start);
    body_base64(buf_text(&template->plain), template->plain.length, out);
    return true;
}

static bool encode_html(struct mail_template *template, struct variant *variant, struct mail_parts *parts,
                        struct err *err) {
    size_t start = parts->html.length, length = variant->quoted_html.least;
    return quoted_part_render(&variant->quoted_html, &variant->html, &template->values, &template->scratch, &parts->html,
                              &length, err) &&
           choose(template, variant, plain_html, length, start, &parts->html, &parts->html_encoding, err);
}

static bool encode_text(struct mail_template *template, struct variant *variant, struct mail_parts *parts,
                        struct err *err) {
    size_t start = parts->text.length, length = variant->text.least;
    return text_part_render(&variant->text, &template->values, true, &template->scratch, &parts->text, &length, err) &&
           choose(template, variant, plain_text, length, start, &parts->text, &parts->text_encoding, err);
}

static bool render(struct mail_template *template, const struct fields *fields, bool encoded, struct mail_parts *parts,
                   struct err *err) {
    splice_values_set(&template->values, fields, template->texts);
    struct variant *variant = variant_of(template, truths_of(template, fields), err);
    bool good = variant && render_subject(template, variant, parts, err) &&
                (encoded ? encode_html(template, variant, parts, err) && encode_text(template, variant, parts, err)
                         : plain_html(template, variant, &parts->html, err) &&
                               plain_text(template, variant, &parts->text, err));
    if (good && (parts->subject.overflow || parts->html.overflow || parts->text.overflow || template->scratch.overflow ||
                 template->plain.overflow))
        good = err_set(err, ERR_INPUT, "TEMPLATE",
                       "le message de ce destinataire est trop long ; raccourcissez le modèle");
    return good || err_at(err, template->file, 0);
}

bool mail_template_render(struct mail_template *template, const struct fields *fields, struct mail_parts *parts,
                          struct err *err) {
    return render(template, fields, false, parts, err);
}

bool mail_template_encode(struct mail_template *template, const struct fields *fields, struct mail_parts *parts,
                          struct err *err) {
    return render(template, fields, true, parts, err);
}

void mail_parts_clear(struct mail_parts *parts) {
    buf_clear(&parts->subject);
    buf_clear(&parts->text);
    buf_clear(&parts->html);
}

void mail_parts_release(struct mail_parts *parts) {
    buf_release(&parts->subject);
    buf_release(&parts->text);
    buf_release(&parts->html);
}
