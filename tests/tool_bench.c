/* The sender alone, as fast as it goes: one message of 4 kB, COUNT times, over CONNECTIONS lines; for tests/bench.sh.
 * usage: tool_bench URL COUNT CONNECTIONS [CA_FILE]; prints messages a second. Exit 1 when one was not taken. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "mailer/send/sender.h"
#include "mailer/send/verdict.h"

enum { MESSAGE_BYTES = 4096, EVENTS = 512 };

static void make_message(struct buf *out) {
    buf_add_text(out, "From: Essai <essai@amf.example>\r\nTo: u@clients.test\r\nSubject: Essai\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: text/plain\r\n\r\n");
    for (int line = 0; out->length < MESSAGE_BYTES - 80; line++)
        buf_add_text(out, line % 10 == 9 ? ".une ligne qui commence par un point, comme il en vient parfois, rarement.\r\n"
                                         : "Une ligne ordinaire. Elle a ses points, et soixante-seize octets environ.\r\n");
}

struct bench { struct sender *sender; struct smtp_envelope envelope; int64_t count, begun, ended, bad; };

/* As the sender's owner does it: what begins next is given first, so that it leaves behind the dots of what is under way. */
static void turn(struct bench *bench, struct sender_event *events) {
    struct err err;
    size_t count = sender_step(bench->sender, bench->begun ? 1000 : 0, events, EVENTS);
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == SENDER_WANTS_DOT) continue;
        bench->ended++;
        bench->bad += verdict_of(&events[i].result) != VERDICT_SENT;
    }
    while (bench->begun < bench->count && sender_free_slots(bench->sender))
        if (!sender_submit(bench->sender, bench->begun++, &bench->envelope, &err)) break;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == SENDER_WANTS_DOT) sender_dot(bench->sender, events[i].delivery_id);
}

int main(int argc, char **argv) {
    if (argc < 4) return fprintf(stderr, "usage: tool_bench URL COUNT CONNECTIONS [CA_FILE]\n"), 2;
    struct sender_relay relay = {.url = argv[1], .starttls = argc > 4 ? "required" : "off", .username = "", .password = "",
                                 .ca_file = argc > 4 ? argv[4] : "", .ehlo_name = "essai.amf.example", .connections = atoi(argv[3]),
                                 .connect_timeout_ms = 10000, .dot_timeout_ms = 60000};
    struct err err = {0};
    AUTO(sender) sender = sender_open(&relay, &err);
    if (!sender) return fprintf(stderr, "%s\n", err.text), 2;
    AUTO_BUF message = BUF_INIT(2 * MESSAGE_BYTES);
    make_message(&message);
    struct bench bench = {.sender = sender, .count = atoll(argv[2]),
                          .envelope = {.return_path = "retour+essai@amf.example", .recipient = "u@clients.test",
                                       .envelope_id = "", .bytes = message.bytes, .length = message.length}};
    AUTO_MEM struct sender_event *events = mem_new(EVENTS, sizeof *events);
    int64_t start_ms = monotonic_ms();
    while (bench.ended < bench.count) turn(&bench, events);
    int64_t took_ms = max_i64(1, monotonic_ms() - start_ms);
    printf("%" PRId64 "\n", bench.count * 1000 / took_ms);
    if (bench.bad) fprintf(stderr, "%" PRId64 " not taken; %s\n", bench.bad, sender_trouble(sender));
    return bench.bad > 0;
}
