/* Reads returned messages in this process, without the child of inbox_read: for counting instructions (callgrind), and for
 * comparing what line endings do (tests/returns_score.t).
 * usage: tool_returns [--times N] [--ends crlf|cr|lf] FILE…    one line a file: what was read of it, tab-separated */
#include <stdio.h>
#include <stdlib.h>

#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"

enum { MESSAGE_BYTES = 64 << 20 };

/* Every line end, whatever it is, as ends. */
static void change_ends(struct buf *message, const char *ends) {
    AUTO_BUF changed = BUF_INIT(2 * MESSAGE_BYTES);
    for (size_t i = 0; i < message->length; i++) {
        char c = message->bytes[i];
        if (c != '\r' && c != '\n') {
            buf_add_char(&changed, c);
            continue;
        }
        if (c == '\r' && i + 1 < message->length && message->bytes[i + 1] == '\n') i++;
        buf_add_text(&changed, ends);
    }
    buf_clear(message);
    buf_add(message, buf_text(&changed), changed.length);
}

static void read_message(const struct buf *message, struct inbound_facts *facts) {
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct charsets charsets = {.count = 0};
    charsets_prepare(&charsets, message->bytes, message->length < GUARD_BYTES ? message->length : GUARD_BYTES);
    guard_copy(message->bytes, message->length, &copy);
    if (!mime_ready(&(struct err){0})) abort();
    mime_parse(mime, &charsets, buf_text(&copy), copy.length);
    message_kind(mime, &charsets, facts);
    mime_release(mime);
    charsets_release(&charsets);
}

static void print_facts(const char *file, const struct inbound_facts *facts) {
    printf("%s\t%s\t%s\t%s\t%d\t%s\t", file, INBOUND_KIND[facts->kind], facts->status, facts->reason, facts->suppress, facts->original_message_id);
    for (size_t i = 0; i < facts->recipient_count; i++) {
        const struct inbound_recipient *one = &facts->recipients[i];
        printf("%s%s/%s/%s/%d", i ? " " : "", one->address, one->status, one->reason, one->dead);
    }
    putchar('\t');
    for (const char *c = facts->reply_text; *c; c++) *c == '\n' ? fputs("\\n", stdout) : *c == '\t' ? fputs("\\t", stdout) : putchar(*c);
    putchar('\n');
}

static bool read_file(const char *file, long times, const char *ends) {
    AUTO_BUF message = BUF_INIT(2 * MESSAGE_BYTES);
    FILE *in = fopen(file, "re");
    if (!in) return perror(file), false;
    buf_add_file(&message, in);
    fclose(in);
    if (ends) change_ends(&message, ends);
    for (long i = 0; i < times; i++) {
        struct inbound_facts facts;
        read_message(&message, &facts);
        if (i + 1 == times) print_facts(file, &facts);
        inbound_facts_release(&facts);
    }
    return true;
}

int main(int argc, char **argv) {
    long times = 1;
    const char *ends = NULL;
    bool good = argc > 1;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--times") && i + 1 < argc)
            times = strtol(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--ends") && i + 1 < argc) {
            i++;
            ends = !strcmp(argv[i], "crlf") ? "\r\n" : !strcmp(argv[i], "cr") ? "\r" : "\n";
        } else
            good &= read_file(argv[i], times, ends);
    }
    return good ? 0 : 1;
}
