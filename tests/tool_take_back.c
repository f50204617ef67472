/* tool_take_back URL [CA]: over one connection, delivery 2 rides behind the dot of 1 while the socket takes nothing, and is taken back; then
 * 3 is submitted, for which there is a place if 2 was. Prints "taken back N" (1 or 0), and of each that ends "ended ID CODE": for tests/opening.t, whose server says who got what. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "mailer/send/sender.h"

static bool socket_full;
static struct sender *sender;
static int unfinished;

/* In place of the system's, for libcurl too. */
ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    static ssize_t (*theirs)(int, const void *, size_t, int);
    if (!theirs) *(void **)&theirs = dlsym(RTLD_NEXT, "send");
    if (!socket_full) return theirs(fd, bytes, length, flags);
    errno = EAGAIN;
    return -1;
}

static void submit(int number) {
    struct err err = {0};
    char recipient[40], text[200];
    snprintf(recipient, sizeof recipient, "u%d@clients.test", number);
    snprintf(text, sizeof text, "From: a@amf.example\r\nSubject: x\r\n\r\nfor u%d\r\n", number);
    const struct smtp_envelope envelope = {.return_path = "r@amf.example", .recipient = recipient, .envelope_id = "", .bytes = text, .length = strlen(text)};
    if (sender_submit(sender, number, &envelope, &err)) unfinished++;
    else printf("no place for %d\n", number);
}

static void ride_and_come_back(void) {
    submit(2);
    socket_full = true;
    sender_dot(sender, 1);
    bool taken_back = sender_take_back(sender, 2);
    socket_full = false;
    printf("taken back %d\n", taken_back);
    unfinished -= taken_back;
    submit(3);
}

int main(int count, char **words) {
    struct err err = {0};
    struct sender_event events[8];
    if (count < 2) return 2;
    const struct sender_relay relay = {.url = words[1], .starttls = "off", .username = "", .password = "", .ca_file = count > 2 ? words[2] : "",
                                       .ehlo_name = "essai.amf.example", .connections = 1, .mail_timeout_ms = 5000, .rcpt_timeout_ms = 5000,
                                       .data_timeout_ms = 5000, .block_timeout_ms = 5000, .dot_timeout_ms = 5000};
    sender = sender_open(&relay, &err);
    if (!sender) return printf("%s\n", err.text), 1;
    submit(1);
    while (unfinished) {
        size_t told = sender_step(sender, 200, events, COUNT(events));
        for (size_t i = 0; i < told; i++) {
            int number = (int)events[i].delivery_id;
            if (events[i].kind == SENDER_ENDED) printf("ended %d %d\n", number, events[i].result.reply.code), unfinished--;
            else if (number == 1) ride_and_come_back();
            else sender_dot(sender, number);
        }
    }
    sender_close(sender);
    return 0;
}
