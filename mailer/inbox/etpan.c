/* Opening libetpan. */
#include "mailer/inbox/etpan.h"

#include "base/common.h"

struct etpan etpan;

bool etpan_ready(struct err *err) {
    static const char *const NAMES[] = {LIBRARY_NAMES(ETPAN)};
    return library_open(ETPAN_FILE, NAMES, COUNT(NAMES), &etpan, err);
}
