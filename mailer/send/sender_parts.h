/* What the files of the sender share: sender.c (its owner's side and the loop), sender_slots.c (which delivery gets which
 * line) and sender_lines.c (one connection and what is said on it). Nobody else includes this.
 *
 * A slot holds a delivery, a line holds a connection. A delivery waits for a line, in turn; it has one from MAIL to the
 * answer to its dot, and gives it back. Behind it on the same line the next one may ride: its commands leave with the
 * dot, and when that is answered the line is its own. Lines open while deliveries wait, up to the relay's limit; a line
 * is used again and again. */
#ifndef MAILER_SEND_SENDER_PARTS_H
#define MAILER_SEND_SENDER_PARTS_H

#include "base/buf.h"
#include "mailer/send/connection.h"
#include "mailer/send/sender.h"

enum slot_state {
    SLOT_FREE,
    SLOT_WAITING, /* for a line */
    SLOT_NEXT,    /* rides behind the dot of its line's current one */
    SLOT_BUSY,    /* its line's current one */
    SLOT_OVER,    /* its end is to be told in the next step */
    SLOT_STATES
};
struct slot {
    enum slot_state state;
    int64_t delivery_id;
    struct buf text; /* return path, recipient, envelope id, each with its NUL, then the message */
    size_t recipient, envelope_id, message; /* where they begin */
    struct line *line;                      /* of a NEXT or BUSY one */
    int lines_lost;                         /* under it, before the server took anything of it */
    bool dropped;                           /* a NEXT one its owner does not want any more */
    struct smtp_result result;              /* of an OVER one */
    struct slot *behind;                    /* in the queue of its state: WAITING, FREE */
};
struct slot_queue {
    struct slot *first, *last;
};

enum line_state { LINE_FREE, LINE_OPENING, LINE_GREETING, LINE_IDLE, LINE_BUSY, LINE_STATES };
struct line {
    enum line_state state;
    struct connection *connection;
    struct smtp_dialogue *dialogue;
    struct slot *slot, *next; /* current and next delivery of a BUSY one; NULL = none */
    enum smtp_phase phase;    /* the deadline is for */
    int64_t deadline_ms;      /* INT64_MAX: the server owes us nothing */
    int transactions;
    bool write_watched; /* epoll tells when the output may go on */
    bool dot_held;      /* the body is leaving; then its owner is asked for the dot */
    size_t unsent;      /* of that body, when last looked at: no more of it is ours, the system holds it */
    size_t together;    /* a body up to this leaves with its dot */
    bool takes_next;    /* a dot is out, or about to leave, and nothing rides behind it */
};

struct sender {
    struct sender_relay relay;
    char *texts[7]; /* what relay points to */
    struct connector *connector;
    int epoll;
    bool stopped;
    int slot_count, line_count;
    struct slot *slots;
    struct line *lines;
    int slots_in[SLOT_STATES], lines_in[LINE_STATES], lines_taking; /* … a next one */
    struct slot_queue waiting, unused;
    int64_t now_ms, next_deadline_ms; /* no deadline is before the latter */
    int64_t refused_until_ms;
    struct err trouble;
    struct sender_event *events; /* of the step under way */
    size_t event_count, event_room;
    struct sender_event *late; /* what events had no room for */
    size_t late_count;
};

static inline int lines_opening(const struct sender *sender) {
    return sender->lines_in[LINE_OPENING] + sender->lines_in[LINE_GREETING];
}
static inline int lines_open(const struct sender *sender) {
    return sender->lines_in[LINE_IDLE] + sender->lines_in[LINE_BUSY];
}

/* -- sender.c: an event of the step under way; delivery_id is the slot's. */
struct sender_event *sender_emit(struct sender *sender, enum sender_event_kind kind, const struct slot *slot);

/* -- sender_slots.c */
void slots_open(struct sender *sender);
struct slot *slot_take(struct sender *sender); /* a FREE one, which the caller fills and gives to slot_wait; NULL = none */
struct slot *slot_find(struct sender *sender, int64_t delivery_id);
void slot_envelope(const struct slot *slot, struct smtp_envelope *envelope);
void slot_become(struct sender *sender, struct slot *slot, enum slot_state state); /* not WAITING, not FREE */
void slot_wait(struct sender *sender, struct slot *slot);                          /* behind all others */
void slot_free(struct sender *sender, struct slot *slot);                          /* takes it out of the queue too */
void slot_ended(struct sender *sender, struct slot *slot, const struct smtp_result *result);      /* says so now: in a step */
void slot_ends_later(struct sender *sender, struct slot *slot, const struct smtp_result *result); /* in the next one */
/* Its line is gone and it was certainly not sent: it waits again, before all others, or ends with a retryable result when it
 * has had that twice. */
void slot_lost_line(struct sender *sender, struct slot *slot);
bool slot_may_lose_line(const struct slot *slot); /* it would wait again, not end */
void slots_end_waiting(struct sender *sender, const struct smtp_result *result); /* all of them, later; NULL = we stop */
void slots_end_over(struct sender *sender);                                      /* in a step: tells what was kept for it */
/* Deliveries that wait get lines: idle ones first; then new ones are opened; what none of those will take rides behind dots.
 * _behind: the same for the one line whose dot is about to be written. */
void slots_assign(struct sender *sender);
void slots_assign_behind(struct sender *sender, struct line *line);

/* -- sender_lines.c */
struct line *line_in(struct sender *sender, enum line_state state); /* any; NULL = none */
void line_open(struct sender *sender, struct line *line);
void line_opened(struct sender *sender, struct line *line); /* by libcurl: we begin to speak */
void line_not_opened(struct sender *sender, struct line *line);
void line_close(struct sender *sender, struct line *line);  /* forgets slot and next, which the caller has seen to */
void line_quit(struct sender *sender, struct line *line);
bool line_begin(struct sender *sender, struct line *line, struct slot *slot); /* on an IDLE line; false: unfit, it is OVER */
bool line_ride(struct sender *sender, struct line *line, struct slot *slot);  /* behind the dot; is not written yet; as above */
void line_takes_next(struct sender *sender, struct line *line, bool takes);
void line_dot(struct sender *sender, struct line *line);
void line_drop(struct sender *sender, struct line *line); /* cut without an event for its current delivery */
void line_write(struct sender *sender, struct line *line);
bool line_unsend(struct line *line); /* what rides behind, if nothing of it has left us */
void line_read(struct sender *sender, struct line *line);
void line_timed_out(struct sender *sender, struct line *line);

#endif
