/* SMTP transactions as a state machine: RFC 5321, with PIPELINING (2920), SIZE (1870), DSN (3461), SMTPUTF8
 * (6531).
 *
 * The commands of a transaction are built at once. Where the server pipelines they leave in one write, else
 * one by one; either way their replies come in the order of commands[], and ON_REPLY says what each means. A
 * second transaction behind the final dot would be a second set of commands[] whose replies follow; nothing
 * else would change. */
#include "mailer/send/smtp_dialogue.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum {
    COMMANDS_MOST = 4,                     /* RSET, MAIL, RCPT, DATA */
    COMMAND_BYTES = 4096,                  /* all of them */
    ADDRESS_BYTES = 320,                   /* local part 64, @, domain 255 (RFC 5321 4.5.3.1) */
    ENVELOPE_ID_BYTES = 100,               /* RFC 3461 4.4 */
    OUTPUT_BYTES = 2 * SMTP_MESSAGE_BYTES, /* room for dots: a line of one dot and CR LF grows by a third */
    INPUT_BYTES = 2 * SMTP_REPLY_BYTES,
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

struct extensions {
    bool pipelining, dsn, utf8, size;
    size_t size_limit; /* 0 = not said */
};

struct smtp_dialogue {
    char *ehlo_name;
    struct buf out, in;
    size_t written; /* of out */
    size_t taken;   /* of in */
    struct smtp_reply_scan scan;
    enum stage stage;
    enum smtp_event event; /* waiting to be asked for */
    bool gone;             /* the server is */
    bool said_helo;
    struct extensions offers;
    struct buf commands_text;
    struct command commands[COMMANDS_MOST];
    size_t command_count, said, answered;
    bool open;    /* a transaction is under way */
    bool refused; /* … and its result is known, though replies may be due */
    bool mail_accepted, recipient_accepted;
    bool reset_first; /* the server still holds the sender of a transaction that came to nothing */
    struct buf dots;  /* size_t each: where a line of the message begins with a dot */
    struct smtp_envelope envelope;
    struct smtp_result result;
};

struct smtp_dialogue *smtp_dialogue_open(const char *ehlo_name) {
    struct smtp_dialogue *d = mem_new(1, sizeof *d);
    d->ehlo_name = text_dup(ehlo_name);
    d->out.ceiling = OUTPUT_BYTES;
    d->in.ceiling = INPUT_BYTES;
    d->commands_text.ceiling = COMMAND_BYTES;
    d->dots.ceiling = SMTP_MESSAGE_BYTES / 3 * sizeof(size_t); /* a dot, CR, LF; a dot, CR, LF … */
    buf_add_format(&d->out, "EHLO %s\r\n", ehlo_name);
    return d;
}

void smtp_dialogue_close(struct smtp_dialogue *d) {
    if (!d) return;
    buf_release(&d->out);
    buf_release(&d->in);
    buf_release(&d->commands_text);
    buf_release(&d->dots);
    free(d->ehlo_name);
    free(d);
}

const char *smtp_dialogue_output(const struct smtp_dialogue *d, size_t *length) {
    *length = d->out.length - d->written;
    return buf_text(&d->out) + d->written;
}

void smtp_dialogue_wrote(struct smtp_dialogue *d, size_t length) {
    d->written += length;
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
        return d->commands[d->answered].phase;
    case STAGE_BODY:
        return SMTP_AT_BODY;
    case STAGE_DOT:
        return d->out.length ? SMTP_AT_BODY : SMTP_AT_DOT;
    case STAGE_QUITTING:
        return SMTP_AT_QUIT;
    case STAGE_IDLE:
    case STAGE_BROKEN:
        break;
    }
    return SMTP_AT_MAIL;
}

/* -- ends
 * ---------------------------------------------------------------------------------------------------- */
/* The first reply that decides is the result; what follows it (503 for DATA after a refused recipient) is
 * not. */
static void decide(struct smtp_dialogue *d, enum smtp_phase phase, const char *bytes, size_t length) {
    if (d->refused) return;
    d->refused = true;
    d->result.phase = phase;
    smtp_reply_read(bytes, length, &d->result.reply);
}

static void decide_ourselves(struct smtp_dialogue *d, enum smtp_phase phase, const char *enhanced,
                             const char *text) {
    if (d->refused) return;
    d->refused = true;
    d->result.phase = phase;
    d->result.reply.code = 0;
    strcpy(d->result.reply.enhanced, enhanced);
    strcpy(d->result.reply.text, text);
}

