/* The reader of what comes back: every source in turn, each message taken in, then moved out of the way. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock_store.h"
#include "base/log.h"
#include "base/process.h"
#include "mailer/inbox/inbound_store.h"
#include "mailer/inbox/source_maildir.h"
#include "mailer/roles.h"

enum {
    SOURCES = 32,
    NAP_MS = 50,           /* an artificial clock waits for us; a signal too */
    LEAVING_WAIT_MS = 100, /* a delivery that is just leaving is settled within a turn of the sender */
    LEAVING_TRIES = 50,
};

struct source {
    const char *section;
    struct maildir *maildir;
    size_t limit_bytes;
    int64_t poll_ms;
};
struct reading {
    struct app *app;
    struct source sources[SOURCES];
    size_t count;
    struct token_key key;
    struct soft_rules soft;
    int64_t taken, seen_before, left, kinds[INBOUND_KINDS];
    bool active; /* something was read since the last report */
};

/* -- sources
 * ---------------------------------------------------------------------------------------------------- */
static bool source_open(struct reading *reading, const char *section, struct err *err) {
    const struct settings *settings = reading->app->settings;
    const char *path = settings_path(settings, section, "maildir");
    if (*settings_text(settings, section, "imap_url")) {
        err_set(err, ERR_INPUT, "IMAP",
                "[%s] imap_url n'est pas encore pris en charge ; donnez un dossier par maildir", section);
        return err_at(err, settings_file(settings), settings_line(settings, section, "imap_url"));
    }
    if (!*path) return true;
    if (reading->count == SOURCES)
        return err_set(err, ERR_INPUT, "SOURCES", "plus de %d sections [inbox] ; regroupez-les", SOURCES);
    struct source *source = &reading->sources[reading->count];
    source->section = section;
    source->limit_bytes = (size_t)settings_int(settings, section, "max_megabytes") * 1000000;
    source->poll_ms = settings_ms(settings, section, "poll");
    source->maildir = maildir_open(path, settings_text(settings, section, "done_folder"), err);
    if (!source->maildir)
        return err_at(err, settings_file(settings), settings_line(settings, section, "maildir"));
    reading->count++;
    return true;
}

static bool sources_open(struct reading *reading, struct err *err) {
    const char *section;
    for (size_t i = 0; (section = settings_section(reading->app->settings, "inbox", i)); i++)
        if (!source_open(reading, section, err)) return false;
    if (reading->count) return true;
    return err_set(
        err, ERR_INPUT, "NO_INBOX",
        "rien à lire : indiquez [inbox] maildir dans la configuration (le dossier où arrivent les retours)");
}

static void sources_close(struct reading *reading) {
    for (size_t i = 0; i < reading->count; i++) maildir_close(reading->sources[i].maildir);
}

/* -- one message, one source
 * ------------------------------------------------------------------------------------- */
/* Takes it in; a delivery just leaving is waited for. False with ERR_RETRY when it must stay for a later
 * turn. */
static bool take(struct reading *reading, const struct inbound_message *message,
                 struct inbound_outcome *outcome, struct err *err) {
    for (int tries = 0;; tries++) {
        if (inbound_take(reading->app->db, &reading->key, &reading->soft, message, app_now_ms(reading->app), outcome, err))
            return true;
        if (err->kind != ERR_RETRY || tries == LEAVING_TRIES || stop_requested()) return false;
        sleep_ms(LEAVING_WAIT_MS);
    }
}

static void count(struct reading *reading, const struct source *source, int64_t index,
                  const struct inbound_outcome *outcome, bool cut) {
    reading->active = true;
    reading->seen_before += outcome->seen_before;
    if (outcome->seen_before) return;
    reading->taken++;
    reading->kinds[outcome->kind]++;
    log_write(LOG_DEBUG, "%s %s: %s %s", source->section, maildir_name(source->maildir, index),
              INBOUND_KIND[outcome->kind], outcome->party_id);
    if (cut)
        log_write(LOG_WARNING, "%s %s: larger than max_megabytes, its beginning kept unread", source->section,
                  maildir_name(source->maildir, index));
    else if (outcome->kind == INBOUND_UNREAD)
        log_write(LOG_WARNING, "%s %s: could not be read, kept for a person (returned message %" PRId64 ")",
                  source->section, maildir_name(source->maildir, index), outcome->inbound_id);
}

/* One message that stays where it is must not keep the others from being read. */
static int leave(struct reading *reading, const struct source *source, int64_t index, const struct err *err) {
    reading->left++;
    log_write(LOG_WARNING, "%s %s: %s", source->section, maildir_name(source->maildir, index), err->text);
    return 0;
}

/* 1 taken, 0 left where it is, -1 error. */
static int read_one(struct reading *reading, const struct source *source, int64_t index, struct err *err) {
    AUTO_BUF message = BUF_INIT(source->limit_bytes);
    struct inbound_outcome outcome;
    bool cut = false;
    int got = maildir_read(source->maildir, index, source->limit_bytes, &message, &cut, err);
    if (got <= 0) return got ? leave(reading, source, index, err) : 0;
    struct inbound_message given = {
        .source = source->section, .bytes = buf_text(&message), .length = message.length, .cut = cut};
    if (!take(reading, &given, &outcome, err))
        return err->kind == ERR_RETRY ? leave(reading, source, index, err) : -1;
    count(reading, source, index, &outcome, cut);
    return maildir_done(source->maildir, index, err) ? 1 : -1;
}

