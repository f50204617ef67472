/* Reading the configuration (inih pushes lines, the table judges them). */
#include "base/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

enum value_type { TEXT, PATH, NUMBER, DURATION, WORD };

/* min and max: of a number, or of a duration in milliseconds. words: the words allowed, separated by "|". The name "*" stands
 * for every name that the section's other keys do not have. */
static const struct key {
    const char *section, *name;
    enum value_type type;
    const char *fallback;
    int64_t min, max;
    const char *words;
} KEYS[] = {
    {"store", "url", TEXT, "sqlite:relais.db", 0, 0, NULL},
    {"store", "journal", PATH, "", 0, 0, NULL},
    {"store", "durability", WORD, "hybrid", 0, 0, "hybrid|full"},
    {"smtp", "url", TEXT, "smtp://127.0.0.1:25", 0, 0, NULL},
    {"smtp", "starttls", WORD, "required", 0, 0, "required|opportunistic|off"},
    {"smtp", "username", TEXT, "", 0, 0, NULL},
    {"smtp", "password_file", PATH, "", 0, 0, NULL},
    {"smtp", "auth", WORD, "auto", 0, 0, "auto|plain|login|cram-md5|scram-sha-256|xoauth2|oauthbearer"},
    {"smtp", "token_file", PATH, "", 0, 0, NULL},
    {"smtp", "token_command", TEXT, "", 0, 0, NULL},
    {"smtp", "ca_file", PATH, "", 0, 0, NULL},
    {"smtp", "ehlo", TEXT, "", 0, 0, NULL},
    {"smtp", "connections", NUMBER, "20", 1, 200, NULL},
    {"smtp", "rate", NUMBER, "0", 0, 1000000, NULL},
    {"smtp", "messages_a_day", NUMBER, "0", 0, 10000000, NULL},
    {"smtp", "weight", NUMBER, "1", 0, 100, NULL},
    {"smtp", "breaker", NUMBER, "10", 0, 1000, NULL},
    {"smtp", "breaker_groups", NUMBER, "2", 1, 20, NULL},
    {"smtp", "connect_timeout", DURATION, "30s", 1000, 600000, NULL},
    {"smtp", "greeting_timeout", DURATION, "5m", 1000, 3600000, NULL},
    {"smtp", "mail_timeout", DURATION, "5m", 1000, 3600000, NULL},
    {"smtp", "rcpt_timeout", DURATION, "5m", 1000, 3600000, NULL},
    {"smtp", "data_timeout", DURATION, "2m", 1000, 3600000, NULL},
    {"smtp", "block_timeout", DURATION, "3m", 1000, 3600000, NULL},
    {"smtp", "reply_timeout", DURATION, "0s", 0, 3600000, NULL},
    {"smtp", "dot_timeout", DURATION, "10m", 1000, 3600000, NULL},
    {"smtp", "first_retry", DURATION, "30m", 60000, 86400000, NULL},
    {"smtp", "longest_retry", DURATION, "8h", 60000, 172800000, NULL},
    {"smtp", "give_up_after", DURATION, "2d", 60000, 864000000, NULL},
    {"smtp", "doubt_wait", DURATION, "30m", 0, 86400000, NULL},
    {"smtp", "log", PATH, "", 0, 0, NULL},
    {"domains", "orange", TEXT, "orange.fr, wanadoo.fr, orange.com, orange-business.com, voila.fr, francetelecom.com, connections 5, rate 120", 0, 0, NULL},
    {"domains", "free", TEXT, "free.fr, aliceadsl.fr, libertysurf.fr, freesbee.fr, infonie.fr, worldonline.fr, connections 3, rate 60", 0, 0, NULL},
    {"domains", "sfr", TEXT, "sfr.fr, neuf.fr, cegetel.net, club-internet.fr, numericable.fr, numericable.com, noos.fr, 9online.fr, 9business.fr, evc.net, connections 3, rate 60", 0, 0, NULL},
    {"domains", "laposte", TEXT, "laposte.net, connections 3, rate 60", 0, 0, NULL},
    {"domains", "bouygues", TEXT, "bbox.fr, connections 3, rate 60", 0, 0, NULL},
    {"domains", "google", TEXT, "gmail.com, googlemail.com, connections 5, rate 120", 0, 0, NULL},
    {"domains", "microsoft", TEXT, "outlook.fr, outlook.com, hotmail.fr, hotmail.com, live.fr, live.com, msn.com, connections 3, rate 60", 0, 0, NULL},
    {"domains", "yahoo", TEXT, "yahoo.fr, yahoo.com, ymail.com, rocketmail.com, aol.com, aol.fr, connections 3, rate 60", 0, 0, NULL},
    {"domains", "apple", TEXT, "icloud.com, me.com, mac.com, connections 3, rate 60", 0, 0, NULL},
    {"domains", "others", TEXT, "connections 0, rate 0", 0, 0, NULL},
    {"domains", "*", TEXT, "", 0, 0, NULL},
    {"sender", "from", TEXT, "", 0, 0, NULL},
    {"sender", "reply_to", TEXT, "", 0, 0, NULL},
    {"sender", "return_path", TEXT, "", 0, 0, NULL},
    {"sender", "key_file", PATH, "relais.key", 0, 0, NULL},
    {"sender", "contact_name", TEXT, "", 0, 0, NULL},
    {"sender", "contact_phone", TEXT, "", 0, 0, NULL},
    {"sender", "public_link", TEXT, "", 0, 0, NULL},
    {"sender", "dkim_domain", TEXT, "", 0, 0, NULL},
    {"sender", "dkim_selector", TEXT, "", 0, 0, NULL},
    {"sender", "dkim_key_file", PATH, "", 0, 0, NULL},
    {"sender", "dkim_second_selector", TEXT, "", 0, 0, NULL},
    {"sender", "dkim_second_key_file", PATH, "", 0, 0, NULL},
    {"sender", "auto_replies", WORD, "wanted", 0, 0, "wanted|unwanted"},
    {"inbox", "maildir", PATH, "", 0, 0, NULL},
    {"inbox", "mbox", PATH, "", 0, 0, NULL},
    {"inbox", "imap_url", TEXT, "", 0, 0, NULL},
    {"inbox", "starttls", WORD, "required", 0, 0, "required|opportunistic|off"},
    {"inbox", "username", TEXT, "", 0, 0, NULL},
    {"inbox", "password_file", PATH, "", 0, 0, NULL},
    {"inbox", "auth", WORD, "auto", 0, 0, "auto|plain|login|xoauth2"},
    {"inbox", "token_file", PATH, "", 0, 0, NULL},
    {"inbox", "token_command", TEXT, "", 0, 0, NULL},
    {"inbox", "ca_file", PATH, "", 0, 0, NULL},
    {"inbox", "idle", DURATION, "9m", 0, 1680000, NULL},
    {"inbox", "connect_timeout", DURATION, "30s", 100, 600000, NULL},
    {"inbox", "reply_timeout", DURATION, "1m", 100, 600000, NULL},
    {"inbox", "done_folder", TEXT, ".Relais", 0, 0, NULL},
    {"inbox", "poll", DURATION, "5s", 100, 3600000, NULL},
    {"inbox", "max_megabytes", NUMBER, "20", 1, 200, NULL},
    {"inbox", "soft_limit", NUMBER, "3", 0, 100, NULL},
    {"inbox", "soft_window", DURATION, "30d", 3600000, 31536000000, NULL},
    {"inbox", "soft_rest", DURATION, "14d", 3600000, 31536000000, NULL},
    {"lists", "max_megabytes", NUMBER, "25", 1, 2000, NULL},
    {"lists", "answers_max_age", DURATION, "7d", 3600000, 31536000000, NULL},
    {"schedule", "closures", TEXT, "", 0, 0, NULL},
    {"schedule", "days_between", NUMBER, "0", 0, 60, NULL},
    {"schedule", "messages_a_day", NUMBER, "0", 0, 10000000, NULL},
    {"schedule", "old_answers", WORD, "warn", 0, 0, "warn|hold"},
    {"daemon", "auto_settle", DURATION, "800ms", 0, 60000, NULL},
    {"web", "listen", TEXT, "127.0.0.1:8025", 0, 0, NULL},
    {"web", "base_url", TEXT, "http://127.0.0.1:8025", 0, 0, NULL},
    {"log", "level", WORD, "info", 0, 0, "error|warning|info|debug"},
    {"log", "format", WORD, "text", 0, 0, "text|json"},
};

