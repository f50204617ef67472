/* What every command starts from: configuration, database, clock, arguments, errors. */
#include "mailer/app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock_store.h"
#include "base/log.h"
#include "base/process.h"
#include "base/text.h"
#include "mailer/store_path.h"

static bool find_config(struct app *app) {
    static const char *const PLACES[] = {"relais.ini", "/etc/relais/relais.ini"};
    const char *given = getenv("RELAIS_CONFIG");
    if (!app->config_file && given && *given) app->config_file = given;
    for (size_t i = 0; i < COUNT(PLACES) && !app->config_file; i++)
        if (!access(PLACES[i], F_OK)) app->config_file = PLACES[i];
    return app->config_file != NULL;
}

bool app_settings(struct app *app, struct err *err) {
    if (app->settings) return true;
    if (!find_config(app))
        return err_set(err, ERR_INPUT, "NO_CONFIG",
                       "aucune configuration : ni ./relais.ini ni /etc/relais/relais.ini ; créez-la par « relais init », "
                       "ou nommez-la par -c FICHIER");
    app->settings = settings_load(app->config_file, err);
    return app->settings != NULL;
}

/* While a daemon runs on an artificial clock, commands without one of their own follow it. */
static bool follow_daemon(struct app *app, struct err *err) {
    AUTO_BUF path = BUF_INIT(4096);
    bool followed;
    store_lock_path(app->settings, "daemon", &path);
    return app->clock_text || !lock_held(buf_text(&path)) || clock_follow(app->db, &app->clock, &followed, err);
}

bool app_sender_works(const struct app *app) {
    AUTO_BUF path = BUF_INIT(4096);
    store_lock_path(app->settings, "send", &path);
    if (access(buf_text(&path), F_OK)) return false;
    return access(buf_text(&path), R_OK | W_OK) || lock_held(buf_text(&path));
}

bool app_db(struct app *app, struct err *err) {
    if (app->db) return true;
    if (!app_settings(app, err) || !app_closures(app, err)) return false;
    AUTO_BUF url = BUF_INIT(4096);
    store_url(app->settings, &url);
    struct db *db = db_open(buf_text(&url), false, err);
    if (!db) return false;
    int version = db_version(db, err);
    if (version == 0)
        err_set(err, ERR_INPUT, "STORE_FOREIGN", "« %s » n'est pas une base de Relais ; corrigez [store] url, ou créez-en une par « relais init »",
                buf_text(&url));
    if (version <= 0 || !db_migrate(db, err)) return db_close(db), false;
    app->db = db;
    return follow_daemon(app, err);
}

int64_t app_now_ms(const struct app *app) { return clock_now_ms(&app->clock); }

int app_refuse(struct app *app, const struct err *err) {
    char line[1200];
    log_last_words(err_line(err, line, sizeof line));
    if (app->format != APP_JSON) return EXIT_REFUSED;
    AUTO(js) answer = js_object();
    struct js *error = js_object();
    js_set_text(error, "code", err->code);
    js_set_text(error, "message", err->text);
    if (err->file[0]) js_set_text(error, "file", err->file);
    else js_set_null(error, "file");
    if (err->line) js_set_int(error, "line", err->line);
    else js_set_null(error, "line");
    js_set(answer, "error", error);
    js_write(answer, stdout);
    return EXIT_REFUSED;
}

bool app_read_file(const char *path, size_t limit_bytes, struct buf *out, struct err *err) {
    bool from_input = !strcmp(path, "-");
    FILE *file = from_input ? stdin : fopen(path, "re");
    if (!file) {
        err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
        return err_at(err, path, 0);
    }
    out->ceiling = limit_bytes;
    errno = 0;
    bool good = buf_add_file(out, file);
    bool large = limit_bytes >= 1000000;
    if (!good && out->overflow)
        err_set(err, ERR_INPUT, "TOO_LARGE", "ce fichier dépasse %zu %s ; vérifiez que c'est le bon", large ? limit_bytes / 1000000 : limit_bytes,
                large ? "Mo" : "octets");
    else if (!good) err_errno(err, ERR_INPUT, "FILE", "ce fichier ne peut être lu");
    if (!from_input) fclose(file);
    return good || err_at(err, path, 0);
}

/* -- arguments -------------------------------------------------------------------------------------------- */
static const char *const FORMATS[] = {[APP_TEXT] = "text", [APP_JSON] = "json", [APP_CSV] = "csv", [APP_HTML] = "html", [APP_XLSX] = "xlsx"};

static bool set_format(struct app *app, const char *word, struct err *err) {
    for (size_t i = 0; i < COUNT(FORMATS); i++)
        if (text_equal(FORMATS[i], word)) return app->format = (enum app_format)i, true;
    return err_set(err, ERR_INPUT, "USAGE", "--format %s : écrivez text, json, csv, html ou xlsx", word ? word : "");
}

/* The value of an option: behind "=", or the next word. */
static const char *value_of(int argc, char **argv, int *at, size_t name_length) {
    const char *word = argv[*at];
    if (word[name_length] == '=') return word + name_length + 1;
    return *at + 1 < argc ? argv[++*at] : NULL;
}

