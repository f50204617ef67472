/* Hostile send journals: as a file, and as the lines of a turn whose sum is right. Every line read is within its limits, the
 * pieces it is read in change nothing, what opening cuts away takes nothing along, and a name comes back as it was written. */
#include "mailer/send/journal_format.h"
#include "tests/mutate.h"

enum { FILE_LONGEST = 1 << 20, NAME_LONGEST = JOURNAL_NAME - 1 };

struct seen {
    struct buf text; /* every line, one text */
    bool within;
};

static bool is_hex(const char *text, size_t digits) { return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits; }
static bool is_name(const char *name) { return *name && strnlen(name, JOURNAL_NAME) < JOURNAL_NAME; }

static bool within(const struct journal_line *line) {
    if (line->turn < 0 || line->durable_turn < 0 || line->at_ms < 0 || strnlen(line->boot_id, sizeof line->boot_id) == sizeof line->boot_id) return false;
    switch (line->kind) {
    case JOURNAL_HEADER: return is_hex(line->store_id, JOURNAL_STORE_ID - 1);
    case JOURNAL_TURN: return true;
    case JOURNAL_WAVE: return line->wave_id >= 0 && is_name(line->campaign) && is_name(line->wave);
    case JOURNAL_ARMED:
        return line->dispatch_id >= 0 && line->wave_id >= 0 && line->date_ms >= 0 && line->armed_ms >= 0 && *line->party_id &&
               strnlen(line->party_id, sizeof line->party_id) < sizeof line->party_id && is_hex(line->sha256, 64);
    case JOURNAL_ENDED:
        return line->dispatch_id >= 0 && *line->state && strnlen(line->state, sizeof line->state) < sizeof line->state && line->code >= 0 && line->code <= 999;
    }
    return false;
}

static bool see(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    struct seen *seen = ctx;
    seen->within &= within(line);
    buf_add_format(&seen->text, "%d %lld %lld %lld %s %s|%lld %lld %lld %lld %s %s %s %s %s %d\n", line->kind, (long long)line->turn, (long long)line->durable_turn,
                   (long long)line->at_ms, line->boot_id, line->store_id, (long long)line->wave_id, (long long)line->dispatch_id, (long long)line->date_ms,
                   (long long)line->armed_ms, line->campaign, line->wave, line->party_id, line->sha256, line->state, line->code);
    return true;
}
static void seen_release(struct seen *seen) { buf_release(&seen->text); }
#define AUTO_SEEN __attribute__((cleanup(seen_release))) struct seen

static ssize_t parse(const char *bytes, size_t length, bool ended, struct seen *seen, struct journal_summary *summary) {
    struct err err = {0};
    return journal_parse(bytes, length, ended, see, seen, summary, &err);
}

static bool file_holds(const char *bytes, size_t length) {
    AUTO_SEEN whole = {BUF_INIT(SIZE_MAX / 2), true}, cut = {BUF_INIT(SIZE_MAX / 2), true}, parts = {BUF_INIT(SIZE_MAX / 2), true};
    struct journal_summary all = {0}, kept = {0}, some = {0};
    MUST_HOLD("everything is taken", parse(bytes, length, true, &whole, &all) == (ssize_t)length);
    MUST_HOLD("every line is within its limits", whole.within);
    MUST_HOLD("the damage is within the file", all.damaged_bytes >= 0 && all.damaged_bytes <= (int64_t)length && all.good_end <= length);
    parse(bytes, all.good_end, true, &cut, &kept);
    MUST_HOLD("cut behind the last good turn, it says the same", !strcmp(buf_text(&cut.text), buf_text(&whole.text)) && kept.good_end == all.good_end);

    size_t step = 1 + length / 7, from = 0, to = 0, good_end = 0;
    while (to < length || from < to) {
        to = to + step < length ? to + step : length;
        struct journal_summary one = {0};
        ssize_t used = parse(bytes + from, to - from, to == length, &parts, &one);
        MUST_HOLD("a piece is taken in part", used >= 0 && (size_t)used <= to - from);
        some.damaged_bytes += one.damaged_bytes;
        if (one.good_end) good_end = from + one.good_end;
        from += (size_t)used;
        if (to == length) break;
    }
    MUST_HOLD("pieces say the same", !strcmp(buf_text(&parts.text), buf_text(&whole.text)));
    MUST_HOLD("and end in the same place", from == length && good_end == all.good_end && some.damaged_bytes == all.damaged_bytes);
    return true;
}

