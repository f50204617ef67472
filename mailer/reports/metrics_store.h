/* What a monitoring system watches, as OpenMetrics text (the Prometheus exposition format): counts of deliveries, doubts, what
 * came back, the relays' rests. No address, no name of a collectivity. */
#ifndef MAILER_REPORTS_METRICS_STORE_H
#define MAILER_REPORTS_METRICS_STORE_H

#include "base/buf.h"
#include "base/db.h"

/* Appends every family but what only the process knows, in one snapshot; ends with "# EOF" when the caller has added its own. */
bool metrics_write(struct db *db, int64_t now_ms, struct buf *out, struct err *err);
/* One family's lines in front of its samples; name without the "relais_". type: gauge or counter. */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);

#endif
