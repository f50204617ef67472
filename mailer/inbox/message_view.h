/* A message as the questions about it see it: its text, the notice in it, its words, who wrote it. */
#ifndef MAILER_INBOX_MESSAGE_VIEW_H
#define MAILER_INBOX_MESSAGE_VIEW_H

#include "mailer/inbox/mime.h"
#include "mailer/inbox/notice.h"
#include "mailer/inbox/said.h"
#include "lists/address.h"

enum { VIEW_OWN_MAX = 12, VIEW_TEXT_MAX = 1 << 19 };

struct view {
    const struct mime *mime; /* borrowed, as charsets */
    const struct charsets *charsets;
    struct buf text;           /* visible text of the whole, before any returned message is cut off */
    struct notice notice;      /* text, cut */
    struct buf subject, words; /* words_of */
    struct said said_subject, said;
    char own[VIEW_OWN_MAX][ADDRESS_TEXT]; /* of its To, From and their like */
    const char *own_list[VIEW_OWN_MAX + 1]; /* the same, NULL behind the last */
    size_t own_count;
    bool machine_sender, null_sender; /* a mail server's own name in From; the null return path */
};
void view_open(struct view *view, const struct mime *mime, const struct charsets *charsets);
void view_close(struct view *view);

#endif