/* As the lines of a turn, they are looked at whatever they are; two whole turns stand around them. */
static bool lines_hold(const char *bytes, size_t length) {
    AUTO_BUF file = BUF_INIT(FILE_LONGEST);
    AUTO_SEEN seen = {BUF_INIT(SIZE_MAX / 2), true};
    struct journal_summary summary = {0};
    struct journal_position position = {.turn = 5, .durable_turn = 4, .at_ms = 1000};
    if (length > JOURNAL_TURN_BYTES) return true;
    for (int i = 0; i < 3; i++, position.turn++) journal_add_turn(&file, &position, bytes, i == 1 ? length : 0);
    MUST_HOLD("a turn is taken whole", parse(buf_text(&file), file.length, true, &seen, &summary) == (ssize_t)file.length && summary.good_end == file.length);
    MUST_HOLD("its lines are within their limits", seen.within);
    MUST_HOLD("its damage is its own", summary.damaged_bytes >= 0 && summary.damaged_bytes <= (int64_t)length);
    return true;
}

static bool keep_names(void *ctx, const struct journal_line *line, struct err *err) {
    (void)err;
    if (line->kind == JOURNAL_WAVE) *(struct journal_line *)ctx = *line;
    return true;
}

static bool name_holds(const char *bytes, size_t length) {
    char name[JOURNAL_NAME];
    AUTO_BUF lines = BUF_INIT(FILE_LONGEST), file = BUF_INIT(FILE_LONGEST);
    struct journal_line line = {0};
    struct journal_summary summary = {0};
    struct err err = {0};
    snprintf(name, sizeof name, "%.*s", (int)(length < NAME_LONGEST ? length : NAME_LONGEST), bytes);
    if (!*name) return true;
    journal_add_wave(&lines, 7, name, name);
    journal_add_turn(&file, &(struct journal_position){.turn = 1}, buf_text(&lines), lines.length);
    bool read = journal_parse(buf_text(&file), file.length, true, keep_names, &line, &summary, &err) >= 0;
    MUST_HOLD("a name comes back", read && !summary.damaged_bytes && line.wave_id == 7 && !strcmp(line.campaign, name) && !strcmp(line.wave, name));
    return true;
}

static bool holds(const char *bytes, size_t length) { return file_holds(bytes, length) && lines_hold(bytes, length) && name_holds(bytes, length); }

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEADER "relais-send-journal 1 00112233445566778899aabbccddeeff 7\n"
#define BOOT "f38ab64f-1ee8-48a7-ae78-fe69a1c5e7ef"
#define WAVE "W 3 enquete-2026 rappel%201%20%c3%a9%25\n"
static const struct fuzz_seed SEEDS[] = {
    SEED(HEADER "T 8 8 5000 " BOOT " 0 025eff5505e3e797\nT 9 8 5000 " BOOT " 23 2365e13e640977cf\nR 12 sent 250\nR 13 x 0\nT 10 8 5000 - 0 3516ec925d6caf26\n"),
    SEED(WAVE "A 12 3 01001 1000 2000 " SHA "\nA 13 3 AMF%2029 1000 2000 " SHA "\nR 12 sent 250\nR 13 in_doubt 0\n"),
    SEED("R 9223372036854775807 deferred 999\nR 1 ready 0\nX 1 2\n"), SEED("rappel 1 %c3\xC3\xA9\n"), SEED(HEADER)};
static const char *const PIECES[] = {
    "T ", "\nT ", "W ", "A ", "R ", "\n", " ", "%", "%20", "%00", "%c3%a9", "-", "0", "9223372036854775807", "9223372036854775808", "131072", "131073",
    "0000000000000000", "sent", "in_doubt", BOOT, SHA, HEADER, WAVE, "\x7f", "\xFF", "un nom qui est bien trop long pour tenir dans la place d'un nom, et de loin ",
    "T 9 8 5000 " BOOT " 23 2365e13e640977cf\nR 12 sent 250\nR 13 x 0\n", "T 10 8 5000 - 0 3516ec925d6caf26\n"};

static const struct fuzz FUZZ = {"journal", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 6000, holds};
FUZZ_MAIN(FUZZ)
