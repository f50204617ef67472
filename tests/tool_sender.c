/* Sends K messages through the sender, without a database, and tells how each ended: for tests/sender.t.
 *
 * tool_sender URL COUNT CONNECTIONS [key=value]…
 *   to=A@B[,C@D…]    recipients, in turn (default u@clients.test); %d becomes the message's number
 *   size=BYTES       of a message (default 4000)     starttls=off|opportunistic|required (default off)
 *   ca= user= password=            as in the relay    reply_ms= (mail, rcpt, data and block) or each by its name_ms=,
 *   connect_ms= greeting_ms= dot_ms=  time-outs (defaults 5000)
 *   auth=plain|login|…  token_file=  token_command=  as in the configuration
 *   hand=N           deliveries in hand at most (default as many as are taken)
 *   drop=N           every N-th message is dropped instead of getting its dot
 *   take_back=N      every N-th message is taken back as soon as it is given, if it has not begun
 *   stop_ms=MS       sender_stop after so long
 *   quiet=1          only the last line               try=1  sender_try, nothing else
 *   poll=1           waits for sender_fd and sender_wait_ms itself
 * One line an end: "NUMBER VERDICT PHASE CODE ENHANCED TEXT"; the last: "done N in MS ms, trouble: …". */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mailer/send/access_token.h"
#include "mailer/send/sender.h"
#include "mailer/send/verdict.h"

enum { EVENTS = 512, RECIPIENTS = 32 };

static struct options {
    struct sender_relay relay;
    int64_t count, size, drop, take_back, hand, stop_ms, reply_ms;
    char *recipients[RECIPIENTS];
    size_t recipient_count;
    bool quiet, try_only, poll;
    const char *auth, *token_file, *token_command;
} options = {.relay = {.starttls = "off", .username = "", .password = "", .ca_file = "", .ehlo_name = "essai.amf.example",
                       .connect_timeout_ms = 5000, .greeting_timeout_ms = 5000, .mail_timeout_ms = 5000, .rcpt_timeout_ms = 5000,
                       .data_timeout_ms = 5000, .block_timeout_ms = 5000, .dot_timeout_ms = 5000},
             .size = 4000, .hand = INT64_MAX, .auth = "auto", .token_file = "", .token_command = ""};
