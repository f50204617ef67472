/* Writes messages of the nine French templates, with fields chosen to hurt, for an independent judge
 * (tests/message.t). usage: tool_message FOLDER COUNT    N.eml is the message, N.json what went into it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/js.h"
#include "templates/attachment.h"
#include "templates/mail_template.h"
#include "templates/message.h"

static const char *const TEMPLATES[] = {"relais",       "information",  "invitation",
                                        "prolongation", "rappel-j14",   "rappel-j7",
                                        "rappel-j2",    "dernier-jour", "remerciements"};
static const char *const NAMES[] = {
    "Brest",
    "L'Haÿ-les-Roses",
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson",
    "Œuilly",
    "Y",
    "[clic](http://evil.example) **x** <b>",
    "<script>alert(1)</script>&amp;",
    "Ville\r\nBcc: victime@evil.example",
    "Ville\nSubject: autre",
    "=?utf-8?q?pi=C3=A9ge?=",
    "  espaces   partout  ",
    "a\tb\x01\x7f",
    "\xE2\x80\xAE"
    "renversé",
    "\xFF\xFE octets",
    "日本の村は長い名前を持つことができます、とても長い名前です",
    "UnMotTellementLongQuIlNeTientPasSurUneLigneDeSoixanteDixHuitColonnesEtQuIlFautDoncCoderParMorceaux",
    "`code` _souligné_ # titre\n- liste",
    "\"guillemets\" \\ et 'apostrophes'",
    "😀 émoticône 😀",
    "."};
static const char *const FROM_NAMES[] = {
    "ASCO – AMF",
    "",
    "Mairies, \"service\" (enquête)",
    "AMF. Service; enquêtes",
    "Simple Nom",
    "Relais",
    "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"};
static const char *const ADDRESSES[] = {
    "mairie@brest.example",
    "tres.longue.partie.locale.de.soixante.quatre.octets.au@un-domaine-aussi-long-que-possible."
    "avec-des-etiquettes.nombreuses.example",
    "a@b.example",
    "o'neil+x=y@d.test",
    "mairie@xn--hnheim-9za.example",
    "josé@mairie.example"};

static const char *const FILES[] = {
    "notice.pdf",
    "Guide de réponse à l'enquête sur l'action sociale, édition 2026, pour les communes - définitive.pdf",
    "日本語の村は長い名前を持つことができます.odt",
    "50 % (moitié); filename*0=piège.csv",
    "😀.png",
    "a b.txt"};

static const char *pick(const char *const list[], size_t count, unsigned at) {
    return list[at % count];
}
#define PICK(list, at) pick(list, COUNT(list), at)

static void set_fields(struct fields *fields, unsigned n) {
    *fields = (struct fields){0};
    for (int i = 0; i < FIELD_COUNT; i++) {
        if (field_is_truth((enum field)i))
            fields->truth[i] = (n >> (i % 5) & 1) != 0;
        else
            fields->text[i] = PICK(NAMES, n / 2 + (unsigned)i * 7);
    }
    fields->text[FIELD_lien_public] = n % 3 ? "https://asco.example/?a=1&b='2'" : "";
    fields->text[FIELD_lien_opposition] = "mailto:retour+abc234@amf.example?subject=Opposition";
    fields->text[FIELD_contact_telephone] = n % 4 ? "01 44 18 13 50" : NULL;
    fields->text[FIELD_reponses_au] = "vendredi 16 janvier 2026";
}

static void set_message(struct message *message, const struct mail_parts *parts, unsigned n, char id[60]) {
    snprintf(id, 60, "<%u.abcdefghijklmnopqrstuvwxyz@amf.example>", n);
    *message =
        (struct message){.from_name = PICK(FROM_NAMES, n),
                         .from_address = "relais@amf.example",
                         .to_address = PICK(ADDRESSES, n),
                         .reply_to = n % 2 ? "reponses@amf.example" : "",
                         .subject = buf_text(&parts->subject),
                         .message_id = id,
                         .in_reply_to = n % 4 ? "<0.abcdefghijklmnopqrstuvwxyz@amf.example>" : "",
                         .date_ms = 1769000000000 + (int64_t)n * 86400000,
                         .date_offset_minutes = n % 2 ? 60 : -570,
                         .list_id = "asco-2025.amf.example",
                         .list_title = n % 3 ? "Enquête ASCO" : "",
                         .help_mailto = "reponses@amf.example",
                         .unsubscribe_mailto = "retour+abc234@amf.example",
                         .unsubscribe_https = n % 5 ? "" : "https://relais.amf.example/opposition/abc234?x=1",
                         .feedback_id = "asco-2025:rappel:relais",
                         .auto_replies_unwanted = n % 7 == 0,
                         .text = buf_text(&parts->text),
                         .html = buf_text(&parts->html),
                         .boundary_seed = id};
}

/* One file, or two, in every third message; the content is the name. */
static bool add_files(struct message *message, unsigned n, struct buf parts[2], const char *files[3], struct err *err) {
    unsigned count = n % 3 ? 0 : 1 + n / 3 % 2;
    for (unsigned i = 0; i < count; i++) {
        const char *name = PICK(FILES, n / 3 + i);
        if (!attachment_build(name, NULL, name, strlen(name), &parts[i], err)) return false;
        files[i] = buf_text(&parts[i]);
    }
    files[count] = NULL;
    message->files = files;
    return true;
}

