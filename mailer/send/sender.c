/* Many deliveries over a few lines to one relay, in one loop (epoll; libcurl's own poll while a line is being
 * opened).
 *
 * A slot holds a delivery, a line holds a connection. A delivery waits for a line, has one from MAIL to the
 * answer to its dot, and gives it back. Lines open while deliveries wait, up to the relay's limit; a line is
 * used again and again. */
#include "mailer/send/sender.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "mailer/send/connection.h"

enum {
    READ_BYTES = 16384,
    /* A body up to this leaves together with its dot, in one write: it fits into an empty socket buffer, so
     * that arming before it leaves costs no time in which the delivery could become a doubt. Larger ones
     * leave first. */
    TOGETHER_BYTES = 16384,
    IDLE_MS = 60000,          /* an idle line says QUIT after this */
    REFUSED_LINE_MS = 60000,  /* after a refused line, no more than those that are open for this long */
    TRANSACTIONS_MOST = 1000, /* on one line: a relay behind a balancer gets its share */
    READY_LINES = 64,         /* looked at in one step */
};

enum slot_state { SLOT_FREE, SLOT_WAITING, SLOT_BUSY, SLOT_REFUSED, SLOT_STATES };
struct slot {
    enum slot_state state;
    int64_t delivery_id;
    struct buf text; /* return path, recipient, envelope id, each with its NUL, then the message */
    size_t recipient, envelope_id, message; /* where they begin */
    struct line *line;                      /* of a BUSY one */
    bool again;                             /* was on a line that had died while idle */
    struct smtp_result result;              /* of a REFUSED one: it never left */
};

enum line_state { LINE_FREE, LINE_OPENING, LINE_GREETING, LINE_IDLE, LINE_BUSY, LINE_STATES };
struct line {
    enum line_state state;
    struct connection *connection;
    struct smtp_dialogue *dialogue;
    struct slot *slot;     /* of a BUSY one */
    enum smtp_phase phase; /* the deadline is for */
    int64_t deadline_ms;
    int transactions;
    bool write_watched; /* epoll tells when the output may go on */
    bool dot_held;      /* the body is leaving; then its owner is asked for the dot */
};

struct sender {
    struct sender_relay relay;
    char *texts[6]; /* what relay points to */
    struct connector *connector;
    int epoll;
    struct slot *slots;
    struct line *lines;
    int slots_in[SLOT_STATES], lines_in[LINE_STATES];
    int64_t now_ms, next_deadline_ms; /* no deadline is before the latter */
    int64_t refused_until_ms;
    struct err trouble;
    struct sender_event *events; /* of the step under way */
    size_t event_count, event_room;
};

/* -- small words
 * -------------------------------------------------------------------------------------------------- */
static void slot_become(struct sender *sender, struct slot *slot, enum slot_state state) {
    sender->slots_in[slot->state]--;
    sender->slots_in[slot->state = state]++;
}

static void line_become(struct sender *sender, struct line *line, enum line_state state) {
    sender->lines_in[line->state]--;
    sender->lines_in[line->state = state]++;
}

static int lines_opening(const struct sender *sender) {
    return sender->lines_in[LINE_OPENING] + sender->lines_in[LINE_GREETING];
}
static int lines_open(const struct sender *sender) {
    return sender->lines_in[LINE_IDLE] + sender->lines_in[LINE_BUSY];
}

static void line_deadline(struct sender *sender, struct line *line, int64_t wait_ms) {
    line->deadline_ms = sender->now_ms + wait_ms;
    sender->next_deadline_ms = min_i64(sender->next_deadline_ms, line->deadline_ms);
}

static void line_no_deadline(struct line *line) {
    line->deadline_ms = INT64_MAX;
}

/* The time the server has for the phase the dialogue is in. Bytes that drip in do not prolong it; a phase
 * passed does. */
static void line_phase_deadline(struct sender *sender, struct line *line) {
    line->phase = smtp_dialogue_phase(line->dialogue);
    line_deadline(sender, line,
                  line->phase == SMTP_AT_DOT ? sender->relay.dot_timeout_ms : sender->relay.reply_timeout_ms);
}

