/* The reader of what comes back: every source in turn, whichever it is, its messages taken in by groups, then out of the way. A source in trouble is told of
 * once, left alone for a while that grows, and keeps nobody waiting meanwhile. */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock_store.h"
#include "base/log.h"
#include "base/process.h"
#include "mailer/inbox/inbound_store.h"
#include "mailer/role_inbox_sources.h"
#include "mailer/roles.h"
#include "mailer/store_path.h"

enum {
    SOURCES = 32,
    TURN = 500,            /* messages of one source before the next one has its turn */
    GROUP = 64,            /* messages taken in together, for the disk is waited for once a group: so many at most, … */
    GROUP_BYTES = 2 << 20, /* … of so many bytes before the last one, … */
    GROUP_MS = 100,        /* … and read in so long; what has nobody behind it goes at once */
    NAP_MS = 50,           /* an artificial clock waits for us */
    SLICE_MS = 250,        /* a signal that comes just before poll is seen after so long */
    FOLLOW_MS = 1000,
    LEAVING_WAIT_MS = 100, /* a delivery that is just leaving is settled within a turn of the sender */
    LEAVING_TRIES = 50,
    PERSON_FACTOR = 12,    /* what a person has to mend is tried less often: servers lock who knocks too much */
    FIRST_MOST_MS = 5000,  /* a source that tells when there is news is seldom looked at, and yet soon again after trouble */
    PAUSE_MOST_MS = 600000,
    COST_FACTOR = 4,       /* a source in trouble takes no more than a fifth of our time */
    CACHE_KB = 4096,       /* of the store: rows are written once, and each message is read in a copy of this process */
    PROGRESS_MS = 250,
    PROGRESS_EVERY = 1000,
};

struct reader {
    struct inbox_source from;
    bool in_pass;
    int64_t total, seen, taken_before; /* of this pass; total -1 = not known */
    int fd;                            /* tells that there is news; -1 = none */
    int64_t due_ms;                    /* monotonic: the next turn */
    int64_t pause_ms;                  /* the last one; 0 = no trouble */
    struct err trouble;                /* the last one told of */
    bool failed;                       /* for the summary */
    int64_t left;
};
/* What has been read from one source and is still to be taken in. */
struct group {
    size_t count, bytes;
    int64_t began_ms;
    struct inbound_judged all[GROUP];
    int64_t tickets[GROUP];
};
struct reading {
    struct app *app;
    struct reader readers[SOURCES];
    size_t count;
    struct token_key key;
    struct soft_rules soft;
    struct buf journal; /* its path */
    struct inbound_rules rules;
    struct group *group;
    int64_t taken, seen_before, left, kinds[INBOUND_KINDS];
    int64_t progress_ms; /* when it was last shown */
    bool once, active, shown; /* active: something was read since the last report */
};

/* -- sources --------------------------------------------------------------------------------------------------- */
static bool readers_open(struct reading *reading, struct err *err) {
    const struct settings *settings = reading->app->settings;
    const char *section;
    for (size_t i = 0; (section = settings_section(settings, "inbox", i)); i++) {
        if (!inbox_source_named(settings, section)) continue;
        if (reading->count == SOURCES)
            return err_set(err, ERR_INPUT, "SOURCES", "plus de %d sections [inbox] ; regroupez-les", SOURCES);
        struct reader *reader = &reading->readers[reading->count];
        *reader = (struct reader){.fd = -1, .total = -1};
        if (!inbox_source_open(settings, section, &reader->from, err)) return false;
        reading->count++;
    }
    if (reading->count) return true;
    return err_set(err, ERR_INPUT, "NO_INBOX",
                   "rien à lire : indiquez [inbox] maildir, mbox ou imap_url dans la configuration (là où arrivent les retours)");
}

static void readers_close(struct reading *reading) {
    for (size_t i = 0; i < reading->count; i++) mail_source_close(&reading->readers[i].from.source);
}

/* -- trouble --------------------------------------------------------------------------------------------------- */
static int64_t longer_pause_ms(const struct reader *reader, const struct err *err, int64_t cost_ms) {
    int64_t first_ms = min_i64(max_i64(reader->from.poll_ms, NAP_MS), FIRST_MOST_MS) * (err->kind == ERR_INPUT ? PERSON_FACTOR : 1);
    int64_t pause_ms = reader->pause_ms ? 2 * reader->pause_ms : first_ms;
    return max_i64(min_i64(pause_ms, PAUSE_MOST_MS), COST_FACTOR * cost_ms);
}

