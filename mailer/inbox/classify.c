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
    .memory_bytes = 64 << 20, .cpu_ms = 2000, .wall_ms = 10000, .input_bytes = GUARD_BYTES, .output_bytes = FACTS_BYTES};
enum { BATCH = 64 };

/* One for the process: it must be older than what the process knows. Converters are opened in it, once each. */
static struct sandbox *reader;
static struct charsets converters;

static void prepare(uint64_t named, void *ctx) {
    charsets_open(ctx, named);
}

static void work(const void *input, size_t length, struct buf *out, void *ctx) {
    const struct charsets *charsets = ctx;
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct inbound_facts facts;
    guard_copy(input, length, &copy);
    mime_parse(mime, charsets, copy.bytes, copy.length);
    message_kind(mime, charsets, &facts);
    facts_write(&facts, out);
    inbound_facts_release(&facts);
    mime_release(mime);
}

bool inbound_reader_open(enum inbound_trust trust, struct err *err) {
    struct sandbox_limits limits = LIMITS;
    limits.inputs = trust == INBOUND_ACTED_ON ? 1 : BATCH;
    if (!reader) reader = sandbox_open(&limits, prepare, work, &converters, err);
    return reader != NULL;
}

void inbound_reader_close(void) {
    sandbox_close(reader);
    reader = NULL;
}

bool inbound_read(const char *bytes, size_t length, struct inbound_facts *facts, struct err *err) {
    AUTO_BUF answer = BUF_INIT(FACTS_BYTES);
    if (!inbound_reader_open(INBOUND_ACTED_ON, err)) return false;
    if (length > GUARD_BYTES) length = GUARD_BYTES;
    uint64_t named = charsets_named(bytes, length);
    enum sandbox_end end = sandbox_run(reader, named, bytes, length, &answer, err);
    if (end == SANDBOX_KILLED) end = sandbox_run(reader, named, bytes, length, &answer, err);
    if (end == SANDBOX_FAILED) return false;
    if (end == SANDBOX_DONE && facts_read(buf_text(&answer), answer.length, facts)) return true;
    facts_begin(facts, INBOUND_UNREAD);
    return true;
}
