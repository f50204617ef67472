/* Hostile status cells and dates: a date found lies in 2000-2100 and not behind today, a status only grows, and an
 * opposition is never missed. The first byte chooses the column. */
#include "base/clock.h"
#include "base/text.h"
#include "lists/status.h"
#include "tests/mutate.h"

static bool date_holds(int64_t day) {
    char text[INSTANT_TEXT];
    int year, month, date;
    if (day == NO_DAY) return true;
    MUST_HOLD("a date of 2000-2100", day >= day_of(2000, 1, 1) && day <= day_of(2100, 12, 31));
    instant_format(day * DAY_MS, 0, text);
    MUST_HOLD("read back as y-m-d with a time", date_read(text, strlen(text)) == day);
    MUST_HOLD("read back as y-m-d", date_read(text, 10) == day);
    day_split(day, &year, &month, &date);
    snprintf(text, sizeof text, "%d/%d/%02d", date, month, year % 100);
    MUST_HOLD("read back as d/m/y", year == 2100 || date_read(text, strlen(text)) == day);
    return true;
}

static bool holds(const char *bytes, size_t length) {
    static const enum column_role ROLES[] = {COLUMN_SELECTION, COLUMN_STATUS, COLUMN_ANSWERED, COLUMN_ANSWER_DATE,
                                             COLUMN_OPPOSED};
    int64_t today = day_of(2026, 1, 16);
    if (!length) return true;
    enum column_role role = ROLES[(unsigned char)*bytes % COUNT(ROLES)];
    bytes++, length--;
    if (!date_holds(date_read(bytes, length))) return false;

    struct status_said said = STATUS_NOTHING, after = {.status = LIST_ANSWERED, .answered_day = day_of(2000, 1, 1)};
    status_cell(&said, role, bytes, length, today);
    MUST_HOLD("one of four statuses", said.status >= LIST_INFORMED && said.status <= LIST_OPPOSITION);
    MUST_HOLD("an answer's date is an answer", said.answered_day == NO_DAY || said.status >= LIST_ANSWERED);
    MUST_HOLD("no answer of the future", said.answered_day == NO_DAY ||
                                             (said.answered_day <= today && said.answered_day >= day_of(2000, 1, 1)));
    status_cell(&after, role, bytes, length, today);
    MUST_HOLD("a status never weakens", after.status >= LIST_ANSWERED && after.status >= said.status);
    MUST_HOLD("the earliest date stands", after.answered_day == day_of(2000, 1, 1));

    AUTO_BUF refused = BUF_INIT(SIZE_MAX / 2);
    buf_add(&refused, bytes, length);
    buf_add_text(&refused, " - stop");
    said = STATUS_NOTHING;
    status_cell(&said, role, buf_text(&refused), refused.length, today);
    MUST_HOLD("an opposition word anywhere is an opposition", said.status == LIST_OPPOSITION);
    return true;
}

static const struct fuzz_seed SEEDS[] = {
    SEED("3lundi 12 janvier 2026 à 10h32"), SEED("31er décembre 2025"), SEED("246034,5"),
    SEED("12026-01-12T10:32:00+01:00"),           SEED("1Répondu le 05/12/25"),   SEED("0oui"),
    SEED("4Relance 2 - ne plus contacter"),        SEED("130-janv-26"),
};
static const char *const PIECES[] = {
    "/", "-", ".", " ", ":", "0", "1", "12", "29", "30", "31", "99", "2000", "2026", "2100", "46034", "73415", "99999",
    "janv", "févr", "mars", "juin", "juil", "août", "sept", "déc", "er", "le ", "lundi ", "dim", "T10", "Z", "h", " à ",
    "répondu ", "a répondu le ", "relance ", "refus", "stop", "opposé", "oui", "non", "x", "\xC2\xA0", "\xE2\x80\xAF", "\xEF\xBC\x91",
    "\xD9\xA1", "\xC2\xB9", "\xFF", ",5", "+", "e", "\n", "les mots qui ne sont pas des statuts et qui sont longs "};

static const struct fuzz FUZZ = {"status", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 4000, holds};
FUZZ_MAIN(FUZZ)
