/* What went wrong, for whom to mend: the caller's struct err, filled in by whoever fails. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/common.h"

enum err_kind {
    ERR_NONE,
    ERR_INPUT, /* the user can mend it: a file, a setting, an argument */
    ERR_RETRY, /* nothing is wrong here; the same call may succeed later */
    ERR_FATAL, /* the machine or the store is in trouble: stop */
};

/* text is French, one sentence: what is wrong and what to do. code is a stable English word for machines
 * (UNKNOWN_CAMPAIGN). file, line and column are the place, "" and 0 where there
 * is none. */
struct err {
    enum err_kind kind;
    char code[40];
    char text[800];
    char file[256];
    long line, column; /* column counts characters from 1 */
};

/* Fills err and returns false, so that a function can end with `return err_set(...)`. err may be NULL. */
bool err_set(struct err *err, enum err_kind kind, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);
/* Same, errno's text appended. */
bool err_errno(struct err *err, enum err_kind kind, const char *code, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Adds the place to an error that has none yet; returns false. line 0 = the file as a whole. */
bool err_at(struct err *err, const char *file, long line);
/* Makes the text one line of valid UTF-8 without control characters: for texts that quote what somebody else wrote. */
void err_printable(struct err *err);
/* Puts the setting that led here, "[smtp] password_file", in front of the sentence; returns false. */
bool err_setting(struct err *err, const char *setting);
/* "file:line:column : text", "file:line : text" or "text", into out; returns out. */
const char *err_line(const struct err *err, char *out, size_t size_bytes);

#endif