static const char *const AUTH[] = {"auto", "plain", "login", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer"};

static bool take_login(struct err *err) {
    for (size_t i = 0; i < COUNT(AUTH); i++)
        if (!strcmp(AUTH[i], options.auth)) options.relay.auth = (enum smtp_auth)i;
    if (!*options.token_file && !*options.token_command) return true;
    options.relay.access_token = access_token_open("smtp", options.token_file, options.token_command, err);
    return options.relay.access_token != NULL;
}

static void take_recipients(char *list) {
    for (char *one = strtok(list, ","); one && options.recipient_count < RECIPIENTS; one = strtok(NULL, ","))
        options.recipients[options.recipient_count++] = one;
}

static bool take(const char *key, char *value) {
    const struct { const char *key; const char **text; int64_t *number; bool *flag; } KEYS[] = {
        {"starttls", &options.relay.starttls, NULL, NULL},   {"ca", &options.relay.ca_file, NULL, NULL},
        {"user", &options.relay.username, NULL, NULL},       {"password", &options.relay.password, NULL, NULL},
        {"auth", &options.auth, NULL, NULL},                 {"token_file", &options.token_file, NULL, NULL},
        {"token_command", &options.token_command, NULL, NULL},
        {"reply_ms", NULL, &options.reply_ms, NULL}, {"dot_ms", NULL, &options.relay.dot_timeout_ms, NULL},
        {"connect_ms", NULL, &options.relay.connect_timeout_ms, NULL}, {"greeting_ms", NULL, &options.relay.greeting_timeout_ms, NULL},
        {"mail_ms", NULL, &options.relay.mail_timeout_ms, NULL}, {"rcpt_ms", NULL, &options.relay.rcpt_timeout_ms, NULL},
        {"data_ms", NULL, &options.relay.data_timeout_ms, NULL}, {"block_ms", NULL, &options.relay.block_timeout_ms, NULL},
        {"size", NULL, &options.size, NULL}, {"hand", NULL, &options.hand, NULL}, {"stop_ms", NULL, &options.stop_ms, NULL},
        {"drop", NULL, &options.drop, NULL}, {"take_back", NULL, &options.take_back, NULL}, {"quiet", NULL, NULL, &options.quiet},
        {"poll", NULL, NULL, &options.poll}, {"try", NULL, NULL, &options.try_only}};
    if (!strcmp(key, "to")) return take_recipients(value), true;
    for (size_t i = 0; i < COUNT(KEYS); i++) {
        if (strcmp(KEYS[i].key, key)) continue;
        if (KEYS[i].text) *KEYS[i].text = value;
        if (KEYS[i].number) *KEYS[i].number = atoll(value);
        if (KEYS[i].flag) *KEYS[i].flag = true;
        return true;
    }
    return false;
}

/* Lines of 76, some beginning with a dot, as a text in quoted-printable has them. */
static void add_message(struct buf *out, int64_t number) {
    buf_clear(out);
    buf_add_format(out, "From: Essai <essai@amf.example>\r\nTo: u@clients.test\r\nSubject: Essai %" PRId64 "\r\n"
                   "Message-ID: <essai.%" PRId64 "@amf.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n", number, number);
    while ((int64_t)out->length < options.size) {
        bool dot = (out->length / 78) % 20 == 7;
        buf_add_text(out, dot ? ".ligne qui commence par un point, comme il en vient parfois dans un texte.\r\n"
                              : "Une ligne ordinaire de soixante-seize octets, ou peu s'en faut, tout compte.\r\n");
    }
}

static struct sender *sender;
static int64_t next_number, ended;

static void take_back(int64_t number) {
    bool wanted = options.take_back && number % options.take_back == 0;
    if (!wanted || !sender_take_back(sender, number)) return;
    ended++;
    if (!options.quiet) printf("%" PRId64 " taken back\n", number);
}

static bool may_submit(void) {
    return next_number < options.count && sender_free_slots(sender) && sender_in_flight(sender) < options.hand;
}

static void submit_more(struct buf *message) {
    for (; may_submit(); next_number++) {
        char recipient[300], id[40];
        const char *pattern = options.recipients[(size_t)next_number % options.recipient_count], *number = strstr(pattern, "%d");
        snprintf(recipient, sizeof recipient, "%s", pattern);
        if (number) snprintf(recipient, sizeof recipient, "%.*s%" PRId64 "%s", (int)(number - pattern), pattern, next_number, number + 2);
        snprintf(id, sizeof id, "essai.%" PRId64, next_number);
        add_message(message, next_number);
        struct smtp_envelope envelope = {.return_path = "retour+essai@amf.example", .recipient = recipient, .envelope_id = id,
                                         .bytes = message->bytes, .length = message->length};
        struct err err;
        if (!sender_submit(sender, next_number, &envelope, &err)) break;
        take_back(next_number);
    }
}

static void tell(const struct sender_event *event) {
    const struct smtp_result *result = &event->result;
    if (options.quiet) return;
    printf("%" PRId64 " %s «%s» %d %s %s\n", event->delivery_id, VERDICT[verdict_of(result)], SMTP_PHASE[result->phase],
           result->reply.code, *result->reply.enhanced ? result->reply.enhanced : "-", result->reply.text);
    fflush(stdout);
}

static void handle(const struct sender_event *event) {
    if (event->kind == SENDER_ENDED) return;
    if (options.drop && event->delivery_id % options.drop == 0) {
        sender_drop(sender, event->delivery_id);
        ended++;
        if (!options.quiet) printf("%" PRId64 " dropped\n", event->delivery_id);
    } else sender_dot(sender, event->delivery_id);
}

static size_t step(struct sender_event *events) {
    int wait_ms = 1000;
    if (options.poll) {
        struct pollfd fd = {.fd = sender_fd(sender), .events = POLLIN};
        poll(&fd, 1, sender_wait_ms(sender, wait_ms));
        wait_ms = 0;
    } else if (options.stop_ms)
        wait_ms = 50;
    return sender_step(sender, wait_ms, events, EVENTS);
}

/* Ends first, then new ones, then dots: as the sender's owner does it. */
static void turn(struct sender_event *events, struct buf *message) {
    size_t count = step(events);
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind != SENDER_ENDED) continue;
        ended++;
        tell(&events[i]);
    }
    submit_more(message);
    for (size_t i = 0; i < count; i++) handle(&events[i]);
}

static int run(void) {
    AUTO_BUF message = BUF_INIT(SMTP_MESSAGE_BYTES);
    AUTO_MEM struct sender_event *events = mem_new(EVENTS, sizeof *events);
    int64_t start_ms = monotonic_ms();
    submit_more(&message);
    while (ended < options.count) {
        turn(events, &message);
        if (!options.stop_ms || monotonic_ms() < start_ms + options.stop_ms) continue;
        sender_stop(sender);
        options.stop_ms = 0;
        options.count = next_number; /* the others were never given */
    }
    printf("done %" PRId64 " in %" PRId64 " ms, trouble: %s\n", ended, monotonic_ms() - start_ms, sender_trouble(sender));
    int64_t close_ms = monotonic_ms();
    sender_close(sender);
    printf("closed in %" PRId64 " ms\n", monotonic_ms() - close_ms);
    return 0;
}

int main(int argc, char **argv) {
    static char anybody[] = "u@clients.test";
    struct err err = {0};
    if (argc < 4) return fprintf(stderr, "usage: tool_sender URL COUNT CONNECTIONS [key=value]...\n"), 2;
    options.relay.url = argv[1];
    options.count = atoll(argv[2]);
    options.relay.connections = atoi(argv[3]);
    for (int i = 4; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (value) *value++ = '\0';
        if (!value || !take(argv[i], value)) return fprintf(stderr, "unknown: %s\n", argv[i]), 2;
    }
    if (options.reply_ms)
        options.relay.mail_timeout_ms = options.relay.rcpt_timeout_ms = options.relay.data_timeout_ms = options.relay.block_timeout_ms =
            options.reply_ms;
    if (!options.recipient_count) options.recipients[options.recipient_count++] = anybody;
    bool good = take_login(&err) && (!options.try_only || sender_try(&options.relay, &err));
    sender = good && !options.try_only ? sender_open(&options.relay, &err) : NULL;
    int status = good && options.try_only ? puts("ok"), 0 : sender ? run() : (printf("%s %s\n", err.code, err.text), options.try_only ? 1 : 2);
    access_token_close(options.relay.access_token);
    return status;
}
