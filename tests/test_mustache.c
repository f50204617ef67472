/* Mustache beyond the specification's cases (tests/mustache.t): places of faults, limits, names, and hostile
 * templates. */
#include <stdlib.h>

#include "base/js.h"
#include "templates/mustache.h"
#include "tests/tap.h"

/* -- rendering ----------------------------------------------------------------------------------------- */
static const char DATA[] =
    "{\"a\":\"x\",\"t\":true,\"f\":false,\"z\":null,\"n\":0,\"e\":\"\",\"l\":[1,2,[3]],\"none\":[],"
    "\"o\":{\"a\":\"y\",\"b\":{\"c\":\"z\"}},\"h\":\"<&>\\\"'\",\"r\":-1.5,\"big\":9007199254740993}";
static const struct {
    const char *label, *template, *want;
} RENDERED[] = {
    {"nothing", "", ""},
    {"text alone", "é\r\nb", "é\r\nb"},
    {"value", "[{{a}}]", "[x]"},
    {"blanks in a tag", "[{{ \t\n a \n }}]", "[x]"},
    {"HTML escaped", "{{h}}", "&lt;&amp;&gt;&quot;'"},
    {"not escaped", "{{{h}}}{{&h}}", "<&>\"'<&>\"'"},
    {"missing, null, list and object are empty", "[{{q}}{{z}}{{l}}{{o}}]", "[]"},
    {"truths and numbers", "{{t}} {{f}} {{n}} {{r}} {{big}}", "true false 0 -1.5 9007199254740993"},
    {"0 and the empty string are there", "{{#n}}n{{/n}}{{#e}}e{{/e}}", "ne"},
    {"null, false and the empty list are not", "{{#z}}z{{/z}}{{#f}}f{{/f}}{{#none}}l{{/none}}{{^z}}Z{{/z}}",
     "Z"},
    {"list", "{{#l}}<{{.}}>{{/l}}", "<1><2><>"},
    {"list in a list", "{{#l}}{{#.}}{{.}}{{/.}}{{/l}}", "123"},
    {"dotted", "{{o.b.c}}{{#o}}{{b.c}}{{a}}{{/o}}{{a.b}}", "zzy"},
    {"outer context", "{{#o}}{{#b}}{{a}}{{r}}{{/b}}{{/o}}", "y-1.5"},
    {"delimiters and back", "{{=<% %>=}}<%a%>{{a}}<%={{ }}=%>{{a}}", "x{{a}}x"},
    {"triple under other delimiters", "{{=| |=}}|{h}|", "<&>\"'"},
    {"lone braces", "{ {{a}} } }} {", "{ x } }} {"},
    {"standalone at the end without a line break", "a\n  {{#t}}\nb\n  {{/t}}", "a\nb\n"},
    {"no partials: nothing", "[{{>p}}]", "[]"}};

static void check_rendered(void) {
    AUTO(js) data = js_parse(DATA, strlen(DATA), NULL);
    for (size_t i = 0; i < COUNT(RENDERED); i++) {
        AUTO_BUF out = BUF_INIT(1 << 16);
        AUTO(mustache)
        parsed = mustache_parse(RENDERED[i].template, strlen(RENDERED[i].template), "m", NULL, NULL, NULL);
        bool good = parsed && mustache_render(parsed, data, NULL, &out, NULL);
        CHECK_TEXT(RENDERED[i].label, good ? buf_text(&out) : NULL, RENDERED[i].want);
    }
}

/* -- faults -------------------------------------------------------------------------------------------- */
static const struct {
    const char *template;
    long line, column;
} FAULTS[] = {{"{{", 1, 1},
              {"a{{b", 1, 2},
              {"ééé\né{{#x}}", 2, 2},
              {"{{/x}}", 1, 1},
              {"{{#a}}\n{{#b}}\n{{/a}}", 3, 1},
              {"x{{}}", 1, 2},
              {"{{{a}}", 1, 1},
              {"{{=a=}}", 1, 1},
              {"{{=a b c=}}", 1, 1},
              {"{{= =}}", 1, 1},
              {"\n\n{{=a= b=}}", 3, 1},
              {"{{=12345678901234567 b=}}", 1, 1},
              {"{{#a}}{{/a}}{{/a}}", 1, 13}};

static void check_faults(void) {
    for (size_t i = 0; i < COUNT(FAULTS); i++) {
        struct err err = {0};
        AUTO(mustache)
        parsed =
            mustache_parse(FAULTS[i].template, strlen(FAULTS[i].template), "m.mustache", NULL, NULL, &err);
        CHECK("refused", !parsed && err.kind == ERR_INPUT && !strcmp(err.file, "m.mustache") && err.text[0]);
        CHECK_INT("line", err.line, FAULTS[i].line);
        CHECK_INT("column", err.column, FAULTS[i].column);
    }
}