static void break_off(struct smtp_dialogue *d, const char *why) {
    if (d->open || d->stage == STAGE_OPENING) decide_ourselves(d, smtp_dialogue_phase(d), "", why);
    d->open = false;
    d->stage = STAGE_BROKEN;
    d->event = SMTP_BROKEN;
}

static void end(struct smtp_dialogue *d) {
    d->open = false;
    d->stage = STAGE_IDLE;
    d->event = SMTP_ENDED;
}

static void nonsense(struct smtp_dialogue *d) {
    break_off(d, "réponse hors de propos du serveur");
}

/* -- replies
 * -------------------------------------------------------------------------------------------------- */
static bool keyword(const char *line, size_t length, const char *name) {
    size_t name_length = strlen(name);
    return length >= name_length && !strncasecmp(line, name, name_length) &&
           (length == name_length || line[name_length] == ' ');
}

static void read_extension(struct extensions *offers, const char *line, size_t length) {
    if (keyword(line, length, "PIPELINING")) offers->pipelining = true;
    if (keyword(line, length, "DSN")) offers->dsn = true;
    if (keyword(line, length, "SMTPUTF8")) offers->utf8 = true;
    if (!keyword(line, length, "SIZE")) return;
    offers->size = true;
    offers->size_limit = 0;
    for (size_t i = strlen("SIZE "); i < length && line[i] >= '0' && line[i] <= '9'; i++) {
        if (offers->size_limit > SIZE_MAX / 100) break;
        offers->size_limit = offers->size_limit * 10 + (size_t)(line[i] - '0');
    }
}

/* One extension a line, after the first, which is the server's name. */
static void read_extensions(struct extensions *offers, const char *bytes, size_t length) {
    const char *end_of_all = bytes + length, *line = memchr(bytes, '\n', length);
    while (line && ++line < end_of_all) {
        const char *line_feed = memchr(line, '\n', (size_t)(end_of_all - line));
        if (!line_feed) return;
        size_t line_length = (size_t)(line_feed - line);
        if (line_length && line[line_length - 1] == '\r') line_length--;
        if (line_length > 4) read_extension(offers, line + 4, line_length - 4);
        line = line_feed;
    }
}

static void ready(struct smtp_dialogue *d) {
    d->stage = STAGE_IDLE;
    d->event = SMTP_READY;
}

static void on_ehlo(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 2) {
        if (!d->said_helo) read_extensions(&d->offers, bytes, length);
        return ready(d);
    }
    /* The connection was greeted once already, when libcurl opened it: a server that minds the second time is
     * as good. */
    if (code == 503) return ready(d);
    if (code / 100 == 5 && !d->said_helo) {
        d->said_helo = true;
        return buf_add_format(&d->out, "HELO %s\r\n", d->ehlo_name);
    }
    decide(d, SMTP_AT_EHLO, bytes, length);
    break_off(d, "");
}

/* What of commands[] may leave now: all where the server pipelines, else the next one. */
static void say_commands(struct smtp_dialogue *d) {
    size_t upto = d->offers.pipelining ? d->command_count : d->said + 1;
    size_t from = d->said ? d->commands[d->said - 1].end : 0;
    buf_add(&d->out, d->commands_text.bytes + from, d->commands[upto - 1].end - from);
    d->said = upto;
}

/* The command that was just answered is done with. Refused ones end the transaction once nothing said is
 * unanswered. */
static void next_command(struct smtp_dialogue *d) {
    d->answered++;
    if (d->answered < d->said) return;
    if (d->refused) return end(d);
    say_commands(d);
}

static void on_reset(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 2) return next_command(d);
    decide(d, SMTP_AT_RSET, bytes, length);
    break_off(d, "");
}

static void on_mail(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 3) return nonsense(d);
    if (code / 100 == 2)
        d->mail_accepted = true;
    else
        decide(d, SMTP_AT_MAIL, bytes, length);
    next_command(d);
}

static void on_recipient(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code / 100 == 3) return nonsense(d);
    if (code / 100 == 2)
        d->recipient_accepted = true;
    else
        decide(d, SMTP_AT_RCPT, bytes, length);
    d->reset_first = d->mail_accepted;
    next_command(d);
}

