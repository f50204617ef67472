/* Hostile servers by the hundred thousand: replies mutated from real ones (fixed seed), read by the parser, and held against
 * the dialogue. What must hold: nothing read or written out of bounds (run under the sanitisers), every reply within its
 * limits and printable, dots and bodies only when they are due, an end to every conversation. */
#include "mailer/send/smtp_dialogue.h"

#include "base/text.h"
#include "mailer/send/verdict.h"
#include "tests/tap.h"

enum { PARSES = 100000, TALKS = 30000, TURNS_MOST = 60 };

static uint64_t state = 0x9E3779B97F4A7C15u;
static uint32_t chance(uint32_t below) { /* xorshift64*: the same on every machine */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (uint32_t)((state * 0x2545F4914F6CDD1Du) >> 33) % below;
}

static const char *const SEEDS[] = {
    "250 ok\r\n", "250-mx.test\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-DSN\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n", "354 go\r\n",
    "250 2.0.0 queued\r\n", "550 5.1.1 user unknown\r\n", "421 4.7.0 slow\r\n", "451-4.7.1 grey\r\n451 4.7.1 list\r\n", "503 bad sequence\r\n",
    "250 ok\r\n250 ok\r\n354 go\r\n", "250 ok\r\n550 5.1.1 no\r\n554 no recipients\r\n", "250-\r\n250 \r\n", "552 5.3.4 \303\251\303\250\r\n"};
static const char NASTY[] = {'\0', '\r', '\n', '-', ' ', '\xff', '\x80', '2', '3', '5', '.', 'A'};

static void mutate(struct buf *bytes) {
    for (uint32_t times = chance(4); times && bytes->length; times--) {
        size_t at = chance((uint32_t)bytes->length);
        switch (chance(5)) {
        case 0: bytes->bytes[at] = NASTY[chance(sizeof NASTY)]; break;
        case 1: bytes->bytes[at] = (char)chance(256); break;
        case 2: buf_cut(bytes, at); break;
        case 3: buf_drop(bytes, at); break;
        case 4:
            for (uint32_t more = chance(9000); more; more--) buf_add_char(bytes, NASTY[chance(sizeof NASTY)]);
            break;
        }
    }
}

static void seed(struct buf *bytes) {
    buf_clear(bytes);
    buf_add_text(bytes, SEEDS[chance(COUNT(SEEDS))]);
    if (!chance(3)) buf_add_text(bytes, SEEDS[chance(COUNT(SEEDS))]);
    if (chance(3)) mutate(bytes);
}

static bool reply_fits(const struct smtp_reply *reply) {
    size_t length = strnlen(reply->text, SMTP_REPLY_TEXT);
    AUTO_BUF printable = BUF_INIT(4 * SMTP_REPLY_TEXT);
    text_printable(&printable, reply->text, length < SMTP_REPLY_TEXT ? length : 0);
    return length < SMTP_REPLY_TEXT && (reply->code == 0 || (reply->code >= 200 && reply->code <= 599)) &&
           strnlen(reply->enhanced, sizeof reply->enhanced) < sizeof reply->enhanced && utf8_valid(reply->text, length) &&
           !strcmp(buf_text(&printable), reply->text);
}

static void fuzz_parser(void) {
    int bad = 0, done = 0;
    for (int i = 0; i < PARSES; i++) {
        AUTO_BUF bytes = BUF_INIT(1 << 18);
        struct smtp_reply reply = {.code = 0};
        size_t used = 0;
        seed(&bytes);
        char *exact = mem_copy(buf_text(&bytes), bytes.length ? bytes.length : 1); /* so that a read behind the end is seen */
        if (smtp_reply_parse(exact, bytes.length, &reply, &used) == SMTP_REPLY_DONE) {
            done++;
            bad += used == 0 || used > bytes.length || exact[used - 1] != '\n' || !reply_fits(&reply);
        }
        mem_free_text(&exact);
    }
    CHECK_INT("every reply read is within its limits", bad, 0);
    CHECK("most of them are read", done > PARSES / 3);
}

static const char MESSAGE[] = "Subject: x\r\n\r\n.one\r\ntwo\r\n";
static const struct smtp_envelope ENVELOPE = {"r@a.test", "u@b.test", "id", MESSAGE, sizeof MESSAGE - 1};

/* One conversation: what its owner knows, and what of it stands on the wire. */
struct talk {
    struct smtp_dialogue *dialogue;
    struct buf wire;
    bool open, next, dotted; /* the current transaction, the one behind it, the current one's dot let go */
    int bodies, dots;        /* asked for, let go */
    bool wrong;
};
static struct { int broken, ended, sent, behind, taken_back, wrong; } all;

static void take_output(struct talk *talk) {
    size_t length;
    const char *bytes = smtp_dialogue_output(talk->dialogue, &length);
    size_t some = length && chance(4) ? length : chance((uint32_t)length + 1); /* sockets take what they like */
    buf_add(&talk->wire, bytes, some);
    if (some) smtp_dialogue_wrote(talk->dialogue, some);
}

/* What a good server would say now: without it, hardly any conversation would come as far as a body, nor a second one behind
 * its dot. */
