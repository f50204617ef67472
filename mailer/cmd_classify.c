/* relais classify FILE…|-: what returned messages are, without a database. One JSON object a line. */
#include <stdio.h>
#include <unistd.h>

#include "mailer/app.h"
#include "mailer/inbox/classify.h"

enum { FILES_MAX = 100000, MESSAGE_BYTES = 200 << 20, TURN_FILES = 64, TURN_BYTES = 16 << 20, FEW_FILES = 8 /* a second reader would take longer to begin */ };

/* What is known of each recipient, where the flat keys speak of the one that counts most. */
static struct js *details(const struct inbound_facts *facts) {
    struct js *all = js_array();
    for (size_t i = 0; i < facts->recipient_count; i++) {
        const struct inbound_recipient *one = &facts->recipients[i];
        struct js *line = js_object();
        js_set_text(line, "address", one->address);
        js_set_text(line, "status", one->status);
        js_set_text(line, "reason", one->reason);
        js_set_bool(line, "dead", one->dead);
        js_set_text(line, "diagnostic", one->diagnostic);
        js_add(all, line);
    }
    return all;
}

static void write_facts(const char *file, const struct inbound_facts *facts) {
    AUTO(js) line = js_object();
    struct js *recipients = js_array();
    for (size_t i = 0; i < facts->recipient_count; i++) js_add_text(recipients, facts->recipients[i].address);
    js_set_text(line, "file", file);
    js_set_text(line, "kind", INBOUND_KIND[facts->kind]);
    js_set(line, "recipients", recipients);
    js_set_text(line, "status", facts->status);
    js_set_text(line, "reason", facts->reason);
    js_set_bool(line, "suppress", facts->suppress);
    js_set_text(line, "message_id", facts->original_message_id);
    js_set_text(line, "reply_text", facts->reply_text);
    js_set_text(line, "reply_sort", REPLY_SORT[facts->reply_sort]);
    js_set_text(line, "return_date", facts->return_date);
    js_set_text(line, "new_address", facts->new_address);
    js_set(line, "details", details(facts));
    js_write(line, stdout);
}

/* Some files, read together and told in their order: as many as keep every reader busy, and no more than memory is for. */
struct one { const char *file; bool there; struct err err; struct buf message; struct inbound_facts facts; };

static int gather(const char **files, int count, struct one *ones) {
    size_t bytes = 0;
    int gathered = 0;
    for (; gathered < count && gathered < TURN_FILES && bytes < TURN_BYTES; gathered++) {
        struct one *one = &ones[gathered];
        *one = (struct one){.file = files[gathered], .message = BUF_INIT(MESSAGE_BYTES)};
        one->there = app_read_file(one->file, MESSAGE_BYTES, &one->message, &one->err);
        bytes += one->message.length;
    }
    return gathered;
}

static bool read_together(struct one *ones, int count, struct err *err) {
    struct inbound_input inputs[TURN_FILES];
    size_t there = 0;
    for (int i = 0; i < count; i++)
        if (ones[i].there) inputs[there++] = (struct inbound_input){buf_text(&ones[i].message), ones[i].message.length, &ones[i].facts};
    return inbound_read_many(inputs, there, err);
}

struct told { bool unread, refused; };

static void tell(struct app *app, struct one *one, struct told *told) {
    if (!one->there) {
        app_refuse(app, &one->err);
        told->refused = true;
        return;
    }
    told->unread |= one->facts.kind == INBOUND_UNREAD;
    write_facts(one->file, &one->facts);
    inbound_facts_release(&one->facts);
}

static bool classify_all(struct app *app, const char **files, int count, struct told *told, struct err *err) {
    AUTO_MEM struct one *ones = mem_new(TURN_FILES, sizeof *ones);
    bool good = true;
    for (int from = 0, some; from < count && good; from += some) {
        some = gather(files + from, count - from, ones);
        good = read_together(ones, some, err);
        for (int i = 0; i < some; i++) {
            if (good) tell(app, &ones[i], told);
            buf_release(&ones[i].message);
        }
    }
    return good;
}

int cmd_classify(struct app *app, int argc, char **argv) {
    struct err err = {0};
    AUTO_MEM const char **files = mem_new((size_t)argc + 1, sizeof *files);
    struct told told = {0};
    int count = app_arguments(app, argc, argv, NULL, 0, files, 1, FILES_MAX, &err);
    if (count < 0) return app_refuse(app, &err);
    int readers = count < FEW_FILES ? 1 : (int)sysconf(_SC_NPROCESSORS_ONLN);
    if (!inbound_readers_open(INBOUND_SHOWN, readers, &err) || !classify_all(app, files, count, &told, &err)) {
        app_refuse(app, &err);
        told.refused = true;
    }
    inbound_reader_close();
    return told.refused ? EXIT_REFUSED : told.unread ? EXIT_PERSON : EXIT_DONE;
}