static const char *const FAMILIES[] = {"smtp", "inbox"}; /* sections that may be named: [inbox.amf29] */

struct value {
    char *section, *name; /* name: NULL of a default */
    const struct key *key;
    char *text, *path;
    int64_t number;
    long line;
};

struct settings {
    char *file, *folder;
    struct value *values; /* those given in the file */
    size_t count;
    struct value defaults[COUNT(KEYS)];
};

/* "smtp" for "smtp" and "smtp.secours". */
static bool in_family(const char *section, const char *family) {
    size_t length = strlen(family);
    if (strncmp(section, family, length)) return false;
    if (!section[length]) return true;
    if (section[length] != '.' || !section[length + 1]) return false;
    for (size_t i = 0; i < COUNT(FAMILIES); i++)
        if (!strcmp(FAMILIES[i], family)) return true;
    return false;
}

static const struct key *key_find(const char *section, const char *name) {
    const struct key *any = NULL;
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        if (!in_family(section, KEYS[i].section)) continue;
        if (!strcmp(KEYS[i].name, name)) return &KEYS[i];
        if (!strcmp(KEYS[i].name, "*")) any = &KEYS[i];
    }
    return any;
}

static bool read_number(const char *text, int64_t *out, const char **rest) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || errno) return false;
    *out = value;
    *rest = end;
    return true;
}

