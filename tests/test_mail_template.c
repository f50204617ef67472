/* Templates to parts: what is refused and where, text and HTML, and values that try to become something else.
 */
#include <stdlib.h>

#include "base/embedded.h"
#include "base/text.h"
#include "templates/mail_template.h"
#include "tests/tap.h"

static struct mail_template *parse(const char *body, struct err *err) {
    AUTO_BUF file = BUF_INIT(1 << 20);
    buf_add_format(&file, "---\nsubject: Objet {{nom}}\n---\n%s", body);
    return mail_template_parse("essai.md", buf_text(&file), file.length, err);
}

/* -- refused, with the place --------------------------------------------------------------------------- */
static const struct {
    const char *label, *file, *code;
    long line, column;
    const char *says;
} REFUSED[] = {
    {"empty", "", "TEMPLATE", 1, 0, "---"},
    {"no front matter", "Bonjour", "TEMPLATE", 1, 0, "subject"},
    {"front matter never closed", "---\nsubject: a\nBonjour", "TEMPLATE", 3, 0, "Bonjour"},
    {"front matter to the end", "---\nsubject: a\n", "TEMPLATE", 1, 0, "jamais fermé"},
    {"no subject", "---\n# rien\n---\n", "TEMPLATE", 3, 0, "subject"},
    {"empty subject", "---\nsubject: \"\"\n---\n", "TEMPLATE", 2, 0, "vide"},
    {"two subjects", "---\nsubject: a\nsubject: b\n---\n", "TEMPLATE", 3, 0, "deux fois"},
    {"unknown key", "---\nsubject: a\nfrom: b\n---\n", "TEMPLATE", 3, 0, "from: b"},
    {"unknown field", "---\nsubject: a\n---\nà {{nom}},\n\nà {{nom_du}}\n", "UNKNOWN_FIELD", 6, 3,
     "« nom_de »"},
    {"unknown field in the subject", "---\nsubject: é {{ville}}\n---\n", "UNKNOWN_FIELD", 2, 12, "ville"},
    {"unknown section", "---\nsubject: a\n---\n{{#selectionne}}x{{/selectionne}}", "UNKNOWN_FIELD", 4, 1,
     "« selectionnee »"},
    {"a truth as a value", "---\nsubject: a\n---\n{{commune}}", "TEMPLATE", 4, 1, "{{#commune}}"},
    {"a partial", "---\nsubject: a\n---\n{{>pied}}", "TEMPLATE", 4, 1, "pied"},
    {"never closed", "---\nsubject: a\n---\n\n {{#epci}}", "MUSTACHE", 5, 2, "epci"},
    {"tag never closed in the subject", "---\nsubject: {{nom\n---\n", "MUSTACHE", 2, 10, "}}"},
    {"HTML block", "---\nsubject: a\n---\n\n<div>\nx\n</div>\n", "TEMPLATE", 5, 1, "<div>"},
    {"inline HTML", "---\nsubject: a\n---\nun <b>mot</b>\n", "TEMPLATE", 4, 4, "<b>"},
    {"HTML in one branch only", "---\nsubject: a\n---\n{{^epci}}{{#commune}}<i>x</i>{{/commune}}{{/epci}}",
     "TEMPLATE", 4, 22, "<i>"},
    {"an image", "---\nsubject: a\n---\n\n\n![logo](https://a.test/l.png)", "TEMPLATE", 6, 9, "l.png"},
    {"javascript", "---\nsubject: a\n---\n[x](javascript:alert)", "TEMPLATE", 4, 5, "javascript"},
    {"a field that is no link, as a link", "---\nsubject: a\n---\n[x]({{nom}})", "TEMPLATE", 0, 0,
     "lien_public"},
    {"a control character", "---\nsubject: a\n---\nx\x01", "TEMPLATE", 4, 0, "commande"},
    {"a private-use character", "---\nsubject: a\n---\n\n\xEE\x80\x81", "TEMPLATE", 5, 0, "privé"},
    {"not UTF-8", "---\nsubject: a\n---\n\xE9t\xE9", "TEMPLATE", 4, 0, "UTF-8"}};

static void check_refused(void) {
    for (size_t i = 0; i < COUNT(REFUSED); i++) {
        struct err err = {0};
        AUTO(mail_template)
        parsed = mail_template_parse("essai.md", REFUSED[i].file, strlen(REFUSED[i].file), &err);
        CHECK(REFUSED[i].label, !parsed && err.kind == ERR_INPUT && !strcmp(err.file, "essai.md"));
        CHECK_TEXT("code", err.code, REFUSED[i].code);
        CHECK_INT("line", err.line, REFUSED[i].line);
        CHECK_INT("column", err.column, REFUSED[i].column);
        if (!CHECK("quotes or helps", strstr(err.text, REFUSED[i].says) != NULL)) printf("# %s\n", err.text);
    }
}

