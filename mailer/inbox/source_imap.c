/* A pass goes through the mailbox in windows of so many messages, by number, and each window in sets of so many bytes: what is held in memory depends on
 * neither how many messages wait there nor how large they are. Numbers move as messages leave; what a pass misses for that, the next one meets. UIDs
 * live only as long as the selection they were listed in, so that a new UIDVALIDITY changes nothing: dedupe is the store's. */
#include "mailer/inbox/source_imap.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 500,        /* messages listed at once, and moved at once: some servers look through the whole mailbox for each move */
    SET = 50,            /* messages fetched at once … */
    SET_BYTES = 2 << 20, /* … and bytes; a larger message is fetched alone */
    SIZE_SLACK = 65536,  /* RFC822.SIZE is the server's word, and some only estimate it */
    LATER_MS = 1000,
    AVOIDED = 16,
};

struct fetched {
    uint32_t uid;
    bool told;
    struct buf bytes;
};
struct imap_source {
    struct imap_account account;
    char done_folder[512];
    int64_t idle_ms;
    struct imap *imap; /* NULL = closed */
    bool idling;
    struct imap_listed window[WINDOW];
    int listed, at;      /* at: the first that is not fetched yet */
    struct fetched set[SET];
    int set_count, set_at; /* set_at: behind the message just read */
    uint32_t next_number, last_uid, seen_exists, validity; /* validity: of what is being read */
    uint32_t done[WINDOW];
    int done_count;
    char name[40];
    bool careful;            /* a set could not be fetched: one message at a time, to find which */
    uint32_t avoided[AVOIDED], avoided_count, avoided_validity; /* and those are left alone, for the others' sake */
};

/* -- the connection ------------------------------------------------------------------------------------------------ */
static void forget_set(struct imap_source *source) {
    for (int i = 0; i < source->set_count; i++) buf_release(&source->set[i].bytes);
    source->set_count = source->set_at = 0;
}

static void shut(struct imap_source *source) {
    imap_close(source->imap);
    source->imap = NULL;
    source->idling = false;
    source->done_count = 0; /* they are met again, and known */
    source->listed = source->at = 0;
    forget_set(source);
}

static bool wake(struct imap_source *source, struct err *err) {
    if (!source->idling) return imap_noop(source->imap, err);
    source->idling = false;
    return imap_idle_done(source->imap, err);
}

/* A connection that has served and is gone (a restart, a time-out of the server's) is no trouble: it is opened once more at once. */
static bool be_open(struct imap_source *source, struct err *err) {
    if (source->imap && wake(source, err)) return true;
    if (source->imap) shut(source);
    struct imap_account *account = &source->account;
    bool wants_token = *account->token_file || *account->token_command;
    if (wants_token && !account->token) account->token = access_token_open(account->section, account->token_file, account->token_command, err);
    if (wants_token && !account->token) return false;
    return (source->imap = imap_open(&source->account, err)) != NULL;
}

static bool flush_done(struct imap_source *source, struct err *err) {
    if (!source->done_count) return true;
    if (!imap_move(source->imap, source->done, source->done_count, source->done_folder, err)) return false;
    if (imap_can(source->imap) & (IMAP_MOVE | IMAP_UIDPLUS)) {
        source->next_number -= (uint32_t)min_i64(source->done_count, source->next_number - 1);
        source->seen_exists -= (uint32_t)min_i64(source->done_count, source->seen_exists);
    }
    source->done_count = 0;
    return true;
}

/* -- a pass ---------------------------------------------------------------------------------------------------------- */
static int64_t imap_source_list(void *state, struct err *err) {
    struct imap_source *source = state;
    source->listed = source->at = 0;
    forget_set(source);
    if (!be_open(source, err)) return -1;
    source->next_number = 1;
    source->last_uid = 0;
    return imap_exists(source->imap);
}

