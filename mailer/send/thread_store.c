/* Finding the first mail of a mailbox. */
#include "mailer/send/thread_store.h"

#include <stdio.h>

bool thread_first(struct db *db, int64_t campaign_id, const char *address, int64_t before_ms, char message_id[THREAD_ID], struct err *err) {
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT p.message_id FROM dispatch p JOIN delivery d ON d.id = p.delivery_id JOIN wave w ON w.id = d.wave_id "
                                  "WHERE p.address = $1 AND w.campaign_id = $2 AND p.code BETWEEN 200 AND 299 AND p.ended_ms < $3 "
                                  "ORDER BY p.ended_ms, p.id LIMIT 1",
                                  DB_T(address), DB_I(campaign_id), DB_I(before_ms));
    int got = db_next(rows, err);
    snprintf(message_id, THREAD_ID, "%s", got > 0 ? db_text(rows, 0) : "");
    return got >= 0;
}