static void seed_fitting(struct buf *bytes, enum smtp_phase phase) {
    static const char *const FITTING[] = {[SMTP_AT_MAIL] = "250 ok\r\n", [SMTP_AT_RCPT] = "250 ok\r\n", [SMTP_AT_RSET] = "250 ok\r\n",
                                          [SMTP_AT_DATA] = "354 go\r\n", [SMTP_AT_DOT] = "250 2.0.0 queued\r\n"};
    const char *text = (size_t)phase < COUNT(FITTING) ? FITTING[phase] : NULL;
    buf_clear(bytes);
    buf_add_text(bytes, text ? text : "250 ok\r\n");
}

static void begin(struct talk *talk) {
    if (!smtp_dialogue_takes(talk->dialogue)) talk->wrong = true;
    else talk->open = smtp_dialogue_send(talk->dialogue, &ENVELOPE);
}

static void begin_behind(struct talk *talk) {
    bool takes = smtp_dialogue_takes(talk->dialogue);
    talk->next = smtp_dialogue_send(talk->dialogue, &ENVELOPE);
    talk->wrong |= talk->next != takes; /* this envelope fits everywhere */
    all.behind += talk->next;
    if (!talk->next || chance(8) || !smtp_dialogue_unsend(talk->dialogue)) return;
    talk->next = false;
    all.taken_back++;
}

static void ended(struct talk *talk, const struct smtp_result *result) {
    bool sent = verdict_of(result) == VERDICT_SENT;
    all.ended++;
    all.sent += sent;
    talk->wrong |= !talk->open || !reply_fits(&result->reply) || (sent && !talk->dotted);
    talk->open = talk->next;
    talk->next = talk->dotted = false;
    if (!talk->open) begin(talk);
}

static void wants_dot(struct talk *talk) {
    talk->wrong |= !talk->open || talk->dotted || talk->next;
    talk->bodies++;
    if (!chance(4)) return;
    smtp_dialogue_dot(talk->dialogue);
    talk->dotted = true;
    talk->dots++;
    if (chance(4)) begin_behind(talk);
}

/* One turn of a conversation; true when it is over. */
static bool turn(struct talk *talk) {
    for (enum smtp_event event; (event = smtp_dialogue_event(talk->dialogue)) != SMTP_NOTHING;) {
        const struct smtp_result *result = smtp_dialogue_result(talk->dialogue);
        switch (event) {
        case SMTP_READY:
            talk->wrong |= talk->open;
            begin(talk);
            break;
        case SMTP_WANTS_DOT: wants_dot(talk); break;
        case SMTP_ENDED: ended(talk, result); break;
        case SMTP_BROKEN:
            all.broken++;
            talk->wrong |= talk->open && (!reply_fits(&result->reply) || (verdict_of(result) == VERDICT_DOUBT && !talk->dotted));
            return true;
        case SMTP_NOTHING: break;
        }
    }
    if (talk->dotted && !talk->next && !chance(6)) begin_behind(talk);
    return false;
}

static int times_on_wire(const struct talk *talk, const char *what) {
    int count = 0;
    for (const char *at = buf_text(&talk->wire); (at = strstr(at, what)); at += strlen(what)) count++;
    return count;
}

/* No body that was not asked about, no final dot that was not let go, no command of a message's making. */
static bool wire_fits(const struct talk *talk) {
    return times_on_wire(talk, "Subject: x\r\n") <= talk->bodies && times_on_wire(talk, "two\r\n.\r\n") <= talk->dots &&
           times_on_wire(talk, "\r\n.one") == 0;
}

static void converse(struct talk *talk) {
    AUTO_BUF bytes = BUF_INIT(1 << 18);
    bool over = false;
    smtp_dialogue_feed(talk->dialogue, SEEDS[1], strlen(SEEDS[1])); /* half of them begin well */
    if (chance(2)) over = turn(talk);
    for (int k = 0; k < TURNS_MOST && !over; k++) {
        take_output(talk);
        if (chance(4)) seed_fitting(&bytes, smtp_dialogue_phase(talk->dialogue));
        else seed(&bytes);
        smtp_dialogue_feed(talk->dialogue, buf_text(&bytes), bytes.length); /* nothing: the link is gone */
        over = turn(talk);
    }
    if (!over) smtp_dialogue_feed(talk->dialogue, NULL, 0), over = turn(talk);
    talk->wrong |= !over || smtp_dialogue_event(talk->dialogue) != SMTP_NOTHING || !wire_fits(talk);
}

static void fuzz_dialogue(void) {
    for (int i = 0; i < TALKS; i++) {
        struct talk talk = {.dialogue = smtp_dialogue_open("me.test"), .wire.ceiling = 1 << 20};
        converse(&talk);
        all.wrong += talk.wrong;
        smtp_dialogue_close(talk.dialogue);
        buf_release(&talk.wire);
    }
    CHECK_INT("no conversation goes wrong", all.wrong, 0);
    CHECK_INT("each one breaks once", all.broken, TALKS);
    CHECK("many transactions end", all.ended > TALKS / 10);
    CHECK("some are sent", all.sent > TALKS / 100);
    CHECK("some begin behind a dot", all.behind > TALKS / 100);
    CHECK("… and are taken back", all.taken_back > TALKS / 1000);
    printf("# %d conversations, %d transactions ended, %d sent, %d behind a dot, %d taken back\n", TALKS, all.ended, all.sent, all.behind,
           all.taken_back);
}

int main(void) {
    fuzz_parser();
    fuzz_dialogue();
    return tap_end();
}