/* RFC 5321 4.5.2: a dot that begins a line is sent twice. */
static void add_body(struct smtp_dialogue *d) {
    const char *bytes = d->envelope.bytes;
    size_t from = 0, offset;
    for (size_t i = 0; i < d->dots.length; i += sizeof offset) {
        memcpy(&offset, d->dots.bytes + i, sizeof offset);
        buf_add(&d->out, bytes + from, offset - from);
        buf_add_char(&d->out, '.');
        from = offset;
    }
    buf_add(&d->out, bytes + from, d->envelope.length - from);
}

static void on_data(struct smtp_dialogue *d, int code, const char *bytes, size_t length) {
    if (code != 354 && code / 100 < 4) return nonsense(d);
    if (code != 354) {
        decide(d, SMTP_AT_DATA, bytes, length);
        d->reset_first = d->mail_accepted;
        return end(d);
    }
    /* RFC 2920 3.1: a server may want a body though it refused every recipient; it gets none, and there is
     * nobody it could deliver it to. Where it did take the recipient (and refused the sender), an empty mail
     * might go out. */
    if (d->refused && d->recipient_accepted) return break_off(d, "");
    d->reset_first = false;
    if (d->refused) {
        d->stage = STAGE_DOT;
        return buf_add_text(&d->out, ".\r\n");
    }
    add_body(d);
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
        if (d->open || d->stage == STAGE_OPENING) decide(d, phase, bytes, length);
        return break_off(d, "");
    }
    ON_REPLY[phase](d, code, bytes, length);
}

/* -- bytes and events
 * ----------------------------------------------------------------------------------------- */
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

/* -- a transaction
 * -------------------------------------------------------------------------------------------- */
static bool address_fits(const char *address) {
    size_t length = 0;
    for (; address[length]; length++) {
        unsigned char c = (unsigned char)address[length];
        if (c <= ' ' || c == 0x7F || c == '<' || c == '>' || length >= ADDRESS_BYTES) return false;
    }
    return utf8_valid(address, length);
}

static bool needs_utf8(const char *address) {
    for (; *address; address++)
        if (*address & 0x80) return true;
    return false;
}

/* How many bytes from at on are certainly above 13, as NUL, LF and CR are not; what follows them must be
 * looked at. Eight at a time: a top bit of low says that its byte, or one before it in the word, is below 14.
 */
static size_t plain_bytes(const char *at, const char *end_of_all) {
    const uint64_t ones = 0x0101010101010101u, tops = ones << 7;
    const char *start = at;
    for (uint64_t word; at + sizeof word <= end_of_all; at += sizeof word) {
        memcpy(&word, at, sizeof word);
        uint64_t low = (word - ones * 14) & ~word & tops;
        if (!low) continue;
        if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) at += __builtin_ctzll(low) / 8;
        break;
    }
    return (size_t)(at - start);
}

static void add_dot(struct smtp_dialogue *d, size_t offset) {
    buf_add(&d->dots, &offset, sizeof offset);
}

/* CR and LF only as a pair, no NUL. One pass, which also finds the dots to be doubled. */
static bool message_fits(struct smtp_dialogue *d, const char *bytes, size_t length) {
    const char *at = bytes, *end_of_all = bytes + length;
    buf_clear(&d->dots);
    if (length && *bytes == '.') add_dot(d, 0);
    while ((at += plain_bytes(at, end_of_all)) < end_of_all) {
        if (*at == '\0' || *at == '\n') return false;
        if (*at++ != '\r') continue;
        if (at == end_of_all || *at++ != '\n') return false;
        if (at < end_of_all && *at == '.') add_dot(d, (size_t)(at - bytes));
    }
    return true;
}

static bool refuse(struct smtp_dialogue *d, enum smtp_phase phase, const char *enhanced, const char *text) {
    d->refused = false;
    decide_ourselves(d, phase, enhanced, text);
    return false;
}