/* Returns false when it is the machine that is in trouble. */
static bool in_trouble(struct reader *reader, const struct err *err, int64_t began_ms) {
    reader->in_pass = false;
    reader->fd = -1;
    if (stop_requested()) return true;
    if (err->kind == ERR_FATAL) return false;
    bool news = !reader->failed || strcmp(reader->trouble.code, err->code);
    reader->pause_ms = longer_pause_ms(reader, err, monotonic_ms() - began_ms);
    reader->due_ms = monotonic_ms() + reader->pause_ms;
    reader->failed = true;
    reader->trouble = *err;
    if (news) log_write(LOG_WARNING, "[%s] %s (%s); tried again in %" PRId64 " s, then less and less often", reader->from.section, err->text, err->code,
                        (reader->pause_ms + 999) / 1000);
    return true;
}

static void out_of_trouble(struct reader *reader) {
    if (reader->failed) log_write(LOG_INFO, "[%s] can be read again", reader->from.section);
    reader->failed = false;
    reader->pause_ms = 0;
}

/* -- a group of messages --------------------------------------------------------------------------------------- */
static const char *name_of(const struct reader *reader, int64_t ticket) {
    return reader->from.source.driver->name(reader->from.source.state, ticket);
}

static void count(struct reading *reading, struct reader *reader, const struct inbound_judged *judged, int64_t ticket) {
    const char *section = reader->from.section, *name = name_of(reader, ticket);
    bool cut = judged->message.cut;
    reading->active = true;
    if (judged->end == INBOUND_SEEN) {
        reading->seen_before++;
        return;
    }
    out_of_trouble(reader);
    reading->taken++;
    reading->kinds[judged->kind]++;
    log_write(LOG_DEBUG, "%s %s: %s %s", section, name, INBOUND_KIND[judged->kind], judged->party_id);
    if (cut)
        log_write(LOG_WARNING, "%s %s: larger than max_megabytes, its beginning kept unread", section, name);
    else if (*judged->trouble)
        log_write(LOG_ERROR, "%s %s: the store refuses what follows from it, kept unread for a person (returned message %" PRId64 "): %s", section, name,
                  judged->inbound_id, judged->trouble);
    else if (judged->kind == INBOUND_UNREAD)
        log_write(LOG_WARNING, "%s %s: could not be read, kept for a person (returned message %" PRId64 ")",
                  section, name, judged->inbound_id);
}

/* One message that stays where it is must not keep the others from being read. */
static void leave(struct reader *reader, int64_t ticket, const struct err *err) {
    reader->left++;
    log_write(LOG_WARNING, "%s %s: %s", reader->from.section, name_of(reader, ticket), err->text);
}

static void drop_group(struct group *group) {
    for (size_t i = 0; i < group->count; i++) inbound_judged_release(&group->all[i]);
    group->count = group->bytes = 0;
}

/* What is durable leaves its source and the group, what waits for a person leaves the group; the rest moves up. False: trouble of the source's. */
static bool let_go(struct reading *reading, struct reader *reader, struct err *err) {
    struct group *group = reading->group;
    const struct mail_source *source = &reader->from.source;
    size_t kept = 0;
    bool good = true;
    for (size_t i = 0; i < group->count; i++) {
        struct inbound_judged *judged = &group->all[i];
        if (judged->end == INBOUND_TAKEN || judged->end == INBOUND_SEEN) {
            count(reading, reader, judged, group->tickets[i]);
            good = good && source->driver->done(source->state, group->tickets[i], err);
            inbound_judged_release(judged);
            continue;
        }
        if (judged->end == INBOUND_UNRECONCILED) {
            struct err why;
            (void)inbound_may_go(judged->end, &why);
            leave(reader, group->tickets[i], &why);
            inbound_judged_release(judged);
            continue;
        }
        if (kept != i) group->all[kept] = *judged;
        group->tickets[kept++] = group->tickets[i];
    }
    group->count = kept;
    return good;
}

/* Takes the group in; a delivery just leaving is waited for, and what it keeps waiting stays for a later turn. False: trouble, the source's unless
 * it is ERR_FATAL. */
