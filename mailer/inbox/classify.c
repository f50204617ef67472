/* Reading one message in a throw-away child: guard, parse, judge; only facts come back. */
#include "mailer/inbox/classify.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/sandbox.h"
#include "base/worker.h"
#include "mailer/inbox/facts.h"
#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"

/* Every bomb of tests/test_fuzz_inbox.c is read within these; a message that needs more is kept unread. */
static const struct sandbox_limits LIMITS = {
    .memory_bytes = 64 << 20, .cpu_ms = 2000, .wall_ms = 10000, .input_bytes = GUARD_BYTES, .output_bytes = FACTS_BYTES};
enum { BATCH = 64 };

/* Those of the process: they must be older than what the process knows. Converters are opened in each, once. */
static struct reader {
    struct sandbox *sandbox;
    struct worker *worker; /* NULL: the caller's thread serves it */
    struct heap *heap;     /* of inbound_read_many */
    bool good;
    struct err err;
} readers[INBOUND_READERS];
static int reader_count;
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

bool inbound_readers_open(enum inbound_trust trust, int count, struct err *err) {
    struct sandbox_limits limits = LIMITS;
    limits.inputs = trust == INBOUND_ACTED_ON ? 1 : BATCH;
    if (reader_count) return true;
    if (!mime_ready(err)) return false; /* a sealed process opens no library any more */
    count = (int)min_i64(max_i64(count, 1), INBOUND_READERS);
    while (reader_count < count && (readers[reader_count].sandbox = sandbox_open(&limits, prepare, work, &converters, err))) reader_count++;
    /* Threads after all forks. The caller's own serves the first reader. */
    for (int i = 1; i < reader_count && reader_count == count; i++)
        if (!(readers[i].worker = worker_open(err))) count = 0;
    if (reader_count == count) return true;
    inbound_reader_close();
    return false;
}

bool inbound_reader_open(enum inbound_trust trust, struct err *err) { return inbound_readers_open(trust, 1, err); }

void inbound_reader_close(void) {
    for (int i = 0; i < reader_count; i++) {
        worker_close(readers[i].worker);
        sandbox_close(readers[i].sandbox);
        readers[i] = (struct reader){0};
    }
    reader_count = 0;
}

static bool read_by(struct reader *reader, const struct inbound_input *input, struct err *err) {
    AUTO_BUF answer = BUF_INIT(FACTS_BYTES);
    size_t length = input->length > GUARD_BYTES ? GUARD_BYTES : input->length;
    uint64_t named = charsets_named(input->bytes, length);
    enum sandbox_end end = sandbox_run(reader->sandbox, named, input->bytes, length, &answer, err);
    if (end == SANDBOX_KILLED) end = sandbox_run(reader->sandbox, named, input->bytes, length, &answer, err);
    if (end == SANDBOX_FAILED) return false;
    if (end == SANDBOX_DONE && facts_read(buf_text(&answer), answer.length, input->facts)) return true;
    facts_begin(input->facts, INBOUND_UNREAD);
    return true;
}

bool inbound_read(const char *bytes, size_t length, struct inbound_facts *facts, struct err *err) {
    return inbound_reader_open(INBOUND_ACTED_ON, err) && read_by(&readers[0], &(struct inbound_input){bytes, length, facts}, err);
}

/* -- several at once ---------------------------------------------------------------------------------------------- */
/* What lies before every reader: each takes the next that nobody has. */
struct heap {
    const struct inbound_input *inputs;
    bool *read;
    size_t count;
    atomic_size_t next;
};

static void take_from_heap(void *ctx) {
    struct reader *reader = ctx;
    struct heap *heap = reader->heap;
    reader->good = true;
    for (size_t at; reader->good && (at = atomic_fetch_add(&heap->next, 1)) < heap->count;)
        reader->good = heap->read[at] = read_by(reader, &heap->inputs[at], &reader->err);
}

bool inbound_read_many(const struct inbound_input *inputs, size_t count, struct err *err) {
    if (!inbound_reader_open(INBOUND_ACTED_ON, err)) return false;
    AUTO_MEM bool *read = mem_new(count + 1, sizeof *read);
    struct heap heap = {.inputs = inputs, .read = read, .count = count};
    bool good = true;
    for (int i = reader_count; i-- > 0;) {
        readers[i].heap = &heap;
        if (readers[i].worker) worker_give(readers[i].worker, take_from_heap, &readers[i]);
        else take_from_heap(&readers[i]);
    }
    for (int i = 0; i < reader_count; i++) {
        if (readers[i].worker) worker_await(readers[i].worker);
        if (good && !readers[i].good) *err = readers[i].err;
        good = good && readers[i].good;
    }
    for (size_t i = 0; i < count && !good; i++)
        if (read[i]) inbound_facts_release(inputs[i].facts);
    return good;
}