static struct sender_event *emit(struct sender *sender, enum sender_event_kind kind,
                                 const struct slot *slot) {
    assert(sender->event_count < sender->event_room);
    struct sender_event *event = &sender->events[sender->event_count++];
    event->kind = kind;
    event->delivery_id = slot->delivery_id;
    return event;
}

static void slot_ended(struct sender *sender, struct slot *slot, const struct smtp_result *result) {
    emit(sender, SENDER_ENDED, slot)->result = *result;
    slot->line = NULL;
    slot_become(sender, slot, SLOT_FREE);
}

/* -- lines
 * -----------------------------------------------------------------------------------------------------------
 */
static void line_close(struct sender *sender, struct line *line) {
    smtp_dialogue_close(line->dialogue);
    connection_close(line->connection); /* the kernel takes its socket out of epoll */
    line->dialogue = NULL;
    line->connection = NULL;
    line->slot = NULL;
    line_become(sender, line, LINE_FREE);
}

static void line_watch(struct sender *sender, struct line *line, int operation, bool writing) {
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = line};
    epoll_ctl(sender->epoll, operation, connection_fd(line->connection), &event);
    line->write_watched = writing;
}

/* Writes what the dialogue has. A lost link is found out by reading: the server's last words may be there. */
static void line_write(struct sender *sender, struct line *line) {
    size_t length;
    ssize_t sent = 1;
    bool moved = false;
    for (const char *bytes; (bytes = smtp_dialogue_output(line->dialogue, &length)), length && sent > 0;) {
        sent = connection_send(line->connection, bytes, length);
        if (sent > 0) smtp_dialogue_wrote(line->dialogue, (size_t)sent), moved = true;
    }
    bool more = length && sent == CONNECTION_AGAIN;
    if (more != line->write_watched) line_watch(sender, line, EPOLL_CTL_MOD, more);
    if (moved && line->state == LINE_BUSY) line_phase_deadline(sender, line);
    if (!line->dot_held || length) return;
    line->dot_held = false;
    line_no_deadline(line); /* its owner's turn, not the server's */
    emit(sender, SENDER_WANTS_DOT, line->slot);
}

static void line_quit(struct sender *sender, struct line *line) {
    smtp_dialogue_quit(line->dialogue);
    line_write(sender, line);
    line_close(sender, line);
}

static void line_idle(struct sender *sender, struct line *line) {
    line->slot = NULL;
    line_become(sender, line, LINE_IDLE);
    line_deadline(sender, line, IDLE_MS);
}

static void envelope_of(const struct slot *slot, struct smtp_envelope *envelope) {
    const char *text = slot->text.bytes;
    *envelope = (struct smtp_envelope){.return_path = text,
                                       .recipient = text + slot->recipient,
                                       .envelope_id = text + slot->envelope_id,
                                       .bytes = text + slot->message,
                                       .length = slot->text.length - slot->message};
}

static void line_begin(struct sender *sender, struct line *line, struct slot *slot) {
    struct smtp_envelope envelope;
    envelope_of(slot, &envelope);
    if (!smtp_dialogue_send(line->dialogue, &envelope)) {
        slot->result = *smtp_dialogue_result(line->dialogue);
        return slot_become(sender, slot, SLOT_REFUSED);
    }
    slot->line = line;
    slot_become(sender, slot, SLOT_BUSY);
    line->slot = slot;
    line->transactions++;
    line_become(sender, line, LINE_BUSY);
    line_phase_deadline(sender, line);
    line_write(sender, line);
}

static struct line *line_in(struct sender *sender, enum line_state state) {
    for (int i = 0; i < sender->relay.connections && sender->lines_in[state]; i++)
        if (sender->lines[i].state == state) return &sender->lines[i];
    return NULL;
}

static struct slot *slot_in(struct sender *sender, enum slot_state state) {
    for (int i = 0; i < sender->relay.connections && sender->slots_in[state]; i++)
        if (sender->slots[i].state == state) return &sender->slots[i];
    return NULL;
}

static void line_open(struct sender *sender, struct line *line) {
    *line = (struct line){.state = line->state};
    line->connection = connection_open(sender->connector);
    line_no_deadline(line); /* libcurl keeps this one */
    line_become(sender, line, LINE_OPENING);
}

