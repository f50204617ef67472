/* What the two halves of the gate share: message_check.c reads lines, headers and parts, message_check_values.c judges
 * what headers say. Only they include this. */
#ifndef TEMPLATES_MESSAGE_CHECK_H
#define TEMPLATES_MESSAGE_CHECK_H

#include "base/err.h"

enum { HEADERS_MOST = 60 };

struct range {
    const char *at, *end;
};
struct header {
    const char *name;
    size_t name_length;
    const char *value; /* with its folds */
    size_t value_length;
    long line;
};
struct checked {
    struct header headers[HEADERS_MOST];
    size_t count;
    long line; /* of what is being judged */
    struct err *err;
};

bool check_fault(struct checked *checked, const char *what); /* fills err, returns false */
bool header_is(const struct header *header, const char *name);
const struct header *header_find(const struct checked *checked, const char *name);
struct range header_value(const struct header *header); /* without what is blank in front; { NULL, NULL } of NULL */
/* Pattern: 0 a digit, A a capital, a a small letter, + a sign, anything else itself. */
bool range_matches(struct range text, const char *pattern);

/* Each header on its own, then what they must say together. */
bool check_values(struct checked *checked);

#endif
