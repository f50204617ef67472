/* Hostile templates with hostile values: refused with a place, or rendered alike plain and encoded, to a message that
 * the checker lets pass. An input is a template, the byte 0x1E, and what every field says; without front matter it is
 * plain Mustache, its own partial, rendered with data. */
#include "templates/mail_template.h"

#include <string.h>

#include "base/embedded.h"
#include "base/js.h"
#include "base/text.h"
#include "templates/message.h"
#include "templates/mustache.h"
#include "tests/mutate.h"
#include "tests/same_parts.h"

enum { VALUE_SEPARATOR = 0x1E, RESULT_BYTES = 1 << 16 };

/* Exactly sized copies: a sanitiser sees a read too far. */
struct input {
    char *template, *value;
    size_t length;
};

static bool sound_refusal(const struct err *err) {
    MUST_HOLD("a refusal is the user's to mend and says why", err->kind == ERR_INPUT && err->code[0] && err->text[0]);
    MUST_HOLD("a refusal is fit to show", utf8_valid(err->text, strlen(err->text)) && !strchr(err->text, '\n'));
    MUST_HOLD("a refusal names the file", !strcmp(err->file, "essai") && err->line >= 0 && err->column >= 0);
    return true;
}

/* -- plain Mustache ------------------------------------------------------------------------------------ */
static const char *itself(void *ctx, const char *name, size_t *length) {
    const struct input *input = ctx;
    if (strcmp(name, "p") != 0) return NULL;
    *length = input->length;
    return input->template;
}

static bool mustache_holds(struct input *input) {
    struct err err = {0};
    AUTO(js) data = js_object();
    AUTO_BUF out = BUF_INIT(RESULT_BYTES), again = BUF_INIT(RESULT_BYTES);
    if (utf8_valid(input->value, strlen(input->value))) js_set_text(data, "nom", input->value);
    js_set_bool(data, "t", true);
    js_set_bool(data, "f", false);
    js_set_int(data, "n", 3);
    AUTO(mustache) parsed = mustache_parse(input->template, input->length, "essai", itself, input, &err);
    if (!parsed) return sound_refusal(&err);
    bool one = mustache_render(parsed, data, NULL, &out, &err), two = mustache_render(parsed, data, NULL, &again, &err);
    MUST_HOLD("rendered twice alike", one == two && (!one || !strcmp(buf_text(&out), buf_text(&again))));
    return true;
}

/* -- a mail -------------------------------------------------------------------------------------------- */
static bool message_holds(struct mail_template *template, const struct fields *fields) {
    struct err err = {0};
    struct mail_parts parts = MAIL_PARTS_INIT;
    AUTO_BUF out = BUF_INIT(4 << 20);
    bool good = true;
    if (mail_template_encode(template, fields, &parts, &err)) {
        const struct message message = {.from_name = "ASCO – AMF", .from_address = "relais@amf.example", .to_address = "mairie@brest.example",
                                        .reply_to = "", .subject = buf_text(&parts.subject), .message_id = "<a@amf.example>", .in_reply_to = "",
                                        .list_id = "", .list_title = "", .help_mailto = "", .unsubscribe_mailto = "", .unsubscribe_https = "",
                                        .feedback_id = "", .text = buf_text(&parts.text), .html = buf_text(&parts.html), .encoded = true,
                                        .text_encoding = parts.text_encoding, .html_encoding = parts.html_encoding,
                                        .text_length = parts.text.length, .html_length = parts.html.length, .boundary_seed = "x"};
        good = !message_build(&message, &out, &err) || message_check(buf_text(&out), out.length, &err);
        if (!good) printf("# %s\n%s", err.text, buf_text(&out));
    }
    mail_parts_release(&parts);
    return good;
}

