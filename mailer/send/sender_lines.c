/* One connection to the relay, and what is said on it: from opening to QUIT, its deadlines, and what becomes of the
 * deliveries on it when it breaks. */
#include "mailer/send/sender_parts.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    READ_BYTES = 16384,
    /* A body up to this leaves together with its dot, in one write: it fits into an empty socket buffer, so
     * that arming before it leaves costs no time in which the delivery could become a doubt. Larger ones
     * leave first, and so do those that the server has no room for: behind them the dot would leave when it reads. */
    TOGETHER_BYTES = 16384,
    ROOM_SPARED = 512,       /* of the server's room, for the dot and the next one's commands, and what TLS adds */
    IDLE_MS = 60000,         /* an idle line says QUIT after this */
    REFUSED_LINE_MS = 60000, /* after a refused line, no more than those that are open for this long */
};

/* -- states and deadlines ------------------------------------------------------------------------------------ */
static void line_become(struct sender *sender, struct line *line, enum line_state state) {
    sender->lines_in[line->state]--;
    sender->lines_in[line->state = state]++;
}

struct line *line_in(struct sender *sender, enum line_state state) {
    for (int i = 0; i < sender->line_count && sender->lines_in[state]; i++)
        if (sender->lines[i].state == state) return &sender->lines[i];
    return NULL;
}

void line_takes_next(struct sender *sender, struct line *line, bool takes) {
    sender->lines_taking += takes - line->takes_next;
    line->takes_next = takes;
}

static void line_deadline(struct sender *sender, struct line *line, int64_t wait_ms) {
    line->deadline_ms = sender->now_ms + wait_ms;
    sender->next_deadline_ms = min_i64(sender->next_deadline_ms, line->deadline_ms);
}

static void line_no_deadline(struct line *line) {
    line->deadline_ms = INT64_MAX;
}

/* RFC 5321 4.5.3.2. */
static int64_t phase_timeout_ms(const struct sender_relay *relay, enum smtp_phase phase) {
    switch (phase) {
    case SMTP_AT_GREETING:
    case SMTP_AT_EHLO:
        return relay->greeting_timeout_ms;
    case SMTP_AT_RCPT:
        return relay->rcpt_timeout_ms;
    case SMTP_AT_DATA:
        return relay->data_timeout_ms;
    case SMTP_AT_BODY:
        return relay->block_timeout_ms;
    case SMTP_AT_DOT:
        return relay->dot_timeout_ms;
    case SMTP_AT_MAIL:
    case SMTP_AT_RSET:
    case SMTP_AT_QUIT:
        break;
    }
    return relay->mail_timeout_ms;
}

/* The time the server has for the phase the dialogue is in. Bytes that drip in do not prolong it; a phase
 * passed does, and in the body every piece that left. */
static void line_phase_deadline(struct sender *sender, struct line *line) {
    line->phase = smtp_dialogue_phase(line->dialogue);
    line_deadline(sender, line, phase_timeout_ms(&sender->relay, line->phase));
}

/* -- opening and closing ------------------------------------------------------------------------------------- */
void line_open(struct sender *sender, struct line *line) {
    *line = (struct line){.state = line->state};
    line->connection = connection_open(sender->connector);
    line_no_deadline(line); /* libcurl keeps this one */
    line_become(sender, line, LINE_OPENING);
}

void line_close(struct sender *sender, struct line *line) {
    smtp_dialogue_close(line->dialogue);
    connection_close(line->connection); /* the kernel takes its socket out of epoll */
    line->dialogue = NULL;
    line->connection = NULL;
    line->slot = line->next = NULL;
    line_takes_next(sender, line, false);
    line_become(sender, line, LINE_FREE);
}

void line_quit(struct sender *sender, struct line *line) {
    smtp_dialogue_quit(line->dialogue);
    line_write(sender, line);
    line_close(sender, line);
}

static void line_idle(struct sender *sender, struct line *line) {
    line->slot = NULL;
    line_become(sender, line, LINE_IDLE);
    line_deadline(sender, line, IDLE_MS);
}

static void line_watch(struct sender *sender, struct line *line, int operation, bool writing) {
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = line};
    epoll_ctl(sender->epoll, operation, connection_fd(line->connection), &event);
    line->write_watched = writing;
}