static bool take_group(struct reading *reading, struct reader *reader, struct err *err) {
    struct group *group = reading->group;
    struct err why = {0};
    for (int tries = 0; group->count; tries++) {
        (void)inbound_may_go(INBOUND_LEAVING, &why);
        bool good = inbound_take(reading->app->db, &reading->rules, group->all, group->count, app_now_ms(reading->app), &why);
        if (!let_go(reading, reader, err)) return drop_group(group), false;
        if (!good && why.kind != ERR_RETRY) {
            *err = why;
            err->kind = ERR_FATAL; /* the store's, not the source's */
            return drop_group(group), false;
        }
        if (tries == LEAVING_TRIES || stop_requested()) break;
        if (group->count) sleep_ms(LEAVING_WAIT_MS);
    }
    for (size_t i = 0; i < group->count; i++) leave(reader, group->tickets[i], &why);
    return drop_group(group), true;
}

static bool full(const struct group *group) {
    return group->count == GROUP || group->bytes >= GROUP_BYTES || (group->count && monotonic_ms() - group->began_ms >= GROUP_MS);
}

/* The reader's trouble, and the store's, pass, or they are the machine's. */
static bool judge(struct reading *reading, struct inbound_message *message, struct inbound_judged *judged, struct err *err) {
    for (int tries = 0;; tries++) {
        if (inbound_judge(reading->app->db, message, judged, err)) return true;
        if (err->kind != ERR_RETRY || tries == LEAVING_TRIES || stop_requested()) return false;
        sleep_ms(LEAVING_WAIT_MS);
    }
}

/* One more for the group. SOURCE_TROUBLE: err is the source's, unless it is ERR_FATAL. */
static enum source_got read_one(struct reading *reading, struct reader *reader, struct err *err) {
    const struct mail_source *source = &reader->from.source;
    struct group *group = reading->group;
    struct inbound_message message = {.source = reader->from.section, .bytes = BUF_INIT(reader->from.limit_bytes)};
    int64_t ticket = 0;
    enum source_got got = source->driver->read(source->state, reader->from.limit_bytes, &message.bytes, &message.cut, &ticket, err);
    size_t length = message.bytes.length;
    reader->seen += got > 0;
    if (got == SOURCE_STAYS) leave(reader, ticket, err);
    if (got == SOURCE_MESSAGE && !judge(reading, &message, &group->all[group->count], err)) {
        got = err->kind == ERR_RETRY ? SOURCE_STAYS : SOURCE_TROUBLE;
        if (got == SOURCE_STAYS) leave(reader, ticket, err);
        else err->kind = ERR_FATAL; /* the store's, not the source's */
    }
    if (got != SOURCE_MESSAGE) return buf_release(&message.bytes), got;
    if (!group->count) group->began_ms = monotonic_ms();
    group->bytes += length;
    group->tickets[group->count++] = ticket;
    return got;
}

/* -- passes ---------------------------------------------------------------------------------------------------- */
static void show_progress(struct reading *reading, const struct reader *reader) {
    int64_t now_ms = monotonic_ms();
    if (isatty(STDERR_FILENO) && !log_is_json()) {
        if (now_ms - reading->progress_ms < PROGRESS_MS || reader->total < TURN) return;
        fprintf(stderr, "\r\033[K[%s] %" PRId64 " / %" PRId64 " lus", reader->from.section, reader->seen, max_i64(reader->total, reader->seen));
        reading->progress_ms = now_ms;
        reading->shown = true;
    } else if (reader->total >= PROGRESS_EVERY && reader->seen && reader->seen % PROGRESS_EVERY == 0)
        log_write(LOG_INFO, "%s: %" PRId64 " of %" PRId64 " read", reader->from.section, reader->seen, max_i64(reader->total, reader->seen));
}

static bool begin_pass(struct reading *reading, struct reader *reader, struct err *err) {
    const struct mail_source *source = &reader->from.source;
    reader->total = source->driver->list(source->state, err);
    if (reader->total < 0) return false;
    reader->in_pass = true;
    reader->seen = reader->left = 0;
    reader->taken_before = reading->taken;
    return true;
}

