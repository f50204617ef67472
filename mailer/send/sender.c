/* Many deliveries over a few lines to one relay, in one loop (epoll; libcurl's own poll while a line is being
 * opened). Its owner's side is here, and the loop; see sender_parts.h for the rest. */
#include "mailer/send/sender.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "mailer/send/sender_parts.h"

enum {
    READY_LINES = 64,     /* looked at in one step */
    OPENING_STEP_MS = 10, /* while libcurl opens lines, where somebody else waits */
    ENVELOPE_BYTES = 512, /* most envelopes are shorter */
};

/* -- events -------------------------------------------------------------------------------------------------- */
struct sender_event *sender_emit(struct sender *sender, enum sender_event_kind kind, const struct slot *slot) {
    bool fits = sender->event_count < sender->event_room;
    assert(fits || sender->late_count < 2 * (size_t)sender->slot_count);
    struct sender_event *event = fits ? &sender->events[sender->event_count++] : &sender->late[sender->late_count++];
    event->kind = kind;
    event->delivery_id = slot->delivery_id;
    return event;
}

/* What the last step had no room for. */
static void emit_late(struct sender *sender) {
    size_t count = sender->late_count < sender->event_room ? sender->late_count : sender->event_room;
    if (!count) return;
    memcpy(sender->events, sender->late, count * sizeof *sender->late);
    memmove(sender->late, sender->late + count, (sender->late_count - count) * sizeof *sender->late);
    sender->late_count -= count;
    sender->event_count = count;
}

/* A delivery dropped says nothing more, not even what was kept for the next step. */
static void forget_late(struct sender *sender, int64_t delivery_id) {
    size_t kept = 0;
    for (size_t i = 0; i < sender->late_count; i++)
        if (sender->late[i].delivery_id != delivery_id) sender->late[kept++] = sender->late[i];
    sender->late_count = kept;
}

/* -- the owner's side ---------------------------------------------------------------------------------------- */
static const char *keep(struct sender *sender, size_t index, const char *text) {
    return sender->texts[index] = text_dup(text ? text : "");
}

static void default_timeout(int64_t *timeout_ms, int64_t default_ms) {
    if (!*timeout_ms) *timeout_ms = default_ms;
}

static void default_timeouts(struct sender_relay *relay) {
    default_timeout(&relay->connect_timeout_ms, 30000);
    default_timeout(&relay->greeting_timeout_ms, 5 * MINUTE_MS);
    default_timeout(&relay->mail_timeout_ms, 5 * MINUTE_MS);
    default_timeout(&relay->rcpt_timeout_ms, 5 * MINUTE_MS);
    default_timeout(&relay->data_timeout_ms, 2 * MINUTE_MS);
    default_timeout(&relay->block_timeout_ms, 3 * MINUTE_MS);
    default_timeout(&relay->dot_timeout_ms, 10 * MINUTE_MS);
}

struct sender *sender_open(const struct sender_relay *relay, struct err *err) {
    struct sender *sender = mem_new(1, sizeof *sender);
    sender->relay = *relay;
    sender->relay.url = keep(sender, 0, relay->url);
    sender->relay.starttls = keep(sender, 1, relay->starttls);
    sender->relay.username = keep(sender, 2, relay->username);
    sender->relay.password = keep(sender, 3, relay->password);
    sender->relay.ca_file = keep(sender, 4, relay->ca_file);
    sender->relay.ehlo_name = keep(sender, 5, relay->ehlo_name);
    sender->relay.section = keep(sender, 6, relay->section ? relay->section : "smtp");
    if (sender->relay.connections < 1) sender->relay.connections = 1;
    default_timeouts(&sender->relay);
    sender->line_count = sender->lines_in[LINE_FREE] = sender->relay.connections;
    sender->slot_count = 2 * sender->line_count;
    sender->lines = mem_new((size_t)sender->line_count, sizeof *sender->lines);
    sender->late = mem_new(2 * (size_t)sender->slot_count, sizeof *sender->late);
    slots_open(sender);
    sender->next_deadline_ms = INT64_MAX;
    sender->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (sender->epoll < 0)
        err_errno(err, ERR_FATAL, "SMTP_EPOLL", "epoll ne s'ouvre pas");
    else
        sender->connector = connector_open(&sender->relay, err);
    if (!sender->connector) return sender_close(sender), NULL;
    return sender;
}

