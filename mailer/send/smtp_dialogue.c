/* SMTP transactions as a state machine: RFC 5321, with PIPELINING (RFC 2920).
 *
 * The commands of a transaction are built at once. Where the server pipelines they leave in one write, else
 * one by one; either way their replies come in the order of commands[], and ON_REPLY says what each means. The
 * next transaction behind the final dot is a second set of commands[]: when the dot is answered it becomes the
 * current one, and its replies follow. */
#include "mailer/send/smtp_dialogue.h"

#include <stdlib.h>
#include <string.h>

#include "mailer/send/smtp_body.h"
#include "mailer/send/smtp_commands.h"

enum {
    COMMANDS_MOST = 4,                     /* RSET, MAIL, RCPT, DATA */
    COMMAND_BYTES = 4096,                  /* all of them */
    OUTPUT_BYTES = 2 * SMTP_MESSAGE_BYTES, /* room for dots: a line of one dot and CR LF grows by a third */
    INPUT_BYTES = 2 * SMTP_REPLY_BYTES,
    NEXT_BYTES = 512,                      /* most transactions that ride behind a body are shorter */
};

enum stage {
    STAGE_OPENING,  /* EHLO or HELO is out */
    STAGE_IDLE,     /* a transaction may begin; the server has nothing to say */
    STAGE_COMMANDS, /* some of commands[] are not answered */
    STAGE_BODY,     /* the body is in the output, the dot is not allowed yet */
    STAGE_DOT,      /* the dot is in the output, or out */
    STAGE_QUITTING,
    STAGE_BROKEN,
};

const char *const SMTP_PHASE[] = {
    [SMTP_AT_GREETING] = "greeting", [SMTP_AT_EHLO] = "EHLO", [SMTP_AT_MAIL] = "MAIL FROM",
    [SMTP_AT_RCPT] = "RCPT TO",      [SMTP_AT_DATA] = "DATA", [SMTP_AT_BODY] = "body",
    [SMTP_AT_DOT] = "end of DATA",   [SMTP_AT_RSET] = "RSET", [SMTP_AT_QUIT] = "QUIT"};

struct command {
    enum smtp_phase phase;
    size_t end; /* in commands_text */
};

struct transaction {
    bool open;    /* under way */
    bool refused; /* … and its result is known, though replies may be due */
    bool mail_accepted, recipient_accepted;
    struct buf commands_text;
    struct command commands[COMMANDS_MOST];
    size_t command_count, said, answered;
    struct buf dots; /* size_t each: where a line of the message begins with a dot */
    struct smtp_envelope envelope;
};

struct smtp_dialogue {
    char *ehlo_name;
    struct buf out, in;
    size_t written;    /* of out */
    size_t dot_left;   /* of out, behind written: what is not written yet up to the final dot and with it */
    size_t next_at;    /* in out: where the commands of the next transaction begin, while any of them is there */
    size_t taken;      /* of in */
    struct smtp_reply_scan scan;
    enum stage stage;
    enum smtp_event event; /* waiting to be asked for */
    bool gone;             /* the server is */
    bool said_helo;
    bool reset_first; /* the server still holds the sender of a transaction that came to nothing */
    struct smtp_extensions offers;
    struct transaction both[2], *now, *next;
    struct smtp_result result; /* of the current transaction, or the one that has just ended */
};

struct smtp_dialogue *smtp_dialogue_open(const char *ehlo_name) {
    struct smtp_dialogue *d = mem_new(1, sizeof *d);
    d->ehlo_name = text_dup(ehlo_name);
    d->out.ceiling = OUTPUT_BYTES;
    d->in.ceiling = INPUT_BYTES;
    for (size_t i = 0; i < COUNT(d->both); i++) {
        d->both[i].commands_text.ceiling = COMMAND_BYTES;
        d->both[i].dots.ceiling = SMTP_MESSAGE_BYTES / 3 * sizeof(size_t); /* a dot, CR, LF; a dot, CR, LF … */
    }
    d->now = &d->both[0];
    d->next = &d->both[1];
    buf_add_format(&d->out, "EHLO %s\r\n", ehlo_name);
    return d;
}

void smtp_dialogue_offered(struct smtp_dialogue *d, const char *bytes, size_t length) {
    smtp_extensions_read(&d->offers, bytes, length);
}

void smtp_dialogue_close(struct smtp_dialogue *d) {
    if (!d) return;
    buf_release(&d->out);
    buf_release(&d->in);
    for (size_t i = 0; i < COUNT(d->both); i++) {
        buf_release(&d->both[i].commands_text);
        buf_release(&d->both[i].dots);
    }
    free(d->ehlo_name);
    free(d);
}