static bool end_pass(struct reading *reading, struct reader *reader, struct err *err) {
    const struct mail_source *source = &reader->from.source;
    struct source_wait wait = {.fd = -1};
    reader->in_pass = false;
    if (!source->driver->end(source->state, err)) return false;
    out_of_trouble(reader);
    if (reading->shown) fputs("\r\033[K", stderr), reading->shown = false;
    if (reading->taken > reader->taken_before) { /* what came or moved meanwhile is looked for at once */
        log_write(LOG_INFO, "[%s] %" PRId64 " messages came back", reader->from.section, reading->taken - reader->taken_before);
        reader->due_ms = monotonic_ms();
        return true;
    }
    if (reading->once) return true;
    if (!source->driver->wait(source->state, &wait, err)) return false;
    reader->fd = wait.fd;
    reader->due_ms = monotonic_ms() + (wait.fd >= 0 ? wait.wait_ms : reader->from.poll_ms);
    return true;
}

/* The source is in trouble (err), or the machine: what it gave before that counts all the same. False: now it is the machine. */
static bool take_what_is_read(struct reading *reading, struct reader *reader, struct err *err) {
    struct err more;
    if (err->kind == ERR_FATAL || take_group(reading, reader, &more) || more.kind != ERR_FATAL) return true;
    *err = more;
    return false;
}

/* Some messages of one source. False when the machine or the store is in trouble. */
static bool turn(struct reading *reading, struct reader *reader, struct err *err) {
    int64_t began_ms = monotonic_ms();
    enum source_got got = SOURCE_MESSAGE;
    reader->fd = -1;
    if (!reader->in_pass && !begin_pass(reading, reader, err)) return in_trouble(reader, err, began_ms);
    for (int i = 0; i < TURN && got > 0 && !stop_requested(); i++) {
        int64_t reading_ms = monotonic_ms();
        got = read_one(reading, reader, err);
        if (got == SOURCE_TROUBLE) return take_what_is_read(reading, reader, err) && in_trouble(reader, err, reading_ms);
        show_progress(reading, reader);
        if (full(reading->group) && !take_group(reading, reader, err)) return in_trouble(reader, err, monotonic_ms());
    }
    if (!take_group(reading, reader, err)) return in_trouble(reader, err, monotonic_ms());
    reader->due_ms = monotonic_ms();
    return got != SOURCE_END || end_pass(reading, reader, err) || in_trouble(reader, err, monotonic_ms());
}

/* -- the loop -------------------------------------------------------------------------------------------------- */
static bool follow_clock(struct reading *reading, struct err *err) {
    bool followed = false;
    if (!clock_follow(reading->app->db, &reading->app->clock, &followed, err)) return false;
    if (!followed || reading->app->clock.mode != CLOCK_AUTO) return true;
    for (size_t i = 0; i < reading->count; i++) reading->active |= reading->readers[i].in_pass;
    return clock_report(reading->app->db, "inbox", &reading->app->clock, NO_INSTANT, reading->active, err);
}

/* Sleeps until the next turn of somebody, or until a source has something new: that one is due then. */
static void wait_for_news(struct reading *reading, int64_t most_ms) {
    struct pollfd all[SOURCES];
    struct reader *whose[SOURCES];
    nfds_t watched = 0;
    int64_t wait_ms = most_ms;
    for (size_t i = 0; i < reading->count; i++) {
        struct reader *reader = &reading->readers[i];
        wait_ms = min_i64(wait_ms, reader->due_ms - monotonic_ms());
        if (reader->fd < 0) continue;
        whose[watched] = reader;
        all[watched++] = (struct pollfd){.fd = reader->fd, .events = POLLIN};
    }
    if (stop_requested() || poll(all, watched, (int)max_i64(0, wait_ms)) <= 0) return;
    for (nfds_t i = 0; i < watched; i++)
        if (all[i].revents) whose[i]->due_ms = monotonic_ms();
}

static bool loop(struct reading *reading, struct err *err) {
    for (int64_t followed_ms = -FOLLOW_MS; !stop_requested();) {
        bool automatic = reading->app->clock.mode == CLOCK_AUTO;
        for (size_t i = 0; i < reading->count && !stop_requested(); i++) {
            struct reader *reader = &reading->readers[i];
            bool soon = automatic && reader->fd < 0 && !reader->failed; /* time stands still until we have looked */
            if ((soon || monotonic_ms() >= reader->due_ms) && !turn(reading, reader, err)) return false;
        }
        if (automatic || monotonic_ms() - followed_ms >= FOLLOW_MS) {
            if (!follow_clock(reading, err) && err->kind != ERR_RETRY) return false;
            reading->active = false;
            followed_ms = monotonic_ms();
        }
        wait_for_news(reading, reading->app->clock.mode == CLOCK_AUTO ? NAP_MS : SLICE_MS);
    }
    return true;
}