/* All that lies in the source now. False on an error that time does not mend. */
static bool read_source(struct reading *reading, const struct source *source, struct err *err) {
    int64_t messages = maildir_list(source->maildir, err);
    if (messages < 0) return false;
    reading->left = 0;
    for (int64_t i = 0; i < messages && !stop_requested(); i++) {
        if (read_one(reading, source, i, err) < 0) return false;
        if (messages >= 1000 && i && i % 1000 == 0)
            log_write(LOG_INFO, "%s: %" PRId64 " of %" PRId64 " read", source->section, i, messages);
    }
    return true;
}

/* -- the loop
 * ---------------------------------------------------------------------------------------------------- */
static bool follow_clock(struct reading *reading, struct err *err) {
    bool followed = false;
    if (!clock_follow(reading->app->db, &reading->app->clock, &followed, err)) return false;
    if (!followed || reading->app->clock.mode != CLOCK_AUTO) return true;
    return clock_report(reading->app->db, "inbox", &reading->app->clock, NO_INSTANT, reading->active, err);
}

static void nap(int64_t wait_ms) {
    for (int64_t until_ms = monotonic_ms() + wait_ms; !stop_requested() && monotonic_ms() < until_ms;)
        sleep_ms(min_i64(NAP_MS, max_i64(1, until_ms - monotonic_ms())));
}

static int64_t shortest_poll_ms(const struct reading *reading) {
    int64_t wait_ms = reading->sources[0].poll_ms;
    for (size_t i = 1; i < reading->count; i++) wait_ms = min_i64(wait_ms, reading->sources[i].poll_ms);
    return wait_ms;
}

static bool loop(struct reading *reading, struct err *err) {
    while (!stop_requested()) {
        int64_t before = reading->taken;
        for (size_t i = 0; i < reading->count; i++)
            if (!read_source(reading, &reading->sources[i], err)) return false;
        if (reading->taken > before)
            log_write(LOG_INFO, "%" PRId64 " messages came back", reading->taken - before);
        if (!follow_clock(reading, err) && err->kind != ERR_RETRY) return false;
        reading->active = false;
        nap(reading->app->clock.mode == CLOCK_AUTO ? NAP_MS : shortest_poll_ms(reading));
    }
    return true;
}

/* -- the summary
 * ---------------------------------------------------------------------------------------------------- */
static const char *const FRENCH[INBOUND_KINDS] = {[INBOUND_HARD] = "échecs définitifs",
                                                  [INBOUND_SOFT] = "échecs temporaires",
                                                  [INBOUND_DELIVERED] = "avis de remise",
                                                  [INBOUND_COMPLAINT] = "plaintes",
                                                  [INBOUND_AUTOREPLY] = "réponses automatiques",
                                                  [INBOUND_CHALLENGE] = "demandes d'authentification",
                                                  [INBOUND_UNSUBSCRIBE] = "oppositions",
                                                  [INBOUND_REPLY] = "réponses",
                                                  [INBOUND_OTHER] = "autres",
                                                  [INBOUND_UNREAD] = "non lus"};

static void tell(const struct reading *reading) {
    if (reading->app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        struct js *kinds = js_object();
        for (int i = 0; i < INBOUND_KINDS; i++) js_set_int(kinds, INBOUND_KIND[i], reading->kinds[i]);
        js_set_int(answer, "taken", reading->taken);
        js_set(answer, "kinds", kinds);
        js_set_int(answer, "seen_before", reading->seen_before);
        js_set_int(answer, "left", reading->left);
        js_write(answer, stdout);
        return;
    }
    printf("%" PRId64 " message%s lu%s\n", reading->taken, reading->taken > 1 ? "s" : "",
           reading->taken > 1 ? "s" : "");
    for (int i = 0; i < INBOUND_KINDS; i++)
        if (reading->kinds[i]) printf("  %6" PRId64 "  %s\n", reading->kinds[i], FRENCH[i]);
    if (reading->seen_before) printf("  %6" PRId64 "  déjà vus\n", reading->seen_before);
    if (reading->left) printf("  %6" PRId64 "  laissés en place, à relire\n", reading->left);
}

int role_inbox(struct app *app, bool once) {
    struct err err = {0};
    struct reading reading = {.app = app};
    int64_t left = 0;
    bool good = app_db(app, &err) && sources_open(&reading, &err) &&
                token_key_load(settings_path(app->settings, "sender", "key_file"), &reading.key, &err) &&
                stop_signals_watch(&err);
    if (good) reading.soft = soft_rules_read(app->settings);
    if (good && !once) good = loop(&reading, &err);
    for (size_t i = 0; once && good && i < reading.count; i++) {
        good = read_source(&reading, &reading.sources[i], &err);
        left += reading.left;
    }
    reading.left = left;
    sources_close(&reading);
    if (!good) return app_refuse(app, &err);
    if (!once) return EXIT_DONE;
    tell(&reading);
    return reading.kinds[INBOUND_UNREAD] || left ? EXIT_PERSON : EXIT_DONE;
}