/* -- Markdown to text and HTML ------------------------------------------------------------------------- */
static const struct {
    const char *label, *markdown, *text, *html;
} WRITTEN[] = {
    {"paragraphs", "a\nb\n\nc", "a b\n\nc\n", "<p>a\nb</p>\n<p>c</p>\n"},
    {"headings", "# Titré\n## Deux\n### Trois\nx", "Titré\n-----\n\nDeux\n----\n\nTrois\n\nx\n",
     "<h1>Titré</h1>\n<h2>Deux</h2>\n<h3>Trois</h3>\n<p>x</p>\n"},
    {"emphasis", "*a* **b** `c`", "a b c\n", "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n"},
    {"tight list", "x\n\n- a\n- b\n\ny", "x\n\n- a\n- b\n\ny\n",
     "<p>x</p>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>y</p>\n"},
    {"nested list", "- a\n  - b\n- c", "- a\n  - b\n- c\n",
     "<ul>\n<li>a<ul>\n<li>b</li>\n</ul>\n</li>\n<li>c</li>\n</ul>\n"},
    {"loose list", "- a\n\n  a2\n\n- b", "- a\n\n  a2\n\n- b\n",
     "<ul>\n<li><p>a</p>\n<p>a2</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>\n"},
    {"numbers", "9. a\n10. b", "9. a\n10. b\n", "<ol start=\"9\">\n<li>a</li>\n<li>b</li>\n</ol>\n"},
    {"quote", "> a\n> b\n\nc", "> a b\n\nc\n", "<blockquote>\n<p>a\nb</p>\n</blockquote>\n<p>c</p>\n"},
    {"code", "    a  b\n    c", "a  b\nc\n", "<pre><code>a  b\nc\n</code></pre>\n"},
    {"rule and line break", "a  \nb\n\n---", "a\nb\n\n* * *\n", "<p>a<br>\nb</p>\n<hr>\n"},
    {"a link is written out", "[là](https://a.test/?x=1&y=é)", "là (https://a.test/?x=1&y=%C3%A9)\n",
     "<p><a href=\"https://a.test/?x=1&amp;y=%C3%A9\">là</a></p>\n"},
    {"a link that says itself", "<https://a.test/> <a@b.test>", "https://a.test/ a@b.test\n",
     "<p><a href=\"https://a.test/\">https://a.test/</a> <a href=\"mailto:a@b.test\">a@b.test</a></p>\n"},
    {"telephone", "[{{contact_telephone}}](tel:{{contact_telephone}})", "01 44 18 13 50\n",
     "<p><a href=\"tel:0144181350\">01 44 18 13 50</a></p>\n"},
    {"link field", "[{{lien_public}}]({{lien_public}})", "https://p.test/?a=1&b=2\n",
     "<p><a href=\"https://p.test/?a=1&amp;b=2\">https://p.test/?a=1&amp;b=2</a></p>\n"},
    {"a value inside a URL is one component", "[x](https://a.test/?c={{nom}})",
     "x (https://a.test/?c=L%27Ha%C3%BF%20%26%20Cie)\n",
     "<p><a href=\"https://a.test/?c=L%27Ha%C3%BF%20%26%20Cie\">x</a></p>\n"},
    {"French spaces", "Quoi ? « {{nom}} » : oui !",
     "Quoi\u00A0? «\u00A0L'Haÿ & Cie\u00A0»\u00A0: oui\u00A0!\n",
     "<p>Quoi\u00A0? «\u00A0L'Haÿ &amp; Cie\u00A0»\u00A0: oui\u00A0!</p>\n"},
    {"sections",
     "{{#commune}}c{{/commune}}{{^commune}}x{{/commune}}{{#epci}}e{{/epci}}{{^reponses_au}}!{{/reponses_au}}",
     "c!\n", "<p>c!</p>\n"},
    {"72 columns", "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg hh iii",
     "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg hh\niii\n",
     "<p>aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg hh iii</p>\n"},
    {"other delimiters", "{{=<% %>=}}<%nom%> {{nom}}", "L'Haÿ & Cie {{nom}}\n",
     "<p>L'Haÿ &amp; Cie {{nom}}</p>\n"}};