/* One pass of each. False when nothing could be read at all, or the machine is in trouble. */
static bool read_once(struct reading *reading, struct err *err) {
    size_t failed = 0;
    for (size_t i = 0; i < reading->count && !stop_requested(); i++) {
        struct reader *reader = &reading->readers[i];
        do {
            if (!turn(reading, reader, err)) return false;
        } while (reader->in_pass && !stop_requested());
        reading->left += reader->left;
        failed += reader->failed;
    }
    if (!failed || failed < reading->count) return true;
    *err = reading->readers[0].trouble;
    return false;
}

/* -- the summary ----------------------------------------------------------------------------------------------- */
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

static struct js *sources_js(const struct reading *reading) {
    struct js *all = js_array();
    for (size_t i = 0; i < reading->count; i++) {
        const struct reader *reader = &reading->readers[i];
        struct js *one = js_object();
        js_set_text(one, "source", reader->from.section);
        js_set_text(one, "outcome", reader->failed ? "failed" : "read");
        js_set_text(one, "code", reader->failed ? reader->trouble.code : "");
        js_set_text(one, "text", reader->failed ? reader->trouble.text : "");
        js_add(all, one);
    }
    return all;
}

static void tell(const struct reading *reading) {
    if (reading->app->format == APP_JSON) {
        AUTO(js) answer = js_object();
        struct js *kinds = js_object();
        for (int i = 0; i < INBOUND_KINDS; i++) js_set_int(kinds, INBOUND_KIND[i], reading->kinds[i]);
        js_set_int(answer, "taken", reading->taken);
        js_set(answer, "kinds", kinds);
        js_set_int(answer, "seen_before", reading->seen_before);
        js_set_int(answer, "left", reading->left);
        js_set(answer, "sources", sources_js(reading));
        js_write(answer, stdout);
        return;
    }
    printf("%" PRId64 " message%s lu%s\n", reading->taken, reading->taken > 1 ? "s" : "",
           reading->taken > 1 ? "s" : "");
    for (int i = 0; i < INBOUND_KINDS; i++)
        if (reading->kinds[i]) printf("  %6" PRId64 "  %s\n", reading->kinds[i], FRENCH[i]);
    if (reading->seen_before) printf("  %6" PRId64 "  déjà vus\n", reading->seen_before);
    if (reading->left) printf("  %6" PRId64 "  laissés en place, à relire\n", reading->left);
    for (size_t i = 0; i < reading->count; i++)
        if (reading->readers[i].failed) printf("[%s] n'a pas été lu jusqu'au bout : %s\n", reading->readers[i].from.section, reading->readers[i].trouble.text);
}

static bool some_failed(const struct reading *reading) {
    for (size_t i = 0; i < reading->count; i++)
        if (reading->readers[i].failed) return true;
    return false;
}

int role_inbox(struct app *app, bool once) {
    struct err err = {0};
    AUTO_MEM struct group *group = mem_new(1, sizeof *group);
    struct reading reading = {.app = app, .once = once, .group = group, .journal = BUF_INIT(4096)};
    bool good = app_db(app, &err) && db_cache_kb(app->db, CACHE_KB, &err) && readers_open(&reading, &err) &&
                token_key_load(settings_path(app->settings, "sender", "key_file"), &reading.key, &err) &&
                stop_signals_watch(&err);
    if (good) {
        reading.soft = soft_rules_read(app->settings);
        store_journal_path(app->settings, &reading.journal);
        reading.rules = (struct inbound_rules){&reading.key, &reading.soft, buf_text(&reading.journal)};
    }
    if (good) good = once ? read_once(&reading, &err) : loop(&reading, &err);
    readers_close(&reading);
    buf_release(&reading.journal);
    if (!good) return app_refuse(app, &err);
    if (!once) return EXIT_DONE;
    tell(&reading);
    return reading.kinds[INBOUND_UNREAD] || reading.left || some_failed(&reading) ? EXIT_PERSON : EXIT_DONE;
}