static bool read_duration(const char *text, int64_t *out_ms) {
    static const struct { const char *unit; int64_t ms; } UNITS[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    const char *rest;
    if (!read_number(text, out_ms, &rest) || *out_ms > INT32_MAX || *out_ms < 0) return false;
    for (size_t i = 0; i < COUNT(UNITS); i++)
        if (!strcmp(rest, UNITS[i].unit)) return *out_ms *= UNITS[i].ms, true;
    return false;
}

static bool has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *at = words; length && (at = strstr(at, word)); at += length)
        if ((at == words || at[-1] == '|') && (!at[length] || at[length] == '|')) return true;
    return false;
}

static char *path_from(const char *folder, const char *path) {
    if (!*path || *path == '/' || !strcmp(folder, ".")) return text_dup(path);
    AUTO_BUF joined = BUF_INIT(4096);
    buf_add_format(&joined, "%s/%s", folder, path);
    return buf_take(&joined);
}

static bool judge(const struct settings *settings, struct value *value, struct err *err) {
    const struct key *key = value->key;
    const char *rest = "";
    bool good = true;
    switch (key->type) {
    case TEXT: break;
    case PATH: value->path = path_from(settings->folder, value->text); break;
    case NUMBER:
        good = read_number(value->text, &value->number, &rest) && !*rest && value->number >= key->min &&
               value->number <= key->max;
        break;
    case DURATION:
        good = read_duration(value->text, &value->number) && value->number >= key->min && value->number <= key->max;
        break;
    case WORD: good = has_word(key->words, value->text); break;
    }
    if (good) return true;
    const char *section = key->section, *name = key->name;
    if (key->type == WORD)
        return err_set(err, ERR_INPUT, "BAD_SETTING", "[%s] %s = %s : valeur inconnue ; écrivez l'une de : %s", section,
                       name, value->text, key->words);
    if (key->type == DURATION)
        return err_set(err, ERR_INPUT, "BAD_SETTING",
                       "[%s] %s = %s : durée non comprise ou hors limites ; écrivez par exemple %s (unités ms, s, m, h, d)",
                       section, name, value->text, key->fallback);
    return err_set(err, ERR_INPUT, "BAD_SETTING", "[%s] %s = %s : écrivez un nombre entier de %lld à %lld", section, name,
                   value->text, (long long)key->min, (long long)key->max);
}

