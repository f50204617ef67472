/* Rendering in the steady state: no memory is taken, and what was encoded once says the same as what is rendered and
 * encoded anew, for every name of the reference. */
#include <stdlib.h>

#include "tests/render_all.h"
#include "tests/same_parts.h"
#include "tests/tap.h"

/* -- memory: this program's malloc counts, where no sanitiser has one of its own ----------------------- */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { COUNTS = false };
static long taken;
#else
enum { COUNTS = true };
static long taken;
extern void *__libc_malloc(size_t size), *__libc_calloc(size_t count, size_t size), *__libc_realloc(void *old, size_t size);
void *malloc(size_t size) { return taken++, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return taken++, __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return taken++, __libc_realloc(old, size); }
#endif

/* Every name in every template once; then all again, counted. */
static void check_memory(void) {
    struct render_all all;
    if (!CHECK("the nine templates", render_all_open(&all, "") && all.template_count == RENDER_TEMPLATES)) return;
    long bad = 0, before = 0;
    for (int round = 0; round < 2; round++) {
        before = taken;
        all.next = 0;
        for (size_t i = 0; i < all.count; i++) {
            render_all_fields(&all);
            bad += !render_all_message(&all);
        }
    }
    CHECK("memory is counted", !COUNTS || before > 0);
    CHECK_INT("messages that were not rendered", bad, 0);
    CHECK_INT("memory taken for the second 36,224 messages", taken - before, 0);
    render_all_close(&all);
}

/* -- encoded once, and encoded anew -------------------------------------------------------------------- */
static void check_names(void) {
    struct render_all all;
    long different = 0;
    if (!CHECK("the nine templates", render_all_open(&all, ""))) return;
    for (size_t i = 0; i < all.count && different < 5; i++) {
        render_all_fields(&all);
        different += !same_parts(all.templates[i % all.template_count], &all.fields);
    }
    CHECK_INT("names of which the two say different things", different, 0);
    render_all_close(&all);
}

/* -- awkward templates and values ---------------------------------------------------------------------- */
static const char *const BODIES[] = {
    "{{nom}}",
    "a {{nom}}",
    "{{nom}} a\n{{code}}\n{{type}}",
    "- {{nom}}\n- x {{nom}}{{code}} y\n  > {{type}} z\n\n> {{nom}}\n> {{nom}}",
    "1. {{nom}}\n\n   suite {{code}}\n2. .point\n\n.{{nom}}\n\nFrom {{nom}}\n\nFrom {{nom}}",
    "    code {{nom}}  \n    .x\n    \tFrom y {{code}}\n\n`{{nom}}  a`",
    "# {{nom}}\n## .{{code}}\n### {{type}} été\n\n---\n\nx  \n{{nom}}  \n.y",
    "[{{nom}}]({{lien_public}}) [x](https://a.test/?q={{nom}}&r={{code}}) [{{contact_telephone}}](tel:{{contact_telephone}})",
    "mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot mot {{nom}} mot mot, {{nom_de}}. mot mot mot mot mot "
    "mot mot mot ({{type}}) mot{{code}}mot mot : {{nom}} ! été été été été été été été été été été été été été été été été été",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz{{nom}} {{nom}}",
    "日本{{nom}}日本 {{type}}",
    ""};
static const char *const VALUES[] = {
    "",
    " ",
    "Brest",
    "Le Faou",
    "  deux  espaces  ",
    ".point",
    "From ici",
    "=?=é=",
    "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson et quelques mots de plus pour finir la ligne",
    "日本の村は長い名前を持つことができます、とても長い名前です",
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "sanslemoindreespacesanslemoindreespacesanslemoindreespacesanslemoindreespacesanslemoindreespacesanslemoindreespace",
    "éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé éé é",
    "<b>&amp;\"'</b>",
    "https://a.test/?b=1&c='2'",
    "a\r\nb\tc\x7f\xFF"};

static void check_awkward(void) {
    long different = 0, tried = 0;
    for (size_t body = 0; body < COUNT(BODIES); body++) {
        AUTO_BUF file = BUF_INIT(1 << 16);
        struct err err;
        buf_add_format(&file, "---\nsubject: Objet {{nom}}\n---\n%s", BODIES[body]);
        AUTO(mail_template) template = mail_template_parse("essai.md", buf_text(&file), file.length, &err);
        if (!CHECK("parsed", template != NULL)) continue;
        for (size_t i = 0; i < COUNT(VALUES) * COUNT(VALUES); i++) {
            struct fields fields = {.text = {[FIELD_nom] = VALUES[i % COUNT(VALUES)],
                                             [FIELD_code] = VALUES[i / COUNT(VALUES)],
                                             [FIELD_type] = VALUES[(i + 5) % COUNT(VALUES)],
                                             [FIELD_nom_de] = VALUES[(i / 3) % COUNT(VALUES)],
                                             [FIELD_contact_telephone] = "01 44 18 13 50"}};
            fields.text[FIELD_lien_public] = i % 2 ? "https://b.test/?x=1&y=%20'" : "https://b.test/a=b";
            tried++;
            different += !same_parts(template, &fields);
        }
    }
    CHECK("awkward templates with awkward values", tried == COUNT(BODIES) * COUNT(VALUES) * COUNT(VALUES));
    CHECK_INT("of which the two say different things", different, 0);
}

int main(void) {
    check_memory();
    check_names();
    check_awkward();
    return tap_end();
}