/* -- limits -------------------------------------------------------------------------------------------- */
static const char *doubling(void *ctx, const char *name, size_t *length) {
    (void)name;
    *length = strlen(ctx);
    return ctx;
}

static bool renders(const char *template, const char *partial, const char *json, size_t ceiling,
                    struct err *err) {
    AUTO(js) data = js_parse(json, strlen(json), NULL);
    AUTO_BUF out = BUF_INIT(ceiling);
    AUTO(mustache)
    parsed = mustache_parse(template, strlen(template), "m", doubling, (void *)(uintptr_t)partial, err);
    return parsed && mustache_render(parsed, data, NULL, &out, err);
}

static void check_limits(void) {
    struct err err = {0};
    CHECK("a partial that calls itself twice ends", !renders("{{>p}}", "a{{>p}}{{>p}}", "{}", 1 << 20, &err));
    CHECK_TEXT("and says why", err.code, "MUSTACHE_LIMIT");
    CHECK("indented for ever ends", !renders("{{>p}}", "a\n {{>p}}\n", "{}", 1 << 20, &err));
    CHECK("recursion that data ends is fine",
          renders("{{>p}}", "{{#n}}{{>p}}{{/n}}", "{\"n\":{\"n\":{\"n\":false}}}", 100, &err));
    CHECK("a result over its ceiling", !renders("0123456789", "", "{}", 5, &err));
    AUTO_BUF deep = BUF_INIT(1 << 16);
    for (int i = 0; i < 50; i++) buf_add_text(&deep, "{{#t}}");
    for (int i = 0; i < 50; i++) buf_add_text(&deep, "{{/t}}");
    CHECK("50 sections deep", renders(buf_text(&deep), "", "{\"t\":true}", 100, &err));
    AUTO_BUF huge = BUF_INIT(8 << 20);
    for (int i = 0; i < (4 << 20) / 16 + 1; i++) buf_add_text(&huge, "0123456789abcdef");
    CHECK("more than 4 MB", !renders(buf_text(&huge), "", "{}", 1 << 24, &err));
}

/* -- names --------------------------------------------------------------------------------------------- */
static bool add_name(void *ctx, char sigil, const char *name, long line, long column) {
    buf_add_format(ctx, "%c%s:%ld:%ld ", sigil ? sigil : '-', name, line, column);
    return strcmp(name, "stop") != 0;
}

static void check_names(void) {
    static const char TEMPLATE[] = "{{a}}{{#b}}\n{{a}} {{&a}}{{^b}}{{/b}}{{/b}}{{>p}}{{!c}}{{stop}}{{d}}";
    AUTO_BUF names = BUF_INIT(1000);
    AUTO(mustache) parsed = mustache_parse(TEMPLATE, strlen(TEMPLATE), "m", NULL, NULL, NULL);
    CHECK("stopped", !mustache_names(parsed, add_name, &names));
    CHECK_TEXT("each use once", buf_text(&names), "-a:1:1 #b:1:6 &a:2:7 ^b:2:13 >p:2:31 -stop:2:43 ");
}

/* -- hostile templates: whatever comes out, it comes out ----------------------------------------------- */
static uint32_t seed = 20260130;
static uint32_t next_random(uint32_t below) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void check_mutations(void) {
    static const char *const PIECES[] = {"{{", "}}", "{{{",  "}}}",    "#",           "^",      "/",
                                         ">",  "&",  "!",    "=",      "{{=<% %>=}}", "<%",     "%>",
                                         "a",  "l",  ".",    "o.b",    "\n",          "\r\n",   " ",
                                         "\t", "é",  "\xff", "{{#l}}", "{{/l}}",      "{{>p}}", "{{a}}"};
    AUTO(js) data = js_parse(DATA, strlen(DATA), NULL);
    long parsed_count = 0, refused = 0, unplaced = 0;
    for (int round = 0; round < 40000; round++) {
        AUTO_BUF template = BUF_INIT(1000), out = BUF_INIT(4096);
        for (uint32_t i = next_random(14); i-- > 0;)
            buf_add_text(&template, PIECES[next_random(COUNT(PIECES))]);
        struct err err = {0};
        AUTO(mustache)
        parsed =
            mustache_parse(buf_text(&template), template.length, "m", doubling, (void *)"{{a}}\n{{l}}", &err);
        if (parsed)
            parsed_count++, mustache_render(parsed, data, NULL, &out, &err);
        else
            refused++, unplaced += !err.line || !err.column || err.kind != ERR_INPUT;
    }
    CHECK("of 40,000 templates some are parsed and some refused", parsed_count > 1000 && refused > 1000);
    CHECK_INT("refused without a place", unplaced, 0);
}

int main(void) {
    check_rendered();
    check_faults();
    check_limits();
    check_names();
    check_mutations();
    return tap_end();
}