const char *smtp_dialogue_output(const struct smtp_dialogue *d, size_t *length) {
    *length = d->out.length - d->written;
    return buf_text(&d->out) + d->written;
}

void smtp_dialogue_wrote(struct smtp_dialogue *d, size_t length) {
    d->written += length;
    d->dot_left -= length < d->dot_left ? length : d->dot_left;
    if (d->written < d->out.length) return;
    d->written = 0;
    buf_clear(&d->out);
}

const struct smtp_result *smtp_dialogue_result(const struct smtp_dialogue *d) {
    return &d->result;
}

enum smtp_phase smtp_dialogue_phase(const struct smtp_dialogue *d) {
    switch (d->stage) {
    case STAGE_OPENING:
        return SMTP_AT_EHLO;
    case STAGE_COMMANDS:
        return d->now->commands[d->now->answered].phase;
    case STAGE_BODY:
        return SMTP_AT_BODY;
    case STAGE_DOT:
        return d->dot_left ? SMTP_AT_BODY : SMTP_AT_DOT;
    case STAGE_QUITTING:
        return SMTP_AT_QUIT;
    case STAGE_IDLE:
    case STAGE_BROKEN:
        break;
    }
    return SMTP_AT_MAIL;
}

/* -- ends ---------------------------------------------------------------------------------------------------- */
/* The first reply that decides is the result; what follows it (503 for DATA after a refused recipient) is
 * not. */
static void decide(struct smtp_dialogue *d, enum smtp_phase phase, const char *bytes, size_t length) {
    if (d->now->refused) return;
    d->now->refused = true;
    d->result.phase = phase;
    smtp_reply_read(bytes, length, &d->result.reply);
}

static void set_result(struct smtp_dialogue *d, enum smtp_phase phase, const char *enhanced, const char *text) {
    d->result.phase = phase;
    d->result.reply.code = 0;
    strcpy(d->result.reply.enhanced, enhanced);
    strcpy(d->result.reply.text, text);
}

static void break_off(struct smtp_dialogue *d, const char *why) {
    bool undecided = (d->now->open || d->stage == STAGE_OPENING) && !d->now->refused;
    if (undecided) set_result(d, smtp_dialogue_phase(d), "", why);
    d->now->open = d->next->open = false;
    d->stage = STAGE_BROKEN;
    d->event = SMTP_BROKEN;
}

static void end(struct smtp_dialogue *d) {
    struct transaction *ended = d->now;
    ended->open = false;
    d->event = SMTP_ENDED;
    d->stage = STAGE_IDLE;
    if (!d->next->open) return;
    d->now = d->next;
    d->next = ended;
    d->stage = STAGE_COMMANDS; /* all said, none answered */
}

static void nonsense(struct smtp_dialogue *d) {
    break_off(d, "réponse hors de propos du serveur");
}

/* -- replies ------------------------------------------------------------------------------------------------- */
static void ready(struct smtp_dialogue *d) {
    d->stage = STAGE_IDLE;
    d->event = SMTP_READY;
}

static void on_ehlo(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    /* The connection was greeted once already, when libcurl opened it: a server that minds the second time is as good, and what it
     * offered then is offered. */
    if (code == 503) return ready(d);
    if (code / 100 == 2) {
        d->offers = (struct smtp_extensions){0};
        if (!d->said_helo) smtp_extensions_read(&d->offers, bytes, length);
        return ready(d);
    }
    if (code / 100 == 5 && !d->said_helo) {
        d->said_helo = true;
        return buf_add_format(&d->out, "HELO %s\r\n", d->ehlo_name);
    }
    decide(d, SMTP_AT_EHLO, bytes, length);
    break_off(d, "");
}

/* What of commands[] may leave now: all where the server pipelines, else the next one. */
static void say_commands(struct smtp_dialogue *d, struct transaction *t) {
    size_t upto = d->offers.pipelining ? t->command_count : t->said + 1;
    size_t from = t->said ? t->commands[t->said - 1].end : 0;
    buf_add(&d->out, t->commands_text.bytes + from, t->commands[upto - 1].end - from);
    t->said = upto;
}

/* The command that was just answered is done with. Refused ones end the transaction once nothing said is
 * unanswered. */
static void next_command(struct smtp_dialogue *d) {
    struct transaction *t = d->now;
    t->answered++;
    if (t->answered < t->said) return;
    if (t->refused) return end(d);
    say_commands(d, t);
}