static void check_written(void) {
    struct fields fields = {.text = {[FIELD_nom] = "L'Haÿ & Cie",
                                     [FIELD_contact_telephone] = "01 44 18 13 50",
                                     [FIELD_reponses_au] = "",
                                     [FIELD_lien_public] = "https://p.test/?a=1&b=2"}};
    fields.truth[FIELD_commune] = true;
    for (size_t i = 0; i < COUNT(WRITTEN); i++) {
        struct err err = {0};
        struct mail_parts parts = MAIL_PARTS_INIT;
        AUTO(mail_template) template = parse(WRITTEN[i].markdown, &err);
        bool good = template && mail_template_render(template, &fields, &parts, &err);
        if (!CHECK(WRITTEN[i].label, good)) printf("# %s\n", err.text);
        CHECK_TEXT("text", buf_text(&parts.text), WRITTEN[i].text);
        const char *body = strstr(buf_text(&parts.html), "<main>\n");
        AUTO_TEXT html = text_dup(body ? body + strlen("<main>\n") : "");
        char *end = strstr(html, "</main>");
        if (end) *end = '\0';
        CHECK_TEXT("HTML", html, WRITTEN[i].html);
        mail_parts_release(&parts);
    }
}

/* -- values stay values -------------------------------------------------------------------------------- */
static const char *const HOSTILE[] = {"[clic](http://evil.example) **x** <b>",
                                      "<script>alert(1)</script>",
                                      "\"><img src=x onerror=alert(1)>",
                                      "a\r\nBcc: b@evil.example",
                                      "# titre\n\n- liste",
                                      "`code`",
                                      "&lt;b&gt;",
                                      "{{nom}} {{#epci}}",
                                      "</main></body>",
                                      "---\nsubject: autre",
                                      "![x](http://evil.example/p.png)",
                                      "\xE2\x80\xAE"
                                      "abc",
                                      "\xEE\x80\x80\xEE\x80\x81",
                                      "http://evil.example",
                                      "a\vb\fc\x1b[31m"};

static bool harmless(const struct mail_parts *parts) {
    static const char *const MARKS[] = {"<script", "<img",     "<b>",    "<a ",  "</main></body>",
                                        "<em>",    "<strong>", "<code>", "<h1>", "<ul>"};
    const char *body = strstr(buf_text(&parts->html), "<main>\n<p>"),
               *title = strstr(buf_text(&parts->html), "<title>");
    for (size_t i = 0; body && i < COUNT(MARKS); i++)
        if (strstr(body, MARKS[i])) return false;
    for (const char *at = buf_text(&parts->subject); *at; at++)
        if ((unsigned char)*at < ' ') return false;
    const struct buf *all[] = {&parts->subject, &parts->text, &parts->html};
    for (size_t i = 0; i < COUNT(all); i++)
        if (strstr(buf_text(all[i]), "\xE2\x80\xAE") || strstr(buf_text(all[i]), "\xEE\x80") ||
            strchr(buf_text(all[i]), '\r'))
            return false;
    return body && title && strcspn(title + 7, "<") == (size_t)(strstr(title, "</title>") - title - 7);
}

static void check_hostile(void) {
    struct err err = {0};
    AUTO(mail_template) template = parse("À {{nom}} : {{{nom_de}}} ; {{&nom_a}}", &err);
    for (size_t i = 0; i < COUNT(HOSTILE); i++) {
        struct fields fields = {
            .text = {[FIELD_nom] = HOSTILE[i], [FIELD_nom_de] = HOSTILE[i], [FIELD_nom_a] = HOSTILE[i]}};
        struct mail_parts parts = MAIL_PARTS_INIT;
        if (!CHECK("harmless", mail_template_render(template, &fields, &parts, &err) && harmless(&parts)))
            printf("# %zu\n", i);
        CHECK("no heading, list or quote in the text",
              strncmp(buf_text(&parts.text), "À ", strlen("À ")) == 0);
        mail_parts_release(&parts);
    }
    struct mail_parts parts = MAIL_PARTS_INIT;
    struct fields fields = {.text = {[FIELD_nom] = "a\r\nBcc: b@evil.example"}};
    mail_template_render(template, &fields, &parts, &err);
    CHECK_TEXT("a line break is a space", buf_text(&parts.subject), "Objet a  Bcc: b@evil.example");
    mail_parts_release(&parts);
}

static void check_links(void) {
    static const struct {
        const char *link;
        bool good;
    } LINKS[] = {{"https://a.test/", true},
                 {"mailto:a+b@c.test?subject=x", true},
                 {"javascript:alert(1)", false},
                 {"", false},
                 {"//a.test", false},
                 {"https://a.test/\" onclick=\"x", false},
                 {"https://a.test/ b", false},
                 {"https://a.test/\r\nX: y", false},
                 {"data:text/html,x", false}};
    struct err err = {0};
    AUTO(mail_template) template = parse("[x]({{lien_public}})", &err);
    for (size_t i = 0; i < COUNT(LINKS); i++) {
        struct fields fields = {.text = {[FIELD_nom] = "x", [FIELD_lien_public] = LINKS[i].link}};
        struct mail_parts parts = MAIL_PARTS_INIT;
        if (!CHECK("link", mail_template_render(template, &fields, &parts, &err) == LINKS[i].good))
            printf("# %zu\n", i);
        mail_parts_release(&parts);
    }
    CHECK_TEXT("and the error names the field", strstr(err.text, "lien_public") ? "lien_public" : err.text,
               "lien_public");
}

