/* Counts for a monitoring system, read in one snapshot. */
#include <inttypes.h>

#include "mailer/reports/metrics_store.h"
#include "mailer/send/delivery.h"

void metrics_family(struct buf *out, const char *name, const char *type, const char *help) {
    buf_add_format(out, "# HELP relais_%s %s\n# TYPE relais_%s %s\n", name, help, name, type);
}

/* OpenMetrics: a backslash, a quote and a line feed are escaped in label values. */
static void add_label(struct buf *out, const char *separator, const char *name, const char *value) {
    buf_add_format(out, "%s%s=\"", separator, name);
    for (; *value; value++) {
        if (*value == '\n') buf_add_text(out, "\\n");
        else {
            if (*value == '"' || *value == '\\') buf_add_char(out, '\\');
            buf_add_char(out, *value);
        }
    }
    buf_add_char(out, '"');
}

static bool add_deliveries(struct db *db, struct buf *out, struct err *err) {
    metrics_family(out, "deliveries", "gauge", "Deliveries by campaign, wave and state.");
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT c.name, w.name, d.state, COUNT(*) FROM delivery d JOIN wave w ON w.id = d.wave_id "
                                  "JOIN campaign c ON c.id = w.campaign_id GROUP BY c.name, w.name, d.state ORDER BY c.name, w.name, d.state");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        int64_t state = db_int(rows, 2);
        buf_add_text(out, "relais_deliveries");
        add_label(out, "{", "campaign", db_text(rows, 0));
        add_label(out, ",", "wave", db_text(rows, 1));
        add_label(out, ",", "state", state >= 0 && state < DELIVERY_STATES ? DELIVERY[state].name : "unknown");
        buf_add_format(out, "} %" PRId64 "\n", db_int(rows, 3));
    }
    return got == 0;
}

static bool add_campaigns(struct db *db, struct buf *out, struct err *err) {
    metrics_family(out, "campaign_running", "gauge", "1 while a campaign is started, 0 in any other state.");
    AUTO(db_rows) rows = db_query(db, err, "SELECT name, CASE WHEN state = 'started' THEN 1 ELSE 0 END FROM campaign ORDER BY name");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        buf_add_text(out, "relais_campaign_running");
        add_label(out, "{", "campaign", db_text(rows, 0));
        buf_add_format(out, "} %" PRId64 "\n", db_int(rows, 1));
    }
    return got == 0;
}

static bool add_returns(struct db *db, struct buf *out, struct err *err) {
    metrics_family(out, "returns", "gauge", "Inbound messages by kind, and whether somebody or a rule has dealt with them.");
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT kind, CASE WHEN settled = '' THEN 0 ELSE 1 END AS done, COUNT(*) FROM inbound GROUP BY kind, done ORDER BY kind, done");
    int got;
    while ((got = db_next(rows, err)) > 0) {
        buf_add_text(out, "relais_returns");
        add_label(out, "{", "kind", db_text(rows, 0));
        buf_add_format(out, ",settled=\"%s\"} %" PRId64 "\n", db_int(rows, 1) ? "yes" : "no", db_int(rows, 2));
    }
    return got == 0;
}

/* Only what differs from the configuration has a row. A relay that let nobody in is written down without its rest, so that the next sender
 * tries it at once (send/relays_restart.c): it rests all the same until a message has tried it. */
static bool add_paces(struct db *db, int64_t now_ms, struct buf *out, struct err *err) {
    metrics_family(out, "resting", "gauge", "1 while a relay or a group of recipient domains gets nothing, for it asked for less or refused.");
    AUTO(db_rows) rows = db_query(db, err,
                                  "SELECT kind, name, CASE WHEN rest_until_ms > $1 OR (probing = 1 AND rest_until_ms = 0) THEN 1 ELSE 0 END "
                                  "FROM pace ORDER BY kind, name",
                                  DB_I(now_ms));
    int got;
    while ((got = db_next(rows, err)) > 0) {
        buf_add_text(out, "relais_resting");
        add_label(out, "{", "kind", db_text(rows, 0));
        add_label(out, ",", "name", db_text(rows, 1));
        buf_add_format(out, "} %" PRId64 "\n", db_int(rows, 2));
    }
    return got == 0;
}

static bool add_last_sent(struct db *db, struct buf *out, struct err *err) {
    int64_t last_ms = 0;
    metrics_family(out, "last_sent_timestamp_seconds", "gauge", "When a server last accepted a message; 0 = never.");
    if (db_get_int(db, err, &last_ms, "SELECT COALESCE(MAX(ended_ms), 0) FROM dispatch WHERE code BETWEEN 200 AND 299") < 0) return false;
    buf_add_format(out, "relais_last_sent_timestamp_seconds %" PRId64 ".%03d\n", last_ms / 1000, (int)(last_ms % 1000));
    return true;
}

bool metrics_write(struct db *db, int64_t now_ms, struct buf *out, struct err *err) {
    AUTO(tx) snapshot = tx_begin(db, TX_READ, err);
    return snapshot && add_campaigns(db, out, err) && add_deliveries(db, out, err) && add_returns(db, out, err) &&
           add_paces(db, now_ms, out, err) && add_last_sent(db, out, err);
}
