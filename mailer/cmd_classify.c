/* relais classify FILE…|-: what returned messages are, without a database. One JSON object a line. */
#include <stdio.h>

#include "mailer/app.h"
#include "mailer/inbox/classify.h"

enum { FILES_MAX = 100000, MESSAGE_BYTES = 200 << 20 };

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

static bool classify_file(const char *file, bool *unread, struct err *err) {
    AUTO_BUF message = BUF_INIT(MESSAGE_BYTES);
    struct inbound_facts facts;
    if (!app_read_file(file, MESSAGE_BYTES, &message, err) ||
        !inbound_read(buf_text(&message), message.length, &facts, err))
        return false;
    *unread |= facts.kind == INBOUND_UNREAD;
    write_facts(file, &facts);
    inbound_facts_release(&facts);
    return true;
}

int cmd_classify(struct app *app, int argc, char **argv) {
    struct err err = {0};
    AUTO_MEM const char **files = mem_new((size_t)argc + 1, sizeof *files);
    bool unread = false, refused = false;
    int count = app_arguments(app, argc, argv, NULL, 0, files, 1, FILES_MAX, &err);
    if (count < 0 || !inbound_reader_open(INBOUND_SHOWN, &err)) return app_refuse(app, &err);
    for (int i = 0; i < count; i++) {
        if (classify_file(files[i], &unread, &err)) continue;
        app_refuse(app, &err);
        refused = true;
    }
    inbound_reader_close();
    return refused ? EXIT_REFUSED : unread ? EXIT_PERSON : EXIT_DONE;
}