/* 1 = a window, 0 = there is none left, -1. What is done leaves first, so that it is not listed again. */
static int next_window(struct imap_source *source, struct err *err) {
    if (!flush_done(source, err)) return -1;
    uint32_t exists = source->seen_exists = imap_exists(source->imap), first = source->next_number;
    if (first > exists) return 0;
    uint32_t last = (uint32_t)min_i64(exists, (int64_t)first + WINDOW - 1);
    source->at = 0;
    source->listed = imap_list(source->imap, first, last, source->window, WINDOW, err);
    source->next_number = last + 1;
    return source->listed < 0 ? -1 : 1;
}

static void take_told(void *ctx, uint32_t uid, const char *bytes, size_t length) {
    struct imap_source *source = ctx;
    for (int i = 0; i < source->set_count; i++) {
        if (source->set[i].uid != uid || source->set[i].told) continue;
        buf_add(&source->set[i].bytes, bytes, length);
        source->set[i].told = true;
    }
}

static bool wanted(const struct imap_source *source, const struct imap_listed *one) {
    if (source->avoided_validity == imap_uidvalidity(source->imap))
        for (uint32_t i = 0; i < min_i64(source->avoided_count, AVOIDED); i++)
            if (source->avoided[i] == one->uid) return false;
    return !one->deleted && one->uid > source->last_uid;
}

/* What cannot be fetched although the line is good: a size that lies, a server that stumbles over one message. */
static void fetch_failed(struct imap_source *source, const struct err *err) {
    if (strcmp(err->code, "IMAP") && strcmp(err->code, "IMAP_GUARD") && strcmp(err->code, "NET_TIMEOUT")) return;
    if (source->careful && source->set_count == 1) {
        if (source->avoided_validity != imap_uidvalidity(source->imap)) source->avoided_count = 0;
        source->avoided_validity = imap_uidvalidity(source->imap);
        source->avoided[source->avoided_count++ % AVOIDED] = source->set[0].uid;
    }
    source->careful = true;
}

/* The next messages of the window that fit into a set; uids gets theirs. */
static int64_t choose_set(struct imap_source *source, size_t limit_bytes, uint32_t uids[SET]) {
    int64_t bytes = 0;
    for (int most = source->careful ? 1 : SET; source->at < source->listed && source->set_count < most; source->at++) {
        const struct imap_listed *one = &source->window[source->at];
        if (!wanted(source, one)) continue;
        bool large = one->size_bytes > limit_bytes; /* only its beginning is asked for, alone */
        if (source->set_count && (large || bytes + one->size_bytes > SET_BYTES)) break;
        if (large) most = 1;
        uids[source->set_count] = source->last_uid = one->uid;
        source->set[source->set_count++] = (struct fetched){.uid = one->uid, .bytes = {.ceiling = limit_bytes}};
        bytes += one->size_bytes;
    }
    return bytes;
}

/* 1 = a set is there, 0 = nothing left in this window, -1. */
static int next_set(struct imap_source *source, size_t limit_bytes, struct err *err) {
    uint32_t uids[SET];
    forget_set(source);
    int64_t bytes = choose_set(source, limit_bytes, uids);
    if (!source->set_count) return 0;
    bool part = (bytes > (int64_t)limit_bytes || source->careful) && source->set_count == 1;
    /* One byte more than wanted shows that there is more. */
    size_t most = part ? limit_bytes + 1 : (size_t)(bytes + bytes / 4) + SIZE_SLACK;
    if (imap_fetch(source->imap, uids, source->set_count, part ? (uint32_t)limit_bytes + 1 : 0, most, take_told, source, err)) return 1;
    fetch_failed(source, err);
    return -1;
}

static enum source_got imap_source_read(void *state, size_t limit_bytes, struct buf *out, bool *cut, int64_t *ticket, struct err *err) {
    struct imap_source *source = state;
    if (!source->imap) return SOURCE_END; /* done or wait met with trouble, and somebody reads on */
    for (;;) {
        if (source->set_at < source->set_count) {
            struct fetched *one = &source->set[source->set_at++];
            if (!one->told) continue; /* gone meanwhile */
            *ticket = one->uid;
            source->validity = imap_uidvalidity(source->imap);
            *cut = one->bytes.overflow;
            buf_release(out);
            *out = one->bytes;
            one->bytes = (struct buf){.bytes = NULL};
            return SOURCE_MESSAGE;
        }
        int got = next_set(source, limit_bytes, err);
        if (!got) got = next_window(source, err);
        if (got > 0) continue;
        if (!got) return source->careful = false, SOURCE_END;
        shut(source);
        return SOURCE_TROUBLE;
    }
}