static bool may_go(struct smtp_dialogue *d, const struct smtp_envelope *envelope) {
    if (d->stage != STAGE_IDLE) return refuse(d, SMTP_AT_MAIL, "", "la connexion n'est pas prête");
    if (!address_fits(envelope->return_path))
        return refuse(d, SMTP_AT_MAIL, "5.1.7",
                      "adresse de retour impropre (espace, < > ou caractère de commande)");
    if (!*envelope->recipient || !address_fits(envelope->recipient))
        return refuse(d, SMTP_AT_RCPT, "5.1.3",
                      "adresse du destinataire impropre (vide, espace, < > ou caractère de commande)");
    if ((needs_utf8(envelope->return_path) || needs_utf8(envelope->recipient)) && !d->offers.utf8)
        return refuse(d, SMTP_AT_RCPT, "5.6.7",
                      "adresse avec accents, que le serveur ne prend pas (SMTPUTF8 absent)");
    if (envelope->length > SMTP_MESSAGE_BYTES ||
        (d->offers.size_limit && envelope->length > d->offers.size_limit))
        return refuse(d, SMTP_AT_MAIL, "5.3.4", "message plus gros que ce que le serveur accepte");
    if (!message_fits(d, envelope->bytes, envelope->length))
        return refuse(d, SMTP_AT_BODY, "5.6.0", "message impropre (NUL, CR seul ou LF seul)");
    return true;
}

/* RFC 3461 section 4: printable ASCII but + and = as it is, the rest +HH. */
static void add_xtext(struct buf *out, const char *text) {
    for (; *text; text++) {
        if (*text > ' ' && *text <= '~' && *text != '+' && *text != '=')
            buf_add_char(out, *text);
        else
            buf_add_format(out, "+%02X", (unsigned char)*text);
    }
}

static void add_mail(struct smtp_dialogue *d, const struct smtp_envelope *envelope) {
    struct buf *out = &d->commands_text;
    buf_add_text(out, "MAIL FROM:<");
    buf_add_text(out, envelope->return_path);
    buf_add_char(out, '>');
    if (d->offers.size) buf_add_format(out, " SIZE=%zu", envelope->length);
    if (needs_utf8(envelope->return_path) || needs_utf8(envelope->recipient)) buf_add_text(out, " SMTPUTF8");
    if (d->offers.dsn) {
        buf_add_text(out, " RET=HDRS");
        if (envelope->envelope_id && *envelope->envelope_id) {
            size_t start = out->length;
            buf_add_text(out, " ENVID=");
            size_t id = out->length;
            add_xtext(out, envelope->envelope_id);
            if (out->length - id > ENVELOPE_ID_BYTES)
                buf_cut(out, start); /* longer than the RFC lets it be: none */
        }
    }
    buf_add_text(out, "\r\n");
}

static void add_recipient(struct smtp_dialogue *d, const struct smtp_envelope *envelope) {
    struct buf *out = &d->commands_text;
    buf_add_text(out, "RCPT TO:<");
    buf_add_text(out, envelope->recipient);
    buf_add_text(out, d->offers.dsn ? "> NOTIFY=FAILURE\r\n" : ">\r\n");
}

static void command_ends(struct smtp_dialogue *d, enum smtp_phase phase) {
    d->commands[d->command_count++] = (struct command){phase, d->commands_text.length};
}

bool smtp_dialogue_send(struct smtp_dialogue *d, const struct smtp_envelope *envelope) {
    if (!may_go(d, envelope)) return false;
    buf_clear(&d->commands_text);
    d->command_count = d->said = d->answered = 0;
    if (d->reset_first) {
        buf_add_text(&d->commands_text, "RSET\r\n");
        command_ends(d, SMTP_AT_RSET);
    }
    add_mail(d, envelope);
    command_ends(d, SMTP_AT_MAIL);
    add_recipient(d, envelope);
    command_ends(d, SMTP_AT_RCPT);
    buf_add_text(&d->commands_text, "DATA\r\n");
    command_ends(d, SMTP_AT_DATA);
    d->envelope = *envelope;
    d->open = true;
    d->refused = d->mail_accepted = d->recipient_accepted = d->reset_first = false;
    d->stage = STAGE_COMMANDS;
    say_commands(d);
    return true;
}

void smtp_dialogue_dot(struct smtp_dialogue *d) {
    if (d->stage != STAGE_BODY) return;
    bool line_open = d->envelope.length && d->envelope.bytes[d->envelope.length - 1] != '\n';
    buf_add_text(&d->out, line_open ? "\r\n.\r\n" : ".\r\n");
    d->stage = STAGE_DOT;
}

void smtp_dialogue_quit(struct smtp_dialogue *d) {
    if (d->stage != STAGE_IDLE) return;
    buf_add_text(&d->out, "QUIT\r\n");
    d->stage = STAGE_QUITTING;
}
