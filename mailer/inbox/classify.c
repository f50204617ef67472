/* Reading one message in a throw-away child: guard, parse, judge; only facts come back. */
#include "mailer/inbox/classify.h"

#include <stdlib.h>
#include <string.h>

#include "base/sandbox.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"

/* Every bomb of tests/test_fuzz_inbox.c is read within these; a message that needs more is kept unread. */
static const struct sandbox_limits LIMITS = {
    .memory_bytes = 64 << 20, .cpu_seconds = 5, .wall_ms = 10000, .output_bytes = FACTS_BYTES};

struct reading {
    const char *bytes;
    size_t length;
    struct charsets charsets;
};

static void prepare(void *ctx) {
    struct reading *reading = ctx;
    charsets_prepare(&reading->charsets, reading->bytes,
                     reading->length < GUARD_BYTES ? reading->length : GUARD_BYTES);
}

static void work(const void *input, size_t length, struct buf *out, void *ctx) {
    struct reading *reading = ctx;
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct inbound_facts facts;
    guard_copy(input, length, &copy);
    mime_parse(mime, &reading->charsets, copy.bytes, copy.length);
    message_kind(mime, &reading->charsets, &facts);
    facts_write(&facts, out);
    inbound_facts_release(&facts);
    mime_release(mime);
    charsets_release(&reading->charsets);
}

bool inbound_read(const char *bytes, size_t length, struct inbound_facts *facts, struct err *err) {
    struct reading reading = {.bytes = bytes, .length = length};
    AUTO_BUF answer = BUF_INIT(FACTS_BYTES);
    enum sandbox_end end = sandbox_run(&LIMITS, prepare, work, &reading, bytes, length, &answer, err);
    if (end == SANDBOX_FAILED) return false;
    if (end == SANDBOX_DONE && facts_read(buf_text(&answer), answer.length, facts)) return true;
    facts_begin(facts, INBOUND_UNREAD);
    return true;
}