static const char *imap_source_name(void *state, int64_t ticket) {
    struct imap_source *source = state;
    snprintf(source->name, sizeof source->name, "%" PRIu32 "/%" PRId64, source->validity, ticket);
    return source->name;
}

static bool imap_source_done(void *state, int64_t ticket, struct err *err) {
    struct imap_source *source = state;
    if (!source->imap) return true;
    source->done[source->done_count++] = (uint32_t)ticket;
    if (source->done_count < WINDOW || flush_done(source, err)) return true;
    shut(source);
    return false;
}

static bool imap_source_end(void *state, struct err *err) {
    struct imap_source *source = state;
    if (!source->imap || flush_done(source, err)) return true;
    shut(source);
    return false;
}

/* -- between passes ------------------------------------------------------------------------------------------------------ */
static bool begin_idle(struct imap_source *source, struct source_wait *wait, struct err *err) {
    if (!flush_done(source, err)) return false;
    if (!source->idle_ms || !(imap_can(source->imap) & IMAP_IDLE)) return true;
    bool news = imap_exists(source->imap) > source->seen_exists; /* said while the last messages left */
    if (!source->idling && !imap_idle(source->imap, err)) return false;
    source->idling = true;
    /* libetpan drops what a server says before it begins to idle: then one look more. */
    news |= imap_idle_was_told(source->imap);
    *wait = (struct source_wait){.fd = imap_fd(source->imap), .wait_ms = imap_pending(source->imap) ? 0 : news ? LATER_MS : source->idle_ms};
    return true;
}

static bool imap_source_wait(void *state, struct source_wait *wait, struct err *err) {
    struct imap_source *source = state;
    *wait = (struct source_wait){.fd = -1};
    if (!source->imap || begin_idle(source, wait, err)) return true;
    shut(source);
    return false;
}

static bool imap_source_look(void *state, char *text, size_t size, struct err *err) {
    struct imap_source *source = state;
    if (!be_open(source, err)) return false;
    snprintf(text, size, "%s:%s, identifié, %" PRIu32 " message(s) dans %s%s", source->account.url.host, source->account.url.port, imap_exists(source->imap), source->account.url.folder,
             imap_can(source->imap) & IMAP_IDLE ? "" : " ; sans IDLE : lu à l'intervalle poll");
    return true;
}

static void imap_source_close(void *state) {
    struct imap_source *source = state;
    struct err ignored;
    if (source->imap && !source->idling) flush_done(source, &ignored);
    shut(source);
    access_token_close(source->account.token);
    free(source);
}

bool source_imap(const struct imap_account *account, const char *done_folder, int64_t idle_ms, struct mail_source *source, struct err *err) {
    static const struct source_driver DRIVER = {.list = imap_source_list, .read = imap_source_read, .name = imap_source_name,
                                                .done = imap_source_done, .end = imap_source_end, .wait = imap_source_wait,
                                                .look = imap_source_look, .close = imap_source_close};
    struct imap_source *state = mem_new(1, sizeof *state);
    const char *folder = done_folder + (*done_folder == '.');
    *state = (struct imap_source){.account = *account, .idle_ms = idle_ms};
    bool named = *folder && !strpbrk(folder, "*%") && imap_folder_name(folder, state->done_folder, sizeof state->done_folder);
    if (!named) err_set(err, ERR_INPUT, "BAD_SETTING", "done_folder « %s » : écrivez le nom d'un dossier, comme Relais, sans * ni %%", done_folder);
    if (named && imap_account_fits(&state->account, err)) {
        *source = (struct mail_source){.driver = &DRIVER, .state = state};
        return true;
    }
    free(state);
    return false;
}
