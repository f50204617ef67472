/* From one year's reference to the next: who is new, who is called otherwise, who is gone and who succeeds them, and
 * where every former code leads now. Pure. */
#ifndef LISTS_REFERENCE_CHANGE_H
#define LISTS_REFERENCE_CHANGE_H

#include "lists/arena.h"
#include "lists/reference.h"

struct reference_added {
    const struct collectivity *who; /* of `after` */
    const char *from;               /* re-established: whose former code it was; NULL otherwise */
};
struct reference_altered { const struct collectivity *was, *now; }; /* anything but id differs */
struct reference_vanished {
    const struct collectivity *who;  /* of `before` */
    const struct collectivity *into; /* of `after`; NULL: nobody takes its place */
    const char *members_now;         /* of a grouping without successor: "200012345 ×12, 200054321 ×3"; else "" */
};

struct reference_change {
    struct reference_added *added;
    size_t added_count;
    struct reference_altered *altered;
    size_t altered_count, renamed_count, regrouped_count; /* among altered: by name, by grouping */
    struct reference_vanished *vanished;
    size_t vanished_count;
    struct former_commune *former; /* all of them from now on, by code, then name */
    size_t former_count;
    bool former_changed;
    struct arena memory;
};

/* before is NULL when there was no reference. waiting: who went earlier and nobody succeeded, NULL or not ready; those whom
 * this year gives a successor count as vanished now. It may go, the change keeps copies. read: a year's files (lists/reference_read.h). Both are borrowed for the
 * life of *change. What was known as a former code stays known: A merged into B, B into C leads from A to C. */
void reference_compare(const struct reference *before, const struct reference *waiting, const struct reference *read,
                       struct reference_change *change);
void reference_change_release(struct reference_change *change);
bool reference_change_none(const struct reference_change *change);
bool reference_renamed(const struct reference_altered *altered);

/* Whether so many are missing that the file is probably cut; ERR_INPUT REFERENCE_TRUNCATED says what. */
bool reference_plausible(const struct reference *before, const struct reference *read, struct err *err);

#endif