void line_opened(struct sender *sender, struct line *line) {
    size_t length;
    const char *offers = connection_offers(line->connection, &length);
    size_t room = connection_room(line->connection);
    line->together = room < TOGETHER_BYTES + ROOM_SPARED ? room - (room < ROOM_SPARED ? room : ROOM_SPARED) : TOGETHER_BYTES;
    line->dialogue = smtp_dialogue_open(sender->relay.ehlo_name);
    smtp_dialogue_offered(line->dialogue, offers, length);
    connection_settle(line->connection);
    line_become(sender, line, LINE_GREETING);
    line_phase_deadline(sender, line);
    line_watch(sender, line, EPOLL_CTL_ADD, false);
    line_write(sender, line);
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
    slots_end_waiting(sender, result);
}

void line_not_opened(struct sender *sender, struct line *line) {
    struct err why = *connection_err(line->connection);
    struct smtp_result result = {.phase = SMTP_AT_GREETING};
    /* A server that greeted us well and failed later, in TLS or AUTH, has refused no greeting. */
    if (connection_reply(line->connection)->code >= 400) {
        result.reply = *connection_reply(line->connection);
        connector_hide_login(sender->connector, &result.reply);
    } else
        snprintf(result.reply.text, sizeof result.reply.text, "%s", why.text);
    line_failed(sender, line, &result, &why);
}

/* -- transactions -------------------------------------------------------------------------------------------- */
/* Gives the delivery to the dialogue; false: it cannot go out, and ends. */
static bool line_send(struct sender *sender, struct line *line, struct slot *slot, enum slot_state state) {
    struct smtp_envelope envelope;
    slot_envelope(slot, &envelope);
    if (!smtp_dialogue_send(line->dialogue, &envelope))
        return slot_ends_later(sender, slot, smtp_dialogue_result(line->dialogue)), false;
    slot->line = line;
    slot_become(sender, slot, state);
    line->transactions++;
    return true;
}

bool line_begin(struct sender *sender, struct line *line, struct slot *slot) {
    if (!line_send(sender, line, slot, SLOT_BUSY)) return false;
    line->slot = slot;
    line_become(sender, line, LINE_BUSY);
    line_phase_deadline(sender, line);
    line_write(sender, line);
    return true;
}

bool line_ride(struct sender *sender, struct line *line, struct slot *slot) {
    if (!line_send(sender, line, slot, SLOT_NEXT)) return false;
    line->next = slot;
    line_takes_next(sender, line, false);
    return true;
}

/* Body, dot and the commands of the next one leave in one write. */
void line_dot(struct sender *sender, struct line *line) {
    smtp_dialogue_dot(line->dialogue);
    slots_assign_behind(sender, line);
    line_phase_deadline(sender, line);
    line_write(sender, line);
}

static void line_wants_dot(struct sender *sender, struct line *line) {
    line->dot_held = false;
    line_no_deadline(line); /* its owner's turn, not the server's */
    sender_emit(sender, SENDER_WANTS_DOT, line->slot);
}

void line_drop(struct sender *sender, struct line *line) {
    struct slot *slot = line->slot, *next = line->next;
    line_close(sender, line);
    slot_free(sender, slot);
    if (next) slot_lost_line(sender, next);
}

/* -- the wire ------------------------------------------------------------------------------------------------ */
/* Writes what the dialogue has. A lost link is found out by reading: the server's last words may be there. */
void line_write(struct sender *sender, struct line *line) {
    size_t length;
    ssize_t sent = 1;
    bool moved = false;
    for (const char *bytes; (bytes = smtp_dialogue_output(line->dialogue, &length)), length && sent > 0;) {
        sent = connection_send(line->connection, bytes, length);
        if (sent > 0) smtp_dialogue_wrote(line->dialogue, (size_t)sent), moved = true;
    }
    bool body_taken = line->dot_held && !length;
    line->unsent = body_taken ? connection_unsent(line->connection) : 0;
    bool more = line->unsent || (length && sent == CONNECTION_AGAIN);
    if (more != line->write_watched) line_watch(sender, line, EPOLL_CTL_MOD, more);
    if (moved && line->state == LINE_BUSY) {
        enum smtp_phase phase = smtp_dialogue_phase(line->dialogue);
        if (phase != line->phase || phase == SMTP_AT_BODY) line_phase_deadline(sender, line);
    }
    if (body_taken && !line->unsent) line_wants_dot(sender, line);
}

