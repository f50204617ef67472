/* The configuration: defaults, ranges, places of errors. */
#include <stdlib.h>
#include <unistd.h>

#include "base/embedded.h"
#include "base/settings.h"
#include "tests/tap.h"

static char folder[] = "/tmp/relais-test-settings.XXXXXX", path[100];

static struct settings *load(const char *text, struct err *err) {
    FILE *file = fopen(path, "we");
    if (!file || fputs(text, file) < 0 || fclose(file)) abort();
    *err = (struct err){0};
    return settings_load(path, err);
}

static const struct { const char *label, *text, *code; long line; } BAD[] = {
    {"unknown section", "[smtp]\nrate = 1\n[nope]\nx = 1\n", "UNKNOWN_SETTING", 4},
    {"unknown key", "[smtp]\nrates = 1\n", "UNKNOWN_SETTING", 2},
    {"out of range", "[smtp]\nconnections = 0\n", "BAD_SETTING", 2},
    {"not a number", "[smtp]\nconnections = many\n", "BAD_SETTING", 2},
    {"number with a tail", "[smtp]\nconnections = 5x\n", "BAD_SETTING", 2},
    {"duration without unit", "[smtp]\n\nfirst_retry = 30\n", "BAD_SETTING", 3},
    {"duration too long", "[smtp]\ngive_up_after = 99999d\n", "BAD_SETTING", 2},
    {"unknown word", "[smtp]\nstarttls = maybe\n", "BAD_SETTING", 2},
    {"half a word", "[smtp]\nstarttls = requ\n", "BAD_SETTING", 2},
    {"no equals sign", "[smtp]\nrate\n", "BAD_SETTING", 2},
    {"an indented line", "[smtp]\nrate = 1\n  2\n", "BAD_SETTING", 3},
    {"a named section of a section with names of its own", "[domains.a]\nx = a.example\n", "UNKNOWN_SETTING", 2},
    {"a named section of no family", "[lists.a]\nmax_megabytes = 5\n", "UNKNOWN_SETTING", 2}};

int main(void) {
    struct err err = {0};
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/relais.ini", folder);
    for (size_t i = 0; i < COUNT(BAD); i++) {
        AUTO(settings) settings = load(BAD[i].text, &err);
        CHECK(BAD[i].label, !settings && !strcmp(err.code, BAD[i].code) && err.line == BAD[i].line && !strcmp(err.file, path));
        if (settings || err.line != BAD[i].line) printf("# %s line %ld: %s\n", err.code, err.line, err.text);
    }
    CHECK("a missing file", !settings_load("/nonexistent/relais.ini", &err) && !strcmp(err.code, "NO_CONFIG"));
    AUTO(settings) settings = load("[smtp]\nurl = smtp://127.0.0.1:2525\nconnections = 5\n[inbox.amf29]\nmaildir = box\n"
                                   "[sender]\nfrom = ASCO – AMF <relais@amf.example>\n[smtp]\nconnections = 7\n", &err);
    if (!CHECK("a good file", settings != NULL)) printf("# %s\n", err.text);
    CHECK_INT("a later value wins", settings_int(settings, "smtp", "connections"), 7);
    CHECK_INT("its line", settings_line(settings, "smtp", "connections"), 9);
    CHECK_INT("a default duration", settings_ms(settings, "smtp", "give_up_after"), 172800000);
    CHECK_TEXT("UTF-8", settings_text(settings, "sender", "from"), "ASCO – AMF <relais@amf.example>");
    char box[120], key[120];
    snprintf(box, sizeof box, "%s/box", folder);
    snprintf(key, sizeof key, "%s/relais.key", folder);
    CHECK_TEXT("a path from the file's folder", settings_path(settings, "inbox.amf29", "maildir"), box);
    CHECK_TEXT("a default path too", settings_path(settings, "sender", "key_file"), key);
    CHECK_TEXT("an empty path stays empty", settings_path(settings, "inbox", "maildir"), "");
    CHECK_TEXT("sections of a family", settings_section(settings, "inbox", 0), "inbox.amf29");
    CHECK("and no more", settings_section(settings, "inbox", 1) == NULL);
    /* The manual: every default it shows is the one in force. */
    const struct embedded_file *example = embedded_find("config.example.ini");
    AUTO(settings) manual = load(example->bytes, &err);
    if (!CHECK("config.example.ini is understood", manual != NULL)) printf("# %s:%ld %s\n", err.file, err.line, err.text);
    AUTO(settings) nothing = load("", &err);
    static const struct { const char *section, *key; } KEYS[] = {
        {"inbox", "idle"}, {"inbox", "reply_timeout"}, {"inbox", "connect_timeout"}, {"inbox", "auth"}, {"inbox", "starttls"}, {"store", "url"}, {"smtp", "connections"}, {"smtp", "dot_timeout"}, {"smtp", "first_retry"}, {"smtp", "doubt_wait"},
        {"inbox", "poll"}, {"inbox", "done_folder"}, {"lists", "answers_max_age"}, {"daemon", "auto_settle"}, {"log", "level"},
        {"smtp", "weight"}, {"smtp", "breaker"}, {"smtp", "breaker_groups"}, {"smtp", "messages_a_day"}, {"web", "base_url"}, {"sender", "auto_replies"}, {"store", "durability"}, {"smtp", "starttls"}};
    for (size_t i = 0; manual && i < COUNT(KEYS); i++)
        CHECK_TEXT(KEYS[i].key, settings_text(manual, KEYS[i].section, KEYS[i].key), settings_text(nothing, KEYS[i].section, KEYS[i].key));
    size_t groups = 0;
    for (const char *name; (name = settings_key(manual, "domains", groups)) != NULL; groups++)
        CHECK_TEXT(name, settings_text(manual, "domains", name), settings_text(nothing, "domains", name));
    CHECK_INT("the manual's groups are the table's", groups, 10);
    AUTO(settings) own = load("[domains]\nmine = a.example\norange =\nmine = b.example\nyours = c.example\n", &err);
    CHECK_TEXT("a name of one's own", settings_text(own, "domains", "mine"), "b.example");
    CHECK_TEXT("another one", settings_text(own, "domains", "yours"), "c.example");
    CHECK_TEXT("taken away", settings_text(own, "domains", "orange"), "");
    CHECK_TEXT("told in order, behind the table's", settings_key(own, "domains", 11), "yours");
    CHECK("and no more", !settings_key(own, "domains", 12) && settings_line(own, "domains", "mine") == 4);
    unlink(path);
    rmdir(folder);
    return tap_end();
}