static struct value *value_find(const struct settings *settings, const char *section, const char *name) {
    for (size_t i = 0; i < settings->count; i++)
        if (!strcmp(settings->values[i].section, section) && !strcmp(settings->values[i].name, name)) return &settings->values[i];
    return NULL;
}

struct reading {
    struct settings *settings;
    struct err *err;
    FILE *file;
    long line; /* Debian's inih does not tell its handler the line: it is counted where lines are handed out */
    bool failed;
};

/* inih's fgets. Two things it would take silently are errors here: a line it would cut, an indented line it
 * would append to the value above. */
static char *next_line(char *out, int size, void *ctx) {
    struct reading *reading = ctx;
    memset(out, '\n', (size_t)size); /* so that the last NUL byte is the one fgets wrote, and an earlier one the file's */
    if (!fgets(out, size, reading->file)) return NULL;
    reading->line++;
    size_t length = strlen(out);
    bool has_nul = memchr(out + length + 1, '\0', (size_t)size - length - 1) != NULL;
    bool cut = has_nul || (length + 1 == (size_t)size && out[length - 1] != '\n');
    bool indented = (out[0] == ' ' || out[0] == '\t') && out[strspn(out, " \t\r\n")] && !strchr(";#", out[strspn(out, " \t")]);
    if ((cut || indented) && !reading->failed) {
        err_set(reading->err, ERR_INPUT, "BAD_SETTING",
                "%s", cut ? "ligne trop longue (200 octets au plus), ou qui contient un octet nul" : "ligne en retrait ; commencez-la au bord gauche");
        err_at(reading->err, reading->settings->file, reading->line);
        reading->failed = true;
    }
    return out;
}

static bool unknown(struct reading *reading, const char *section, const char *name) {
    bool known_section = false;
    for (size_t i = 0; i < COUNT(KEYS); i++) known_section |= in_family(section, KEYS[i].section);
    if (!known_section)
        return err_set(reading->err, ERR_INPUT, "UNKNOWN_SETTING", "section [%s] inconnue ; voyez config.example.ini", section);
    return err_set(reading->err, ERR_INPUT, "UNKNOWN_SETTING", "[%s] n'a pas de clé « %s » ; voyez config.example.ini",
                   section, name);
}

static int on_line(void *ctx, const char *section, const char *name, const char *text) {
    struct reading *reading = ctx;
    struct settings *settings = reading->settings;
    if (reading->failed) return 1; /* the first error is the one told */
    const struct key *key = key_find(section, name);
    bool good = key != NULL || unknown(reading, section, name);
    if (good) {
        struct value value = {.key = key, .text = text_dup(text), .line = reading->line};
        struct value *older = value_find(settings, section, name);
        if (!(good = judge(settings, &value, reading->err))) free(value.text), free(value.path);
        else if (older) {
            free(older->text);
            free(older->path);
            value.section = older->section;
            value.name = older->name;
            *older = value;
        } else {
            value.section = text_dup(section);
            value.name = text_dup(name);
            settings->values = mem_grow(settings->values, settings->count + 1, sizeof value);
            settings->values[settings->count++] = value;
        }
    }
    if (!good) {
        err_at(reading->err, settings->file, reading->line);
        reading->failed = true;
    }
    return 1;
}

static void set_defaults(struct settings *settings) {
    struct err err;
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        settings->defaults[i] = (struct value){.key = &KEYS[i], .text = text_dup(KEYS[i].fallback)};
        if (!judge(settings, &settings->defaults[i], &err)) abort(); /* the table contradicts itself */
    }
}