static bool write_file(const char *folder, unsigned n, const char *ending, const char *bytes, size_t length) {
    AUTO_BUF path = BUF_INIT(4096);
    buf_add_format(&path, "%s/%u.%s", folder, n, ending);
    FILE *file = fopen(buf_text(&path), "wb");
    bool good = file && fwrite(bytes, 1, length, file) == length;
    return (file ? fclose(file) == 0 : false) && good;
}

static bool write_expected(const char *folder, unsigned n, const struct message *message) {
    AUTO(js) expected = js_object();
    AUTO_BUF json = BUF_INIT(4 << 20);
    js_set_text(expected, "from_name", message->from_name);
    js_set_text(expected, "from", message->from_address);
    js_set_text(expected, "to", message->to_address);
    js_set_text(expected, "reply_to", message->reply_to);
    js_set_text(expected, "subject", message->subject);
    js_set_text(expected, "message_id", message->message_id);
    js_set_text(expected, "in_reply_to", message->in_reply_to);
    js_set_int(expected, "date_ms", message->date_ms);
    js_set_text(expected, "list_title", message->list_title);
    js_set_text(expected, "text", message->text);
    js_set_text(expected, "html", message->html);
    js_set_text(expected, "https", message->unsubscribe_https);
    struct js *names = js_array();
    for (unsigned i = 0; message->files[i]; i++) js_add_text(names, PICK(FILES, n / 3 + i));
    js_set(expected, "files", names);
    js_set_bool(expected, "unwanted", message->auto_replies_unwanted);
    js_add_to(expected, &json);
    return write_file(folder, n, "json", buf_text(&json), json.length);
}

static bool write_one(struct mail_template *template, const char *folder, unsigned n, struct err *err) {
    struct fields fields;
    struct message message;
    struct mail_parts parts = MAIL_PARTS_INIT;
    char id[60];
    AUTO_BUF out = BUF_INIT(4 << 20);
    set_fields(&fields, n);
    bool good = mail_template_render(template, &fields, &parts, err);
    set_message(&message, &parts, n, id);
    struct buf files[2] = {BUF_INIT(1 << 16), BUF_INIT(1 << 16)};
    const char *finished[3];
    good = good && add_files(&message, n, files, finished, err) && message_build(&message, &out, err) && message_check(buf_text(&out), out.length, err) &&
           write_file(folder, n, "eml", buf_text(&out), out.length) && write_expected(folder, n, &message);
    mail_parts_release(&parts);
    for (size_t i = 0; i < COUNT(files); i++) buf_release(&files[i]);
    return good;
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct mail_template *templates[COUNT(TEMPLATES)];
    bool good = argc == 3;
    for (size_t i = 0; i < COUNT(TEMPLATES); i++) {
        char name[80];
        snprintf(name, sizeof name, "templates/fr/%s.md", TEMPLATES[i]);
        const struct embedded_file *file = embedded_find(name);
        templates[i] = file ? mail_template_parse(name, file->bytes, file->length, &err) : NULL;
        good = good && templates[i];
    }
    for (unsigned n = 0; good && n < (unsigned)atoi(argv[2]); n++)
        good = write_one(templates[n % COUNT(TEMPLATES)], argv[1], n, &err);
    for (size_t i = 0; i < COUNT(TEMPLATES); i++) mail_template_free(templates[i]);
    char line[1200];
    if (!good) fprintf(stderr, "%s\n", err_line(&err, line, sizeof line));
    return !good;
}