/* TLS that could not write has encrypted what it was given, and will write that whatever it is given next. */
bool line_unsend(struct line *line) {
    bool encrypted_already = line->write_watched && connection_encrypted(line->connection);
    return !encrypted_already && smtp_dialogue_unsend(line->dialogue);
}

/* The link broke before the server took the first command of this delivery, on a line that had served before:
 * relays close idle lines (421 4.4.2 in Postfix), or every line after so many messages (Exim: "421 too many messages
 * in this connection"), and that is not the delivery's fault. Whether 421 is meant for more than this line, a new one tells. */
static bool died_idle(const struct line *line, const struct smtp_result *result) {
    bool first = result->phase == SMTP_AT_MAIL || result->phase == SMTP_AT_RSET;
    return first && line->transactions > 1 && slot_may_lose_line(line->slot) && (!result->reply.code || result->reply.code == 421);
}

static void line_never_ready(struct sender *sender, struct line *line, struct smtp_result *result) {
    struct err err = {0};
    connector_hide_login(sender->connector, &result->reply);
    err_set(&err, ERR_INPUT, "SMTP_REFUSED",
            "%s ne nous laisse pas commencer : %d %s %s ; vérifiez auprès de son administrateur",
            sender->relay.url, result->reply.code, result->reply.enhanced, result->reply.text);
    line_failed(sender, line, result, &err);
}

/* why: our own reason for giving up, NULL when the server or the link is the reason. */
static void line_broken(struct sender *sender, struct line *line, const char *why) {
    struct smtp_result result = *smtp_dialogue_result(line->dialogue);
    struct slot *slot = line->slot, *next = line->next;
    if (line->state == LINE_IDLE) return line_close(sender, line);
    if (why && !result.reply.code) snprintf(result.reply.text, sizeof result.reply.text, "%s", why);
    if (line->state == LINE_GREETING) return line_never_ready(sender, line, &result);
    bool innocent = !why && died_idle(line, &result);
    line_close(sender, line);
    if (next) slot_lost_line(sender, next);
    if (innocent)
        slot_lost_line(sender, slot);
    else
        slot_ended(sender, slot, &result);
}

static void line_ended(struct sender *sender, struct line *line) {
    line_takes_next(sender, line, false);
    slot_ended(sender, line->slot, smtp_dialogue_result(line->dialogue));
    if (!line->next) return line_idle(sender, line);
    line->slot = line->next;
    line->next = NULL;
    slot_become(sender, line->slot, SLOT_BUSY);
}

/* Its body is in the output; a large one leaves before its owner is asked. */
static void line_asks_dot(struct sender *sender, struct line *line) {
    size_t length;
    if (line->slot->dropped) return line_drop(sender, line);
    smtp_dialogue_output(line->dialogue, &length);
    if (length <= line->together) return line_wants_dot(sender, line);
    line->dot_held = true;
    line_write(sender, line);
}

/* What the dialogue makes of what it was fed; may close the line. */
static void line_events(struct sender *sender, struct line *line, const char *why) {
    for (enum smtp_event event; line->dialogue && (event = smtp_dialogue_event(line->dialogue)) != SMTP_NOTHING;) {
        switch (event) {
        case SMTP_READY:
            sender->trouble = (struct err){0};
            line_idle(sender, line);
            break;
        case SMTP_WANTS_DOT:
            line_asks_dot(sender, line);
            break;
        case SMTP_ENDED:
            line_ended(sender, line);
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

void line_read(struct sender *sender, struct line *line) {
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
    if (!length && !owner_next && line->state == LINE_BUSY) connection_acknowledge(line->connection); /* more answers are due */
}

/* What the system holds of a body leaves bit by bit, and only of the last of it we are told. */
static bool body_goes_on(struct line *line) {
    return line->unsent && connection_unsent(line->connection) < line->unsent;
}

void line_timed_out(struct sender *sender, struct line *line) {
    if (line->state == LINE_IDLE) return line_quit(sender, line);
    if (body_goes_on(line)) return line_phase_deadline(sender, line), line_write(sender, line);
    char why[200];
    int64_t waited_ms = phase_timeout_ms(&sender->relay, line->phase);
    snprintf(why, sizeof why, "pas de réponse du serveur en %lld s (%s)", (long long)(waited_ms / 1000),
             SMTP_PHASE[line->phase]);
    smtp_dialogue_feed(line->dialogue, NULL, 0);
    line_events(sender, line, why);
}