/* Deliveries that wait get lines; new lines are opened for those that get none. */
static void lines_assign(struct sender *sender) {
    while (sender->slots_in[SLOT_WAITING] && sender->lines_in[LINE_IDLE]) {
        struct line *line = line_in(sender, LINE_IDLE);
        if (line->transactions >= TRANSACTIONS_MOST)
            line_quit(sender, line);
        else
            line_begin(sender, line, slot_in(sender, SLOT_WAITING));
    }
    while (sender->slots_in[SLOT_WAITING] > lines_opening(sender) && sender->lines_in[LINE_FREE]) {
        bool others = lines_open(sender) || lines_opening(sender);
        if (others && sender->now_ms < sender->refused_until_ms) return;
        line_open(sender, line_in(sender, LINE_FREE));
    }
}

/* A line did not come to anything. While others work, or may yet, no delivery need suffer: it waits for one
 * of those, and no more lines are asked for (the relay has a limit of its own). When this was the last hope,
 * all that wait end. */
static void line_failed(struct sender *sender, struct line *line, const struct smtp_result *result,
                        const struct err *why) {
    sender->trouble = *why;
    line_close(sender, line);
    sender->refused_until_ms = sender->now_ms + REFUSED_LINE_MS;
    if (lines_open(sender) || lines_opening(sender)) return;
    for (struct slot *slot; (slot = slot_in(sender, SLOT_WAITING));) slot_ended(sender, slot, result);
}

static void line_not_opened(struct sender *sender, struct line *line) {
    struct err why = *connection_err(line->connection);
    struct smtp_result result = {.phase = SMTP_AT_GREETING};
    /* A server that greeted us well and failed later, in TLS or AUTH, has refused no greeting. */
    if (connection_reply(line->connection)->code >= 400)
        result.reply = *connection_reply(line->connection);
    else
        snprintf(result.reply.text, sizeof result.reply.text, "%s", why.text);
    line_failed(sender, line, &result, &why);
}

/* The link broke before the server took the first command of this delivery, on a line that had served before:
 * relays close idle lines (421 4.4.2 in Postfix), and that is not the delivery's fault. */
static bool died_idle(const struct line *line, const struct smtp_result *result) {
    bool first = result->phase == SMTP_AT_MAIL || result->phase == SMTP_AT_RSET;
    return first && line->transactions > 1 && !line->slot->again &&
           (!result->reply.code || !strcmp(result->reply.enhanced, "4.4.2"));
}

/* why: our own reason for giving up, NULL when the server or the link is the reason. */
static void line_broken(struct sender *sender, struct line *line, const char *why) {
    struct smtp_result result = *smtp_dialogue_result(line->dialogue);
    struct slot *slot = line->slot;
    if (line->state == LINE_IDLE) return line_close(sender, line);
    if (why && !result.reply.code) snprintf(result.reply.text, sizeof result.reply.text, "%s", why);
    if (line->state == LINE_GREETING) {
        struct err err = {0};
        err_set(&err, ERR_INPUT, "SMTP_REFUSED",
                "%s ne nous laisse pas commencer : %d %s %s ; vérifiez auprès de son administrateur",
                sender->relay.url, result.reply.code, result.reply.enhanced, result.reply.text);
        return line_failed(sender, line, &result, &err);
    }
    if (!why && died_idle(line, &result)) {
        slot->again = true;
        slot->line = NULL;
        slot_become(sender, slot, SLOT_WAITING);
    } else
        slot_ended(sender, slot, &result);
    line_close(sender, line);
}

static void line_asks_dot(struct sender *sender, struct line *line) {
    size_t length;
    smtp_dialogue_output(line->dialogue, &length);
    line->dot_held = length > TOGETHER_BYTES;
    if (line->dot_held) return line_write(sender, line);
    line_no_deadline(line);
    emit(sender, SENDER_WANTS_DOT, line->slot);
}