static bool is_option(const char *word, const char *name) {
    size_t length = strlen(name);
    return !strncmp(word, name, length) && (!word[length] || word[length] == '=');
}

/* 1 taken, 0 not an option known here, -1 error. */
static int take_option(struct app *app, int argc, char **argv, int *at, const struct app_option *options, size_t count,
                       struct err *err) {
    const char *word = argv[*at];
    if (is_option(word, "--format"))
        return set_format(app, value_of(argc, argv, at, strlen("--format")), err) ? 1 : -1;
    if (is_option(word, "--config")) {
        app->config_file = value_of(argc, argv, at, strlen("--config"));
        if (app->config_file) return 1;
        err_set(err, ERR_INPUT, "USAGE", "l'option --config attend un fichier");
        return -1;
    }
    if (is_option(word, "--clock")) {
        app->clock_text = value_of(argc, argv, at, strlen("--clock"));
        return clock_parse(&app->clock, app->clock_text ? app->clock_text : "", err) ? 1 : -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_option(word, options[i].name)) continue;
        if (options[i].flag) return *options[i].flag = true, 1;
        *options[i].text = value_of(argc, argv, at, strlen(options[i].name));
        if (*options[i].text) return 1;
        err_set(err, ERR_INPUT, "USAGE", "l'option %s attend une valeur", word);
        return -1;
    }
    return 0;
}

static bool ends_nocase(const char *text, const char *end) {
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && text_equal_nocase(text + length - tail, end);
}

bool app_output_form(struct app *app, const char *path, struct err *err) {
    static const struct { const char *end; enum app_format format; } ENDINGS[] = {{".csv", APP_CSV}, {".xlsx", APP_XLSX}};
    for (size_t i = 0; path && i < COUNT(ENDINGS); i++) {
        if (!ends_nocase(path, ENDINGS[i].end)) continue;
        if (app->format == APP_TEXT) app->format = ENDINGS[i].format;
        if (app->format == ENDINGS[i].format) continue;
        return err_set(err, ERR_INPUT, "USAGE", "--output %s : la fin de ce nom et --format ne disent pas la même chose ; retirez --format", path);
    }
    if (app->format == APP_XLSX && (!path || !strcmp(path, "-")))
        return err_set(err, ERR_INPUT, "USAGE", "--format xlsx : un classeur ne peut être affiché ; ajoutez --output FICHIER.xlsx");
    return true;
}

/* Every command speaks text and JSON; what else, by command. A format that is not written is refused, not ignored. */
static bool writes(const char *command, enum app_format format) {
    static const struct { const char *command; unsigned formats; } MORE[] = {
        {"answered", 1u << APP_CSV | 1u << APP_XLSX}, {"calls", 1u << APP_CSV | 1u << APP_XLSX},
        {"check", 1u << APP_CSV}, {"directory", 1u << APP_CSV | 1u << APP_XLSX}, {"history", 1u << APP_CSV},
        {"doubts", 1u << APP_CSV}, {"returns", 1u << APP_CSV}, {"suppressions", 1u << APP_CSV},
        {"import", 1u << APP_CSV | 1u << APP_XLSX}, {"imports", 1u << APP_CSV}, {"plan", 1u << APP_CSV},
        {"reference", 1u << APP_CSV}, {"rehearse", 1u << APP_CSV}, {"report", 1u << APP_CSV | 1u << APP_HTML | 1u << APP_XLSX}};
    unsigned formats = 1u << APP_TEXT | 1u << APP_JSON;
    for (size_t i = 0; i < COUNT(MORE); i++)
        if (text_equal(MORE[i].command, command)) formats |= MORE[i].formats;
    return formats >> format & 1;
}

int app_arguments(struct app *app, int argc, char **argv, const struct app_option *options, size_t option_count,
                  const char **words, int least, int most, struct err *err) {
    int count = 0;
    bool only_words = false;
    for (int at = 1; at < argc; at++) {
        if (!only_words && !strcmp(argv[at], "--")) {
            only_words = true;
            continue;
        }
        if (!only_words && !strncmp(argv[at], "--", 2)) {
            int taken = take_option(app, argc, argv, &at, options, option_count, err);
            if (taken > 0) continue;
            if (!taken) err_set(err, ERR_INPUT, "USAGE", "« relais %s » ne connaît pas l'option %s ; voyez « relais help »", argv[0], argv[at]);
            return -1;
        }
        if (count == most) {
            err_set(err, ERR_INPUT, "USAGE", "mot de trop : « %s » ; voyez « relais help »", argv[at]);
            return -1;
        }
        words[count++] = argv[at];
    }
    if (!writes(argv[0], app->format)) {
        err_set(err, ERR_INPUT, "USAGE", "« relais %s » n'écrit pas le format %s ; choisissez text%s", argv[0], FORMATS[app->format],
                writes(argv[0], APP_CSV) ? ", json ou csv" : " ou json");
        return -1;
    }
    if (count >= least) return count;
    err_set(err, ERR_INPUT, "USAGE", "« relais %s » attend %s ; voyez « relais help »", argv[0],
            count ? "un argument de plus" : "un argument");
    return -1;
}
