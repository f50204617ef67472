/* The recipients a report speaks of, and the codes found in its words. */
#ifndef MAILER_INBOX_FINDINGS_H
#define MAILER_INBOX_FINDINGS_H

#include "lists/address.h"

enum { STATUS_TEXT = 12, DIAGNOSTIC_TEXT = 301, FAILED_MAX = 100 };
enum failed_action { ACTION_NONE, ACTION_FAILED, ACTION_DELAYED, ACTION_DELIVERED };

/* One recipient of a report. */
struct failed {
    char address[ADDRESS_TEXT]; /* canonical where it is valid */
    char status[STATUS_TEXT];   /* "5.1.1" or "" */
    const char *reason;         /* constants, see classify.h; "" = unknown */
    enum failed_action action;
    bool dead; /* never write there again: 5.1.1, 2, 3, 6, 10 and what says the same in words */
    char diagnostic[DIAGNOSTIC_TEXT];
};
struct findings {
    struct failed all[FAILED_MAX];
    size_t count;
};

/* The recipient of that address, added when it is new; NULL when there is no room or it is no address. */
struct failed *findings_add(struct findings *findings, const char *address, size_t length);

/* Gives an entry another address, when it is one. */
void findings_rename(struct failed *failed, const char *address, size_t length);

/* The first enhanced status code in text (class 4 or 5, or 2 when delivered_too): true and copied. Never part
 * of an IP address or a version number. */
bool status_find(const char *text, bool delivered_too, char out[STATUS_TEXT]);
/* The class of the first SMTP reply code that begins a word ("550", "451-"): 4 or 5, 0 when there is none. */
int reply_class(const char *text);

/* Appends lower-case text, every run of white space one space, Western European letters without their marks, curly apostrophes
 * straight: what tables of words are compared with. */
void words_of(struct buf *out, const char *text, size_t length);

#endif
