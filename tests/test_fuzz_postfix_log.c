/* Hostile lines in Postfix's log: whatever they hold, ids and values are within their limits, what stands before the program's
 * name and behind the line changes nothing, and what a remote server says is no status of ours. */
#include "mailer/send/postfix_log.h"
#include "tests/mutate.h"

static bool same(const struct postfix_line *one, const struct postfix_line *other) {
    return one->event == other->event &&
           (one->event == POSTFIX_NOTHING || (!strcmp(one->queue_id, other->queue_id) && !strcmp(one->value, other->value)));
}

static bool id_holds(const char *id) {
    size_t length = strnlen(id, POSTFIX_QUEUE_ID);
    if (length < 5 || length >= POSTFIX_QUEUE_ID) return false;
    for (size_t i = 0; i < length; i++)
        if (!((id[i] >= '0' && id[i] <= '9') || (id[i] >= 'A' && id[i] <= 'Z') || (id[i] >= 'a' && id[i] <= 'z'))) return false;
    return true;
}

static bool holds(const char *bytes, size_t length) {
    struct postfix_line said, again;
    postfix_line_read(bytes, length, &said);
    MUST_HOLD("a value has its end", strnlen(said.value, POSTFIX_VALUE) < POSTFIX_VALUE);
    if (said.event != POSTFIX_NOTHING) MUST_HOLD("an event has its queue id", id_holds(said.queue_id));
    if (said.event == POSTFIX_STATUS) MUST_HOLD("a status is one word", *said.value && strspn(said.value, "abcdefghijklmnopqrstuvwxyz") == strlen(said.value));
    if (said.event == POSTFIX_BEGINS || said.event == POSTFIX_REMOVED) MUST_HOLD("no value", !*said.value);
    if (length + 100 > POSTFIX_LINE_LONGEST) return true;

    AUTO_BUF more = BUF_INIT(MUTATE_LONGEST + 200);
    buf_add_text(&more, "2026-11-26T06:11:54.123456+01:00 mx1 ");
    buf_add(&more, bytes, length);
    buf_add_text(&more, "\r\n");
    postfix_line_read(buf_text(&more), more.length, &again);
    MUST_HOLD("date, host and line end change nothing", same(&said, &again));
    if (said.event != POSTFIX_STATUS) return true;
    buf_cut(&more, more.length - 2);
    buf_add_text(&more, " (said: x, status=sent)");
    postfix_line_read(buf_text(&more), more.length, &again);
    MUST_HOLD("words behind a status change nothing", same(&said, &again));
    return true;
}

static const struct fuzz_seed SEEDS[] = {
    SEED("Nov 26 06:11:54 mx1 postfix/smtpd[4121]: 4C1F21A0B3: client=localhost[127.0.0.1]"),
    SEED("postfix/cleanup[4122]: 4XyZ1q2WvBz1Rk: message-id=<d.17.abc@amf.example>"),
    SEED("mx1 postfix/qmgr[9]: 4C1F21A0B3: from=<retour+abc@amf.example>, size=4012, nrcpt=1 (queue active)"),
    SEED("mx1 postfix-out/smtp[123]: 4C1F21A0B3: to=<mairie@commune.example>, relay=mx[192.0.2.25]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok)"),
    SEED("postfix/qmgr[9]: 4C1F21A0B3: removed"), SEED("postfix/pickup[77]: 4C1F21A0B3: uid=0 from=<root>")};
static const char *const PIECES[] = {"postfix/", "/", "[1]: ", "[", "]: ", "[99999]: ", ": ", ":", " ", "<", ">", "<>", "from=<", "to=<", ", status=", "sent", "client=", "uid=", "removed",
                                     "message-id=", "smtpd", "cleanup", "qmgr", "smtp", "4C1F21A0B3: ", "4XyZ1q2WvBz1Rk: ", "\n", "\r", "\x7f", "\xFF",
                                     "une valeur qui est longue, et qui le devient davantage chaque fois qu'elle est reprise, jusqu'à ne plus tenir nulle part ni être lue; "};

static const struct fuzz FUZZ = {"postfix_log", SEEDS, COUNT(SEEDS), PIECES, COUNT(PIECES), 40000, holds};
FUZZ_MAIN(FUZZ)