void sender_close(struct sender *sender) {
    if (!sender) return;
    for (int i = 0; i < sender->line_count; i++) {
        struct line *line = &sender->lines[i];
        if (line->state == LINE_IDLE)
            line_quit(sender, line);
        else if (line->state != LINE_FREE)
            line_close(sender, line);
    }
    for (int i = 0; i < sender->slot_count; i++) buf_release(&sender->slots[i].text);
    connector_close(sender->connector);
    if (sender->epoll >= 0) close(sender->epoll);
    if (sender->texts[3]) explicit_bzero(sender->texts[3], strlen(sender->texts[3])); /* the password */
    for (size_t i = 0; i < COUNT(sender->texts); i++) free(sender->texts[i]);
    free(sender->slots);
    free(sender->late);
    free(sender->lines);
    free(sender);
}

int sender_free_slots(const struct sender *sender) {
    return sender->stopped ? 0 : sender->slots_in[SLOT_FREE];
}
int sender_in_flight(const struct sender *sender) {
    int untold = 0;
    for (size_t i = 0; i < sender->late_count; i++) untold += sender->late[i].kind == SENDER_ENDED;
    return sender->slot_count - sender->slots_in[SLOT_FREE] + untold;
}
const char *sender_trouble(const struct sender *sender) {
    return sender->trouble.text;
}

static void add_text(struct buf *out, const char *text) {
    buf_add(out, text ? text : "", (text ? strlen(text) : 0) + 1);
}

/* Its buffer grows as the largest message needs it, and is kept. */
static void slot_fill(struct slot *slot, int64_t delivery_id, const struct smtp_envelope *envelope) {
    slot->delivery_id = delivery_id;
    slot->lines_lost = 0;
    slot->dropped = false;
    slot->text.ceiling = SIZE_MAX / 4; /* the dialogue judges the size */
    buf_clear(&slot->text);
    buf_expect(&slot->text, envelope->length + ENVELOPE_BYTES);
    add_text(&slot->text, envelope->return_path);
    slot->recipient = slot->text.length;
    add_text(&slot->text, envelope->recipient);
    slot->envelope_id = slot->text.length;
    add_text(&slot->text, envelope->envelope_id);
    slot->message = slot->text.length;
    buf_add(&slot->text, envelope->bytes, envelope->length);
}

bool sender_submit(struct sender *sender, int64_t delivery_id, const struct smtp_envelope *envelope,
                   struct err *err) {
    struct slot *slot = slot_take(sender);
    if (sender->stopped) return err_set(err, ERR_RETRY, "SENDER_STOPPED", "l'envoi s'arrête ; relancez-le pour la suite");
    if (!slot)
        return err_set(err, ERR_RETRY, "SENDER_FULL",
                       "toutes les connexions sont occupées ; attendez qu'un envoi finisse");
    sender->now_ms = monotonic_ms();
    slot_fill(slot, delivery_id, envelope);
    slot_wait(sender, slot);
    slots_assign(sender);
    return true;
}

void sender_dot(struct sender *sender, int64_t delivery_id) {
    struct slot *slot = slot_find(sender, delivery_id);
    if (!slot || slot->state != SLOT_BUSY) return; /* it ended meanwhile; its event says how */
    sender->now_ms = monotonic_ms();
    line_dot(sender, slot->line);
}

void sender_drop(struct sender *sender, int64_t delivery_id) {
    forget_late(sender, delivery_id);
    if (sender_take_back(sender, delivery_id)) return;
    struct slot *slot = slot_find(sender, delivery_id);
    if (!slot) return;
    slot->dropped = true;
    if (slot->state == SLOT_BUSY) line_drop(sender, slot->line);
    if (slot->state == SLOT_OVER) slot_free(sender, slot);
}

bool sender_take_back(struct sender *sender, int64_t delivery_id) {
    struct slot *slot = slot_find(sender, delivery_id);
    if (!slot) return false;
    if (slot->state == SLOT_NEXT && line_unsend(slot->line)) {
        slot->line->next = NULL;
        line_takes_next(sender, slot->line, true);
    } else if (slot->state != SLOT_WAITING)
        return false;
    slot_free(sender, slot);
    return true;
}