struct settings *settings_load(const char *path, struct err *err) {
    AUTO(settings) settings = mem_new(1, sizeof *settings);
    settings->file = text_dup(path);
    const char *slash = strrchr(path, '/');
    settings->folder = !slash ? text_dup(".") : text_dup_n(path, slash == path ? 1 : (size_t)(slash - path));
    set_defaults(settings);
    struct reading reading = {.settings = settings, .err = err, .file = fopen(path, "re")};
    if (!reading.file) {
        err_errno(err, ERR_INPUT, "NO_CONFIG",
                  "configuration « %s » illisible (créez-la par « relais init », ou nommez-la par -c FICHIER)", path);
        return NULL;
    }
    int status = ini_parse_stream(next_line, &reading, on_line, &reading);
    if (ferror(reading.file) && !reading.failed) {
        err_errno(err, ERR_INPUT, "NO_CONFIG", "configuration « %s » illisible", path);
        reading.failed = true;
    }
    fclose(reading.file);
    if (!reading.failed && status > 0) {
        err_set(err, ERR_INPUT, "BAD_SETTING", "ligne non comprise ; écrivez « clé = valeur » ou « [section] »");
        err_at(err, path, status);
        reading.failed = true;
    }
    if (reading.failed) return NULL;
    struct settings *done = settings;
    settings = NULL;
    return done;
}

void settings_free(struct settings *settings) {
    if (!settings) return;
    for (size_t i = 0; i < settings->count; i++) {
        free(settings->values[i].section);
        free(settings->values[i].name);
        free(settings->values[i].text);
        free(settings->values[i].path);
    }
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        free(settings->defaults[i].text);
        free(settings->defaults[i].path);
    }
    free(settings->values);
    free(settings->file);
    free(settings->folder);
    free(settings);
}

static const struct value *value_of(const struct settings *settings, const char *section, const char *name) {
    const struct key *key = key_find(section, name);
    if (!key) {
        fprintf(stderr, "relais: no setting [%s] %s\n", section, name);
        abort();
    }
    const struct value *given = value_find(settings, section, name);
    return given ? given : &settings->defaults[key - KEYS];
}

const char *settings_text(const struct settings *settings, const char *section, const char *key) {
    return value_of(settings, section, key)->text;
}
int64_t settings_int(const struct settings *settings, const char *section, const char *key) {
    return value_of(settings, section, key)->number;
}
int64_t settings_ms(const struct settings *settings, const char *section, const char *key) {
    return value_of(settings, section, key)->number;
}
const char *settings_path(const struct settings *settings, const char *section, const char *key) {
    const char *path = value_of(settings, section, key)->path;
    return path ? path : "";
}
bool settings_is(const struct settings *settings, const char *section, const char *key, const char *word) {
    return !strcmp(settings_text(settings, section, key), word);
}
const char *settings_file(const struct settings *settings) { return settings->file; }
const char *settings_folder(const struct settings *settings) { return settings->folder; }
long settings_line(const struct settings *settings, const char *section, const char *key) {
    return value_of(settings, section, key)->line;
}

const char *settings_section(const struct settings *settings, const char *family, size_t index) {
    for (size_t i = 0; i < settings->count; i++) {
        const char *section = settings->values[i].section;
        bool seen = !in_family(section, family);
        for (size_t k = 0; k < i && !seen; k++) seen = !strcmp(settings->values[k].section, section);
        if (!seen && index-- == 0) return section;
    }
    return NULL;
}

const char *settings_key(const struct settings *settings, const char *section, size_t index) {
    for (size_t i = 0; i < COUNT(KEYS); i++)
        if (in_family(section, KEYS[i].section) && strcmp(KEYS[i].name, "*") && index-- == 0) return KEYS[i].name;
    for (size_t i = 0; i < settings->count; i++)
        if (!strcmp(settings->values[i].section, section) && !strcmp(settings->values[i].key->name, "*") && index-- == 0)
            return settings->values[i].name;
    return NULL;
}