/* What the dialogue makes of what it was fed; may close the line. */
static void line_events(struct sender *sender, struct line *line, const char *why) {
    for (enum smtp_event event; (event = smtp_dialogue_event(line->dialogue)) != SMTP_NOTHING;) {
        switch (event) {
        case SMTP_READY:
            sender->trouble = (struct err){0};
            line_idle(sender, line);
            break;
        case SMTP_WANTS_DOT:
            line_asks_dot(sender, line);
            break;
        case SMTP_ENDED:
            slot_ended(sender, line->slot, smtp_dialogue_result(line->dialogue));
            line_idle(sender, line);
            break;
        case SMTP_BROKEN:
            return line_broken(sender, line, why);
        case SMTP_NOTHING:
            break;
        }
    }
    if (line->state != LINE_BUSY || line->deadline_ms == INT64_MAX) return;
    if (smtp_dialogue_phase(line->dialogue) != line->phase) line_phase_deadline(sender, line);
}

static void line_read(struct sender *sender, struct line *line) {
    char bytes[READ_BYTES];
    ssize_t got;
    do {
        got = connection_recv(line->connection, bytes, sizeof bytes);
        if (got == CONNECTION_AGAIN) break;
        smtp_dialogue_feed(line->dialogue, bytes, got > 0 ? (size_t)got : 0);
        line_events(sender, line, NULL);
        if (!line->dialogue) return;
        /* A plain socket that had less than there was room for is empty; TLS may hold more than the socket
         * shows. */
    } while (got == (ssize_t)sizeof bytes || connection_encrypted(line->connection));
    size_t length;
    smtp_dialogue_output(line->dialogue, &length);
    bool owner_next =
        line->state == LINE_BUSY && line->deadline_ms == INT64_MAX; /* body and dot leave together */
    if (length && !owner_next && !line->write_watched) line_write(sender, line);
}

static void line_opened(struct sender *sender, struct line *line) {
    line->dialogue = smtp_dialogue_open(sender->relay.ehlo_name);
    line_become(sender, line, LINE_GREETING);
    line_deadline(sender, line, sender->relay.connect_timeout_ms);
    line_watch(sender, line, EPOLL_CTL_ADD, false);
    line_write(sender, line);
}

static void line_timed_out(struct sender *sender, struct line *line) {
    if (line->state == LINE_IDLE) return line_quit(sender, line);
    char why[200];
    int64_t waited_ms = line->state == LINE_GREETING ? sender->relay.connect_timeout_ms
                        : line->phase == SMTP_AT_DOT ? sender->relay.dot_timeout_ms
                                                     : sender->relay.reply_timeout_ms;
    snprintf(why, sizeof why, "pas de réponse du serveur en %lld s (%s)", (long long)(waited_ms / 1000),
             SMTP_PHASE[line->phase]);
    smtp_dialogue_feed(line->dialogue, NULL, 0);
    line_events(sender, line, why);
}

/* -- the owner's side
 * ------------------------------------------------------------------------------------------------- */
static const char *keep(struct sender *sender, size_t index, const char *text) {
    return sender->texts[index] = text_dup(text ? text : "");
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
    if (sender->relay.connections < 1) sender->relay.connections = 1;
    sender->slots = mem_new((size_t)sender->relay.connections, sizeof *sender->slots);
    sender->lines = mem_new((size_t)sender->relay.connections, sizeof *sender->lines);
    sender->slots_in[SLOT_FREE] = sender->lines_in[LINE_FREE] = sender->relay.connections;
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
    for (int i = 0; i < sender->relay.connections; i++) {
        struct line *line = &sender->lines[i];
        if (line->state == LINE_IDLE)
            line_quit(sender, line);
        else if (line->state != LINE_FREE)
            line_close(sender, line);
        buf_release(&sender->slots[i].text);
    }
    connector_close(sender->connector);
    if (sender->epoll >= 0) close(sender->epoll);
    if (sender->texts[3]) explicit_bzero(sender->texts[3], strlen(sender->texts[3])); /* the password */
    for (size_t i = 0; i < COUNT(sender->texts); i++) free(sender->texts[i]);
    free(sender->slots);
    free(sender->lines);
    free(sender);
}