/* -- the French messages, with everything known and with nothing known --------------------------------- */
static void check_french(void) {
    for (const struct embedded_file *file = EMBEDDED; file->name; file++) {
        size_t length = strlen(file->name);
        if (strncmp(file->name, "templates/fr/", 13) || strcmp(file->name + length - 3, ".md")) continue;
        struct err err = {0};
        AUTO(mail_template) template = mail_template_parse(file->name, file->bytes, file->length, &err);
        struct fields all = {0}, few = {.text = {[FIELD_nom] = "Y",
                                                 [FIELD_nom_de] = "d'Y",
                                                 [FIELD_nom_a] = "à Y",
                                                 [FIELD_echeance] = "demain",
                                                 [FIELD_lien_opposition] = "mailto:a@b.test"}};
        for (int i = 0; i < FIELD_COUNT; i++) all.truth[i] = true, all.text[i] = "https://a.test/";
        struct mail_parts one = MAIL_PARTS_INIT, two = MAIL_PARTS_INIT;
        bool good = template && mail_template_render(template, &all, &one, &err) &&
                    mail_template_render(template, &few, &two, &err);
        if (!CHECK(file->name, good)) printf("# %s:%ld %s\n", err.file, err.line, err.text);
        mail_parts_clear(&one);
        good = template && mail_template_render(template, &few, &one, &err);
        CHECK("the same fields give the same bytes", good &&
                                                         !strcmp(buf_text(&one.text), buf_text(&two.text)) &&
                                                         !strcmp(buf_text(&one.html), buf_text(&two.html)));
        CHECK("no more than 30 kB",
              two.html.length < 30000 && strstr(buf_text(&two.html), "<html lang=\"fr\""));
        CHECK("tells how to object", strstr(buf_text(&two.text), "mailto:a@b.test") != NULL);
        mail_parts_release(&one);
        mail_parts_release(&two);
    }
}

/* -- the guide names every field, and no other -------------------------------------------------------- */
static void check_guide(void) {
    AUTO_BUF guide = BUF_INIT(1 << 20);
    FILE *file = fopen("docs/guide.md", "rb");
    CHECK("the guide", file && buf_add_file(&guide, file));
    if (file) fclose(file);
    for (int i = 0; i < FIELD_COUNT; i++) {
        AUTO_BUF row = BUF_INIT(100);
        buf_add_format(&row, "\n| `%s` | ", FIELD_NAME[i]);
        CHECK(FIELD_NAME[i], strstr(buf_text(&guide), buf_text(&row)) != NULL);
    }
    long rows = 0;
    for (const char *at = buf_text(&guide); (at = strstr(at, "\n| `")); at++) rows++;
    CHECK_INT("rows of fields", rows, FIELD_COUNT);
}

/* -- hostile templates --------------------------------------------------------------------------------- */
static void check_mutations(void) {
    static const char MARKUP[] = "{}#^/<>[]()*_-!\n &=:`\\\xEE\x80 x";
    const struct embedded_file *file = embedded_find("templates/fr/invitation.md");
    uint32_t seed = 42;
    long parsed_count = 0, refused = 0, wrong = 0;
    for (int round = 0; round < 1500; round++) {
        AUTO_TEXT copy = text_dup_n(file->bytes, file->length);
        for (int i = 0; i < 3; i++) {
            seed = seed * 1664525u + 1013904223u;
            copy[(seed >> 8) % file->length] = MARKUP[seed % strlen(MARKUP)];
        }
        struct err err = {0};
        struct mail_parts parts = MAIL_PARTS_INIT;
        struct fields fields = {.text = {[FIELD_nom] = "Y", [FIELD_lien_opposition] = "mailto:a@b.test"}};
        AUTO(mail_template) template = mail_template_parse("essai.md", copy, file->length, &err);
        parsed_count += template != NULL;
        refused += template == NULL;
        wrong += !template && (err.kind != ERR_INPUT || !err.text[0]);
        if (template && mail_template_render(template, &fields, &parts, &err))
            wrong += !utf8_valid(buf_text(&parts.text), parts.text.length) ||
                     !utf8_valid(buf_text(&parts.html), parts.html.length);
        mail_parts_release(&parts);
    }
    CHECK("of 1,500 damaged templates some parse and some are refused", parsed_count > 100 && refused > 100);
    CHECK_INT("refused without reason, or rendered to invalid text", wrong, 0);
}

int main(void) {
    check_refused();
    check_written();
    check_hostile();
    check_links();
    check_french();
    check_guide();
    check_mutations();
    return tap_end();
}
