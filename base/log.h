/* The log of roles and commands: one line an event, on standard error. Ideas never log; they return err. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/common.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

void log_begin(const char *role, enum log_level highest, bool as_json); /* role: borrowed, "" for none */
/* Control characters in what is logged come out as spaces: a hostile reply cannot forge a line. */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);
/* Why it ends, whatever the level: "relais : text"; where the log is JSON, one line of it like the others. */
void log_last_words(const char *text);
bool log_is_json(void); /* then nothing may stand between its lines */

#endif