static bool mail_holds(const struct input *input) {
    struct err err = {0};
    AUTO(mail_template) template = mail_template_parse("essai", input->template, input->length, &err);
    if (!template) return sound_refusal(&err);
    struct fields fields = {0};
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < FIELD_COUNT; i++) {
            fields.truth[i] = (i + round) % 2 == 0;
            fields.text[i] = (i + round) % 3 ? input->value : "";
        }
        fields.text[FIELD_lien_public] = "https://asco.example/?a=1&b='2'";
        fields.text[FIELD_lien_opposition] = "mailto:retour+abc@amf.example?subject=Opposition";
        MUST_HOLD("plain and encoded say the same", same_parts(template, &fields));
        MUST_HOLD("the checker lets the message pass", message_holds(template, &fields));
    }
    return true;
}

static bool template_holds(const char *bytes, size_t length) {
    const char *separator = memchr(bytes, VALUE_SEPARATOR, length);
    struct input input = {.length = separator ? (size_t)(separator - bytes) : length};
    input.template = text_dup_n(bytes, input.length);
    input.value = separator ? text_dup_n(separator + 1, length - input.length - 1) : text_dup("Brest");
    input.length = strlen(input.template);
    bool good = !strncmp(input.template, "---", 3) ? mail_holds(&input) : mustache_holds(&input);
    free(input.template);
    free(input.value);
    return good;
}

/* clang-format off */
static const struct fuzz_seed SEEDS[] = {
    SEED("---\nsubject: \"Réponse {{nom_de}}\"\n---\n# Titre {{nom}}\n\nMot {{#epci}}a{{/epci}}{{^epci}}b{{/epci}} **{{echeance}}**.\n\n- un\n- {{nom_a}}\n\n[{{lien_public}}]({{lien_public}})\n\x1ELe Faou"),
    SEED("---\nsubject: {{nom}}\n---\n> {{nom}} : « {{code}} » ?\n\n1. [x](https://a.test/?q={{nom}})\n2. [{{contact_telephone}}](tel:{{contact_telephone}})\n\n    code {{nom}}\n\n---\n\n`{{nom}}`  \nfin.\n\x1E  deux  espaces.\r\n"),
    SEED("---\nsubject: a\ncalendar: deadline\n---\n{{#lien_public}}\n\n[opposez-vous]({{lien_opposition}})\n{{/lien_public}}\n.point {{nom}}\nFrom {{nom}}\x1E日本語"),
    SEED("{{nom}}{{{nom}}}{{&nom}}{{#t}}x{{>p}}{{/t}}{{^f}}y{{/f}}{{=<% %>=}}<%nom%><%! c %>\n  <%#n%>\n<%/n%>\x1E<&>"),
    SEED("{{#nom}}{{.}}{{/nom}} {{a.b.c}}\n {{> p }}\n")
};
static const char *const PIECES[] = {
    "{{", "}}", "{{{", "}}}", "{{#", "{{^", "{{/", "{{>p}}", "{{!", "{{=<% %>=}}", "<%", "%>", "{{nom}}", "{{nom_de}}", "{{code}}", "{{#epci}}",
    "{{/epci}}", "{{^epci}}", "{{lien_public}}", "{{lien_opposition}}", "{{#reponses_au}}", "{{/reponses_au}}", "---\n", "subject: ", "\n\n", "\n",
    "\r\n", "  \n", "\t", "# ", "- ", "1. ", "> ", "    ", "`", "**", "_", "[x](", "](", ")", "https://a.test/", "tel:", "mailto:a@b.test", "<a@b.test>",
    "![", "<b>", "&amp;", "&#10;", "\\", "« ", " »", " :", ".", "From ", "=", "=?utf-8?q?", "\x1E", "\xEE\x80\x80", "\xE2\x80\xAE", "\xFF", "\xC3",
    "é", "日", "😀", "\u00A0", "motmotmotmotmotmotmotmotmotmotmotmotmotmotmotmotmotmotmotmot", "un deux trois quatre cinq six sept huit neuf dix onze douze "
};
/* clang-format on */

static const struct fuzz TEMPLATE = {"template", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 600, template_holds};
FUZZ_MAIN(TEMPLATE)