static void on_reset(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 2) return next_command(d);
    decide(d, SMTP_AT_RSET, bytes, length);
    break_off(d, "");
}

static void on_mail(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 3) return nonsense(d);
    if (code / 100 == 2)
        d->now->mail_accepted = true;
    else
        decide(d, SMTP_AT_MAIL, bytes, length);
    next_command(d);
}

static void on_recipient(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 3) return nonsense(d);
    if (code / 100 == 2)
        d->now->recipient_accepted = true;
    else
        decide(d, SMTP_AT_RCPT, bytes, length);
    d->reset_first = d->now->mail_accepted;
    next_command(d);
}

/* The final dot is in the output: until the last byte of it is written the server has taken nothing. */
static void add_dot(struct smtp_dialogue *d, bool line_open) {
    buf_add_text(&d->out, line_open ? "\r\n.\r\n" : ".\r\n");
    d->dot_left = d->out.length - d->written;
    d->stage = STAGE_DOT;
}

static void on_data(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    struct transaction *t = d->now;
    if (code != 354 && code / 100 < 4) return nonsense(d);
    if (code != 354) {
        decide(d, SMTP_AT_DATA, bytes, length);
        d->reset_first = t->mail_accepted;
        return end(d);
    }
    /* RFC 2920 3.1: a server may want a body though it refused every recipient; it gets none, and there is
     * nobody it could deliver it to. Where it did take the recipient (and refused the sender), an empty mail
     * might go out. */
    if (t->refused && t->recipient_accepted) return break_off(d, "");
    d->reset_first = false;
    if (t->refused) return add_dot(d, false);
    buf_expect(&d->out, d->out.length + t->envelope.length + NEXT_BYTES);
    smtp_body_add(&d->out, t->envelope.bytes, t->envelope.length, &t->dots);
    d->stage = STAGE_BODY;
    d->event = SMTP_WANTS_DOT;
}

static void on_dot(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 3) return nonsense(d);
    decide(d, SMTP_AT_DOT, bytes, length);
    end(d);
}

/* A reply before the server has the dot: it has had enough, and what would follow cannot be told apart. */
static void on_body(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    (void)code;
    decide(d, SMTP_AT_BODY, bytes, length);
    break_off(d, "");
}

static void on_quit(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    (void)code, (void)bytes, (void)length;
    break_off(d, "");
}

typedef void reply_taken(struct smtp_dialogue *, int code, const char *bytes, size_t length);
static reply_taken *const ON_REPLY[] = {
    [SMTP_AT_EHLO] = on_ehlo,  [SMTP_AT_MAIL] = on_mail, [SMTP_AT_RCPT] = on_recipient,
    [SMTP_AT_DATA] = on_data,  [SMTP_AT_BODY] = on_body, [SMTP_AT_DOT] = on_dot,
    [SMTP_AT_RSET] = on_reset, [SMTP_AT_QUIT] = on_quit};

static void take_reply(struct smtp_dialogue *d, const char *bytes, size_t length) {
    enum smtp_phase phase = smtp_dialogue_phase(d);
    int code = d->scan.code;
    if (code == 421) { /* RFC 5321 3.8: to any command, and the server closes */
        if (d->now->open || d->stage == STAGE_OPENING) decide(d, phase, bytes, length);
        return break_off(d, "");
    }
    /* RFC 5321 4.2.2: it closes, as if we had said QUIT, and so does not say what became of what we did say. */
    if (code == 221 && phase != SMTP_AT_QUIT) return nonsense(d);
    ON_REPLY[phase](d, code, bytes, length);
}

/* -- bytes and events ---------------------------------------------------------------------------------------- */
void smtp_dialogue_feed(struct smtp_dialogue *d, const char *bytes, size_t length) {
    if (!length) d->gone = true;
    buf_add(&d->in, bytes, length);
    if (d->in.overflow && d->stage != STAGE_BROKEN) break_off(d, "réponse trop longue du serveur");
}

static void drop_taken(struct smtp_dialogue *d, size_t length) {
    d->taken += length;
    d->scan = (struct smtp_reply_scan){0};
    if (d->taken < d->in.length) return;
    d->taken = 0;
    buf_clear(&d->in);
}

