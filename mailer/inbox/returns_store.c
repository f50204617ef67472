/* Returns read from the database. */
#include "mailer/inbox/returns_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/audience_sql.h"

const char *const RETURN_NEED[RETURN_NEEDS] = {
    [NEED_NONE] = "", [NEED_UNMATCHED] = "unmatched", [NEED_LIKELY] = "likely", [NEED_REPLY] = "reply",
    [NEED_NEW_ADDRESS] = "new-address", [NEED_CHALLENGE] = "challenge", [NEED_FORWARD] = "forward", [NEED_UNREAD] = "unread",
    [NEED_OTHER] = "other"};

static enum return_need need_of(const struct inbound_return *one) {
    static const struct { const char *kind; enum return_need need; } KINDS[] = {
        {"reply", NEED_REPLY}, {"challenge", NEED_CHALLENGE}, {"hard", NEED_FORWARD}, {"unread", NEED_UNREAD}};
    bool open = *one->proposal && !*one->decision;
    if (*one->settled) return NEED_NONE;
    if (!*one->party_id) return NEED_UNMATCHED;
    if (!strcmp(one->proof, "likely") && !*one->vouched_by) return NEED_LIKELY;
    for (size_t i = 0; i < COUNT(KINDS); i++)
        if (!strcmp(KINDS[i].kind, one->kind)) return open && KINDS[i].need == NEED_FORWARD ? NEED_NEW_ADDRESS : KINDS[i].need;
    return open ? NEED_NEW_ADDRESS : NEED_OTHER;
}

#define RETURNS                                                                                                     \
    "SELECT i.id, i.received_ms, COALESCE(i.settled_ms, -1), COALESCE((SELECT MAX(h.until_ms) FROM hold h WHERE h.inbound_id = i.id AND " \
    "h.lifted_ms IS NULL AND h.until_ms > $1), -1), COALESCE(i.campaign_id, 0), COALESCE(i.delivery_id, 0), COALESCE(i.dispatch_id, 0), " \
    "CASE WHEN r.id IS NULL THEN 0 ELSE 1 END, i.source, i.kind, i.reply_sort, i.proof, i.vouched_by, i.sender, i.subject, i.status, i.reason, " \
    "i.reply_text, i.message_id, COALESCE(i.party_id, ''), COALESCE(c.name, r.name, ''), COALESCE(c.department, " RELAY_DEPARTMENT("r") "), "      \
    "COALESCE(w.name, ''), COALESCE(p.address, ''), COALESCE(a.address, ''), COALESCE(a.decision, ''), i.settled, i.settled_by FROM inbound i " \
    "LEFT JOIN collectivity c ON c.id = i.party_id LEFT JOIN relay r ON r.id = i.party_id LEFT JOIN delivery d ON d.id = i.delivery_id "       \
    "LEFT JOIN wave w ON w.id = d.wave_id LEFT JOIN dispatch p ON p.id = i.dispatch_id LEFT JOIN address_proposal a ON a.inbound_id = i.id "

static void read_row(const struct db_rows *rows, struct inbound_return *one) {
    *one = (struct inbound_return){.id = db_int(rows, 0), .received_ms = db_int(rows, 1), .settled_ms = db_int(rows, 2),
                                   .hold_until_ms = db_int(rows, 3), .campaign_id = db_int(rows, 4), .delivery_id = db_int(rows, 5),
                                   .dispatch_id = db_int(rows, 6), .relay = db_int(rows, 7)};
    char **const texts[] = {&one->source, &one->kind, &one->reply_sort, &one->proof, &one->vouched_by, &one->sender, &one->subject,
                            &one->status, &one->reason, &one->text, &one->message_id, &one->party_id, &one->party_name, &one->department,
                            &one->wave, &one->address, &one->proposal, &one->decision, &one->settled, &one->settled_by};
    for (size_t i = 0; i < COUNT(texts); i++) *texts[i] = text_dup(db_text(rows, 8 + (int)i));
    if (!*one->party_id) *one->department = '\0'; /* nobody's: not of the department relays without one are counted in */
    one->need = need_of(one);
}

bool returns_load(struct db *db, const struct campaign *campaign, const struct returns_filter *filter, int64_t now_ms,
                  struct returns *returns, struct err *err) {
    *returns = (struct returns){0};
    AUTO(db_rows) rows = db_query(db, err,
                                  RETURNS "WHERE (i.campaign_id = $2 OR (i.campaign_id IS NULL AND $3 = '')) AND ($4 = 1 OR i.settled = '') "
                                  "AND ($5 = '' OR i.kind = $5) AND ($3 = '' OR i.party_id IN (SELECT s.collectivity_id FROM "
                                  "collectivity_in_department s WHERE s.department = $3) OR " RELAY_DEPARTMENT("r") " = $3 AND r.id IS NOT NULL) "
                                  "ORDER BY i.id",
                                  DB_I(now_ms), DB_I(campaign->id), DB_T(filter->department), DB_I(filter->all), DB_T(filter->kind));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        if (!(returns->count & (returns->count - 1)))
            returns->all = mem_grow(returns->all, returns->count ? returns->count * 2 : 1, sizeof *returns->all);
        read_row(rows, &returns->all[returns->count++]);
    }
    return got == 0;
}

void return_release(struct inbound_return *one) {
    char *const texts[] = {one->source, one->kind, one->reply_sort, one->proof, one->vouched_by, one->sender, one->subject,
                           one->status, one->reason, one->text, one->message_id, one->party_id, one->party_name, one->department,
                           one->wave, one->address, one->proposal, one->decision, one->settled, one->settled_by};
    for (size_t i = 0; i < COUNT(texts); i++) free(texts[i]);
    *one = (struct inbound_return){0};
}

void returns_release(struct returns *returns) {
    for (size_t i = 0; i < returns->count; i++) return_release(&returns->all[i]);
    free(returns->all);
    *returns = (struct returns){0};
}

bool return_load(struct db *db, const struct campaign *campaign, int64_t id, int64_t now_ms, struct inbound_return *one, struct err *err) {
    *one = (struct inbound_return){0};
    AUTO(db_rows) rows = db_query(db, err, RETURNS "WHERE i.id = $2 AND (i.campaign_id = $3 OR i.campaign_id IS NULL)", DB_I(now_ms), DB_I(id),
                                  DB_I(campaign->id));
    int got = db_next(rows, err);
    if (got > 0) read_row(rows, one);
    if (got == 0)
        return err_set(err, ERR_INPUT, "UNKNOWN_RETURN", "la campagne %s n'a pas de retour n° %" PRId64 " ; « relais returns %s --all » les montre tous",
                       campaign->name, id, campaign->name);
    return got > 0;
}

bool return_raw(struct db *db, int64_t id, struct buf *out, struct err *err) {
    size_t length;
    AUTO(db_rows) rows = db_query(db, err, "SELECT raw FROM inbound WHERE id = $1", DB_I(id));
    int got = db_next(rows, err);
    if (got > 0) {
        const void *bytes = db_bytes(rows, 0, &length);
        buf_add(out, bytes, length);
    }
    return got > 0;
}
