/* How well what town halls answer is sorted: each half of the sentences, and what must never be taken for an answer. */
#include "mailer/inbox/reply_sort.h"
#include "tests/reply_sentences.h"
#include "tests/tap.h"

enum { FLOOR_PERCENT = 95 };

/* Sorted right, in percent; false answers are counted apart: they would hold reminders back. */
static void measure(const char *label, const struct reply_sentence *all, size_t count, bool shown) {
    size_t right = 0, false_answers = 0, false_objections = 0;
    char text[200];
    for (size_t i = 0; i < count; i++) {
        enum reply_sort got = reply_sort_of("Re: Enquête", all[i].text);
        right += got == all[i].sort;
        false_answers += got == REPLY_ANSWERED && all[i].sort != REPLY_ANSWERED;
        false_objections += got == REPLY_OBJECTION && all[i].sort != REPLY_OBJECTION;
        if (shown && got != all[i].sort) printf("# %s, not %s: %s\n", REPLY_SORT[got], REPLY_SORT[all[i].sort], all[i].text);
    }
    printf("# %s: %zu of %zu\n", label, right, count);
    snprintf(text, sizeof text, "%s: at least %d %%", label, FLOOR_PERCENT);
    CHECK(text, right * 100 >= count * FLOOR_PERCENT);
    snprintf(text, sizeof text, "%s: nothing taken for an answer", label);
    CHECK_INT(text, false_answers, 0);
    snprintf(text, sizeof text, "%s: nothing taken for an objection", label);
    CHECK_INT(text, false_objections, 0);
}

int main(void) {
    CHECK("a hundred and fifty sentences", COUNT(BUILT_ON) + COUNT(HELD_OUT) >= 150);
    measure("built on", BUILT_ON, COUNT(BUILT_ON), true);
    measure("held out", HELD_OUT, COUNT(HELD_OUT), false);
    return tap_end();
}