/* Takes one reply; false when there is no whole one. */
static bool step(struct smtp_dialogue *d) {
    size_t length = d->in.length - d->taken;
    if (!length) return false;
    if (d->stage == STAGE_IDLE)
        return break_off(d, ""), true; /* nobody asked: replies and commands are out of step */
    const char *bytes = d->in.bytes + d->taken;
    switch (smtp_reply_scan(&d->scan, bytes, length)) {
    case SMTP_REPLY_MORE:
        if (d->taken) {
            buf_drop(&d->in, d->taken); /* so that a long reply finds all of the room */
            d->taken = 0;
        }
        return false;
    case SMTP_REPLY_NONSENSE:
        return break_off(d, "réponse incompréhensible du serveur"), true;
    case SMTP_REPLY_DONE:
        break;
    }
    size_t used = d->scan.at;
    take_reply(d, bytes, used);
    drop_taken(d, used);
    return true;
}

enum smtp_event smtp_dialogue_event(struct smtp_dialogue *d) {
    while (d->stage != STAGE_BROKEN && d->event == SMTP_NOTHING && step(d)) {
    }
    if (d->event == SMTP_NOTHING && d->gone && d->stage != STAGE_BROKEN) break_off(d, "liaison coupée");
    enum smtp_event event = d->event;
    d->event = SMTP_NOTHING;
    return event;
}

/* -- a transaction ------------------------------------------------------------------------------------------- */
bool smtp_dialogue_takes(const struct smtp_dialogue *d) {
    if (d->stage == STAGE_IDLE) return true;
    /* Behind the lone dot that ends a refused transaction nothing rides: the server is out of step already. */
    return d->stage == STAGE_DOT && d->offers.pipelining && !d->now->refused && !d->next->open;
}

static bool may_go(struct smtp_dialogue *d, struct transaction *t, const struct smtp_envelope *envelope) {
    struct smtp_unfit unfit = smtp_envelope_unfit(envelope, &d->offers);
    if (!unfit.enhanced && !smtp_body_scan(envelope->bytes, envelope->length, &t->dots))
        unfit = (struct smtp_unfit){SMTP_AT_BODY, "5.6.0", "message impropre (NUL, CR seul ou LF seul)"};
    if (unfit.enhanced) set_result(d, unfit.phase, unfit.enhanced, unfit.text);
    return !unfit.enhanced;
}

static void command_ends(struct transaction *t, enum smtp_phase phase) {
    t->commands[t->command_count++] = (struct command){phase, t->commands_text.length};
}

static void build_commands(struct smtp_dialogue *d, struct transaction *t, bool reset_first) {
    buf_clear(&t->commands_text);
    t->command_count = t->said = t->answered = 0;
    if (reset_first) {
        buf_add_text(&t->commands_text, "RSET\r\n");
        command_ends(t, SMTP_AT_RSET);
    }
    smtp_add_mail(&t->commands_text, &t->envelope, &d->offers);
    command_ends(t, SMTP_AT_MAIL);
    smtp_add_recipient(&t->commands_text, &t->envelope, &d->offers);
    command_ends(t, SMTP_AT_RCPT);
    buf_add_text(&t->commands_text, "DATA\r\n");
    command_ends(t, SMTP_AT_DATA);
}

bool smtp_dialogue_send(struct smtp_dialogue *d, const struct smtp_envelope *envelope) {
    bool idle = d->stage == STAGE_IDLE;
    struct transaction *t = idle ? d->now : d->next;
    if (!smtp_dialogue_takes(d)) {
        bool decided = d->now->open && d->now->refused; /* its result is still to be told */
        if (!decided) set_result(d, SMTP_AT_MAIL, "", "la connexion n'est pas prête");
        return false;
    }
    if (!may_go(d, t, envelope)) return false;
    t->envelope = *envelope;
    build_commands(d, t, idle && d->reset_first);
    t->open = true;
    t->refused = t->mail_accepted = t->recipient_accepted = false;
    d->next_at = d->out.length;
    if (idle) d->stage = STAGE_COMMANDS, d->reset_first = false;
    say_commands(d, t);
    return true;
}

bool smtp_dialogue_unsend(struct smtp_dialogue *d) {
    bool all_here = d->next->open && d->written <= d->next_at && d->next_at < d->out.length;
    if (!all_here) return false;
    buf_cut(&d->out, d->next_at);
    d->next->open = false;
    smtp_dialogue_wrote(d, 0); /* nothing may be left */
    return true;
}

void smtp_dialogue_dot(struct smtp_dialogue *d) {
    if (d->stage != STAGE_BODY) return;
    const struct smtp_envelope *envelope = &d->now->envelope;
    add_dot(d, envelope->length && envelope->bytes[envelope->length - 1] != '\n');
}

void smtp_dialogue_quit(struct smtp_dialogue *d) {
    if (d->stage != STAGE_IDLE) return;
    buf_add_text(&d->out, "QUIT\r\n");
    d->stage = STAGE_QUITTING;
}
