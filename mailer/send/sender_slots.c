/* Which delivery gets which line: in turn, idle lines first, then new ones, then the place behind a dot that is out. */
#include "mailer/send/sender_parts.h"

#include <string.h>

enum {
    LINES_LOST_MOST = 2,      /* under one delivery, through no fault of its own */
    TRANSACTIONS_MOST = 1000, /* on one line: a relay behind a balancer gets its share */
};

/* -- queues -------------------------------------------------------------------------------------------------- */
static struct slot_queue *queue_of(struct sender *sender, enum slot_state state) {
    return state == SLOT_WAITING ? &sender->waiting : state == SLOT_FREE ? &sender->unused : NULL;
}

static void queue_leave(struct slot_queue *queue, struct slot *slot) {
    struct slot *before = NULL, *at = queue->first;
    while (at != slot) before = at, at = at->behind; /* mostly the first */
    *(before ? &before->behind : &queue->first) = slot->behind;
    if (queue->last == slot) queue->last = before;
    slot->behind = NULL;
}

static void queue_enter_last(struct slot_queue *queue, struct slot *slot) {
    *(queue->last ? &queue->last->behind : &queue->first) = slot;
    queue->last = slot;
}

static void queue_enter_first(struct slot_queue *queue, struct slot *slot) {
    slot->behind = queue->first;
    queue->first = slot;
    if (!queue->last) queue->last = slot;
}

/* Leaves the queue of the old state; whoever calls puts it into that of the new one. */
void slot_become(struct sender *sender, struct slot *slot, enum slot_state state) {
    struct slot_queue *queue = queue_of(sender, slot->state);
    if (queue) queue_leave(queue, slot);
    sender->slots_in[slot->state]--;
    sender->slots_in[slot->state = state]++;
}

void slots_open(struct sender *sender) {
    sender->slots = mem_new((size_t)sender->slot_count, sizeof *sender->slots);
    sender->slots_in[SLOT_FREE] = sender->slot_count;
    for (int i = sender->slot_count; i-- > 0;) queue_enter_first(&sender->unused, &sender->slots[i]);
}

/* -- one slot ------------------------------------------------------------------------------------------------ */
struct slot *slot_take(struct sender *sender) {
    return sender->unused.first;
}

struct slot *slot_find(struct sender *sender, int64_t delivery_id) {
    for (int i = 0; i < sender->slot_count; i++)
        if (sender->slots[i].delivery_id == delivery_id && sender->slots[i].state != SLOT_FREE) return &sender->slots[i];
    return NULL;
}

void slot_envelope(const struct slot *slot, struct smtp_envelope *envelope) {
    const char *text = slot->text.bytes;
    *envelope = (struct smtp_envelope){.return_path = text,
                                       .recipient = text + slot->recipient,
                                       .envelope_id = text + slot->envelope_id,
                                       .bytes = text + slot->message,
                                       .length = slot->text.length - slot->message};
}

void slot_wait(struct sender *sender, struct slot *slot) {
    slot_become(sender, slot, SLOT_WAITING);
    queue_enter_last(&sender->waiting, slot);
}

void slot_free(struct sender *sender, struct slot *slot) {
    slot_become(sender, slot, SLOT_FREE);
    slot->line = NULL;
    queue_enter_first(&sender->unused, slot); /* its buffer is still in the processor's cache */
}

void slot_ended(struct sender *sender, struct slot *slot, const struct smtp_result *result) {
    if (!slot->dropped) {
        struct sender_event *event = sender_emit(sender, SENDER_ENDED, slot);
        event->result = *result;
        connector_hide_login(sender->connector, &event->result.reply);
    }
    slot_free(sender, slot);
}

void slot_ends_later(struct sender *sender, struct slot *slot, const struct smtp_result *result) {
    if (slot->dropped) return slot_free(sender, slot);
    slot->result = *result;
    slot->line = NULL;
    slot_become(sender, slot, SLOT_OVER);
}

static const struct smtp_result STOPPED = {
    .phase = SMTP_AT_GREETING, .reply.text = "envoi arrêté avant que ce message n'ait de connexion : il n'est pas parti"};
static const struct smtp_result LOST_TOO_OFTEN = {
    .phase = SMTP_AT_MAIL, .reply.text = "liaison coupée plusieurs fois avant que le serveur ne prenne ce message"};

void slot_lost_line(struct sender *sender, struct slot *slot) {
    if (slot->dropped || sender->stopped) return slot_ends_later(sender, slot, &STOPPED);
    if (++slot->lines_lost > LINES_LOST_MOST) return slot_ends_later(sender, slot, &LOST_TOO_OFTEN);
    slot->line = NULL;
    slot_become(sender, slot, SLOT_WAITING);
    queue_enter_first(&sender->waiting, slot);
}

bool slot_may_lose_line(const struct slot *slot) {
    return slot->lines_lost < LINES_LOST_MOST;
}

void slots_end_waiting(struct sender *sender, const struct smtp_result *result) {
    while (sender->waiting.first) slot_ends_later(sender, sender->waiting.first, result ? result : &STOPPED);
}

void slots_end_over(struct sender *sender) {
    for (int i = 0; i < sender->slot_count && sender->slots_in[SLOT_OVER]; i++) {
        struct slot *slot = &sender->slots[i];
        if (slot->state == SLOT_OVER) slot_ended(sender, slot, &slot->result);
    }
}

/* -- who gets which ------------------------------------------------------------------------------------------ */
/* Whoever has lost a line is not put on one that has served: a relay that closes behind every message would lose it again. */
static void begin_on_idle(struct sender *sender) {
    while (sender->waiting.first && sender->lines_in[LINE_IDLE]) {
        struct line *line = line_in(sender, LINE_IDLE);
        if (line->transactions >= TRANSACTIONS_MOST || (sender->waiting.first->lines_lost && line->transactions))
            line_quit(sender, line);
        else
            line_begin(sender, line, sender->waiting.first);
    }
}

static void open_lines(struct sender *sender) {
    while (sender->slots_in[SLOT_WAITING] > lines_opening(sender) && sender->lines_in[LINE_FREE] && !sender->stopped) {
        bool others = lines_open(sender) || lines_opening(sender);
        if (others && sender->now_ms < sender->refused_until_ms) return;
        line_open(sender, line_in(sender, LINE_FREE));
    }
}

/* The lines being opened will take the first that wait. Whoever has lost a line already does not ride again, lest a relay
 * that closes behind every message lose it for good; nobody overtakes it. */
static bool somebody_rides(const struct sender *sender) {
    return sender->slots_in[SLOT_WAITING] > lines_opening(sender) && !sender->waiting.first->lines_lost;
}

void slots_assign_behind(struct sender *sender, struct line *line) {
    line_takes_next(sender, line, line->transactions < TRANSACTIONS_MOST && smtp_dialogue_takes(line->dialogue));
    while (line->takes_next && somebody_rides(sender)) line_ride(sender, line, sender->waiting.first);
}

void slots_assign(struct sender *sender) {
    begin_on_idle(sender);
    open_lines(sender);
    for (int i = 0; i < sender->line_count && sender->lines_taking && somebody_rides(sender); i++) {
        struct line *line = &sender->lines[i];
        if (!line->takes_next) continue;
        slots_assign_behind(sender, line);
        line_write(sender, line);
    }
}