void sender_stop(struct sender *sender) {
    sender->stopped = true;
    for (int i = 0; i < sender->line_count; i++)
        if (sender->lines[i].state == LINE_OPENING || sender->lines[i].state == LINE_GREETING)
            line_close(sender, &sender->lines[i]);
    slots_end_waiting(sender, NULL);
}

/* -- the loop ------------------------------------------------------------------------------------------------- */
static void step_opening(struct sender *sender) {
    for (int i = 0; i < sender->line_count && sender->lines_in[LINE_OPENING]; i++) {
        struct line *line = &sender->lines[i];
        if (line->state != LINE_OPENING || connection_state(line->connection) == CONNECTION_OPENING) continue;
        if (connection_state(line->connection) == CONNECTION_OPEN)
            line_opened(sender, line);
        else
            line_not_opened(sender, line);
    }
}

static void step_deadlines(struct sender *sender) {
    if (sender->now_ms < sender->next_deadline_ms) return;
    sender->next_deadline_ms = INT64_MAX;
    for (int i = 0; i < sender->line_count; i++) {
        struct line *line = &sender->lines[i];
        if (line->state == LINE_FREE) continue;
        if (line->deadline_ms <= sender->now_ms) line_timed_out(sender, line);
        if (line->state != LINE_FREE)
            sender->next_deadline_ms = min_i64(sender->next_deadline_ms, line->deadline_ms);
    }
}

static int until_deadline(const struct sender *sender, int wait_ms) {
    if (sender->event_count) return 0;
    return (int)min_i64(wait_ms, max_i64(0, sender->next_deadline_ms - sender->now_ms));
}

static void step_ready(struct sender *sender, const struct epoll_event *ready, int count) {
    for (int i = 0; i < count; i++) {
        struct line *line = ready[i].data.ptr;
        if (!line->dialogue) continue; /* closed a moment ago */
        if (ready[i].events & EPOLLOUT) line_write(sender, line);
        if (ready[i].events & ~(uint32_t)EPOLLOUT) line_read(sender, line);
    }
}

size_t sender_step(struct sender *sender, int wait_ms, struct sender_event *events, size_t room) {
    struct epoll_event ready[READY_LINES];
    sender->events = events;
    sender->event_count = 0;
    sender->event_room = room;
    sender->now_ms = monotonic_ms();
    emit_late(sender);
    if (sender->late_count) return sender->event_count;
    slots_assign(sender);
    slots_end_over(sender);
    wait_ms = until_deadline(sender, wait_ms);
    if (sender->lines_in[LINE_OPENING]) {
        connector_work(sender->connector, sender->epoll, wait_ms);
        wait_ms = 0;
    }
    int count = epoll_wait(sender->epoll, ready, READY_LINES, wait_ms);
    if (count < 0) count = epoll_wait(sender->epoll, ready, READY_LINES, 0); /* we were stopped: what came meanwhile came in time */
    sender->now_ms = monotonic_ms();
    step_ready(sender, ready, count);
    step_opening(sender);
    step_deadlines(sender);
    slots_assign(sender);
    slots_end_over(sender);
    return sender->event_count;
}

int sender_fd(const struct sender *sender) {
    return sender->epoll;
}

int sender_wait_ms(const struct sender *sender, int wait_ms) {
    if (sender->late_count || sender->slots_in[SLOT_OVER]) return 0;
    if (sender->lines_in[LINE_OPENING]) wait_ms = (int)min_i64(wait_ms, OPENING_STEP_MS);
    return (int)min_i64(wait_ms, max_i64(0, sender->next_deadline_ms - monotonic_ms()));
}

/* -- one connection, to see whether it works ---------------------------------------------------------------- */
bool sender_try(const struct sender_relay *relay, struct err *err) {
    struct sender_relay one = *relay;
    struct sender_event events[4];
    one.connections = 1;
    default_timeouts(&one);
    one.greeting_timeout_ms = min_i64(one.greeting_timeout_ms, one.connect_timeout_ms);
    AUTO(sender) sender = sender_open(&one, err);
    if (!sender) return false;
    line_open(sender, sender->lines);
    while (lines_opening(sender)) sender_step(sender, 1000, events, COUNT(events));
    if (sender->lines_in[LINE_IDLE]) return true;
    *err = sender->trouble;
    return false;
}
