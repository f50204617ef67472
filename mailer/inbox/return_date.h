/* The day somebody absent is back, as an auto-reply says it: "de retour le lundi 12 janvier", "jusqu'au 9/01 inclus",
 * "back on January 5th". French and English. Pure: text and the day it was sent in, a day out. */
#ifndef MAILER_INBOX_RETURN_DATE_H
#define MAILER_INBOX_RETURN_DATE_H

#include "base/buf.h"

/* RETURN_TEXT: bytes of the text that are read. A day further away than RETURN_DAYS is no day of return; one that was at
 * most RETURN_STALE days before the mail is one a forgotten responder still names, not next year's. */
enum { RETURN_TEXT = 6000, RETURN_TOKENS = 1500, RETURN_DAYS = 366, RETURN_STALE = 31, RETURN_DATE = 11 };

/* subject, text: UTF-8, as written. sent_day: days since 1970-01-01 (base/clock.h) of the mail's own date; a day or month
 * without its year is the next one from there. The day X of "back on X", the day after the X of "until X". False, and ""
 * in out, when none is given. out: "2026-01-12". */
bool return_date_find(const char *subject, const char *text, size_t length, int64_t sent_day, char out[RETURN_DATE]);

/* The day in a Date field (RFC 5322, 3.3), as its writer's calendar shows it. */
bool mail_date_day(const char *value, int64_t *day);

#endif
