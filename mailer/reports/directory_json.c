/* The directory for programs: {"department","campaign","collectivities":[…]}, written as it is read. */
#include <string.h>

#include "base/js.h"
#include "mailer/french_moments.h"
#include "mailer/reports/directory.h"

enum { ENTRY_BYTES = 1 << 24 };

static struct js *contact_json(const struct directory_contact *contact) {
    struct js *json = js_object(), *origin = js_object();
    char at[INSTANT_TEXT] = "";
    if (contact->at_ms >= 0) zoned_instant(PARIS, contact->at_ms, at);
    js_set_int(json, "rank", contact->rank);
    js_set_text(json, "address", contact->address);
    js_set_text(json, "state", CONTACT_STATE[contact->state]);
    js_set_text(origin, "file", contact->file);
    js_set_int(origin, "line", contact->line);
    js_set_text(origin, "at", *at ? at : NULL);
    js_set_text(origin, "by", contact->by_whom);
    js_set(json, "origin", origin);
    return json;
}

static struct js *entry_json(const struct directory_entry *entry, bool with_status) {
    struct js *json = js_object(), *contacts = js_array();
    js_set_text(json, "id", entry->id);
    js_set_text(json, "name", entry->name);
    js_set_text(json, "type", entry->type);
    js_set_text(json, "siren", *entry->siren ? entry->siren : NULL);
    js_set_text(json, "department", entry->department);
    js_set_int(json, "population", entry->population);
    if (with_status) js_set_text(json, "status", entry->status);
    for (size_t i = 0; i < entry->contact_count; i++) js_add(contacts, contact_json(&entry->contacts[i]));
    js_set(json, "contacts", contacts);
    return json;
}

struct directory_stream {
    FILE *file;
    bool with_status, started;
};

static bool write_entry(void *ctx, const struct directory_entry *entry, struct err *err) {
    struct directory_stream *stream = ctx;
    AUTO_BUF text = BUF_INIT(ENTRY_BYTES);
    AUTO(js) json = entry_json(entry, stream->with_status);
    (void)err;
    if (stream->started) buf_add_char(&text, ',');
    js_add_to(json, &text);
    fwrite(buf_text(&text), 1, text.length, stream->file);
    stream->started = true;
    return true;
}

/* {"department":…,"campaign":… and what comes before the first entry. */
static void write_head(const struct directory_scope *scope, FILE *file) {
    AUTO_BUF head = BUF_INIT(4096);
    AUTO(js) json = js_object();
    js_set_text(json, "department", *scope->department ? scope->department : NULL);
    js_set_text(json, "campaign", scope->campaign_id ? scope->campaign : NULL);
    js_add_to(json, &head);
    buf_cut(&head, head.length - 1);
    fprintf(file, "%s,\"collectivities\":[", buf_text(&head));
}

bool directory_json(struct db *db, const struct directory_scope *scope, const char *path, struct err *err) {
    AUTO(output) output = output_open(path, err);
    if (!output) return false;
    struct directory_stream stream = {output_file(output), scope->campaign_id != 0, false};
    write_head(scope, stream.file);
    if (!directory_read(db, scope, write_entry, &stream, err)) return false;
    fputs("]}\n", stream.file);
    return output_commit(output, err);
}