int sender_free_slots(const struct sender *sender) {
    return sender->slots_in[SLOT_FREE];
}
int sender_in_flight(const struct sender *sender) {
    return sender->relay.connections - sender->slots_in[SLOT_FREE];
}
const char *sender_trouble(const struct sender *sender) {
    return sender->trouble.text;
}

static void add_text(struct buf *out, const char *text) {
    buf_add(out, text ? text : "", (text ? strlen(text) : 0) + 1);
}

bool sender_submit(struct sender *sender, int64_t delivery_id, const struct smtp_envelope *envelope,
                   struct err *err) {
    struct slot *slot = slot_in(sender, SLOT_FREE);
    if (!slot)
        return err_set(err, ERR_RETRY, "SENDER_FULL",
                       "toutes les connexions sont occupées ; attendez qu'un envoi finisse");
    sender->now_ms = monotonic_ms();
    slot->delivery_id = delivery_id;
    slot->again = false;
    slot->text.ceiling = SIZE_MAX / 4; /* the dialogue judges the size */
    buf_clear(&slot->text);
    add_text(&slot->text, envelope->return_path);
    slot->recipient = slot->text.length;
    add_text(&slot->text, envelope->recipient);
    slot->envelope_id = slot->text.length;
    add_text(&slot->text, envelope->envelope_id);
    slot->message = slot->text.length;
    buf_add(&slot->text, envelope->bytes, envelope->length);
    slot_become(sender, slot, SLOT_WAITING);
    lines_assign(sender);
    return true;
}

static struct slot *slot_of(struct sender *sender, int64_t delivery_id) {
    for (int i = 0; i < sender->relay.connections; i++)
        if (sender->slots[i].delivery_id == delivery_id && sender->slots[i].state != SLOT_FREE)
            return &sender->slots[i];
    return NULL;
}

void sender_dot(struct sender *sender, int64_t delivery_id) {
    struct slot *slot = slot_of(sender, delivery_id);
    if (!slot || slot->state != SLOT_BUSY) return; /* it ended meanwhile; its event says how */
    sender->now_ms = monotonic_ms();
    smtp_dialogue_dot(slot->line->dialogue);
    line_phase_deadline(sender, slot->line);
    line_write(sender, slot->line);
}

void sender_drop(struct sender *sender, int64_t delivery_id) {
    struct slot *slot = slot_of(sender, delivery_id);
    if (!slot) return;
    if (slot->line) line_close(sender, slot->line);
    slot->line = NULL;
    slot_become(sender, slot, SLOT_FREE);
}

/* -- the loop
 * ---------------------------------------------------------------------------------------------------------
 */
static void emit_refused(struct sender *sender) {
    for (struct slot *slot; (slot = slot_in(sender, SLOT_REFUSED));) slot_ended(sender, slot, &slot->result);
}

static void step_opening(struct sender *sender) {
    for (int i = 0; i < sender->relay.connections && sender->lines_in[LINE_OPENING]; i++) {
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
    for (int i = 0; i < sender->relay.connections; i++) {
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
    lines_assign(sender);
    emit_refused(sender);
    wait_ms = until_deadline(sender, wait_ms);
    if (sender->lines_in[LINE_OPENING]) {
        connector_work(sender->connector, sender->epoll, wait_ms);
        wait_ms = 0;
    }
    int count = epoll_wait(sender->epoll, ready, READY_LINES, wait_ms);
    sender->now_ms = monotonic_ms();
    step_ready(sender, ready, count);
    step_opening(sender);
    step_deadlines(sender);
    lines_assign(sender);
    emit_refused(sender);
    return sender->event_count;
}

/* -- one connection, to see whether it works
 * ----------------------------------------------------------------------------- */
bool sender_try(const struct sender_relay *relay, struct err *err) {
    struct sender_relay one = *relay;
    struct sender_event events[2];
    one.connections = 1;
    AUTO(sender) sender = sender_open(&one, err);
    if (!sender) return false;
    line_open(sender, sender->lines);
    while (lines_opening(sender)) sender_step(sender, 1000, events, COUNT(events));
    if (sender->lines_in[LINE_IDLE]) return true;
    *err = sender->trouble;
    return false;
}
