/* Recipients of a delivery report. Action decides whether it failed, not the first digit of Status: an
 * expired message is "failed" with 4.4.7, a delayed one is nothing but a warning. */
#include "mailer/inbox/delivery_report.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"

static const struct {
    const char *word;
    enum failed_action action;
} ACTIONS[] = {{"fail", ACTION_FAILED},       {"error", ACTION_FAILED},        {"delayed", ACTION_DELAYED},
               {"deferred", ACTION_DELAYED},  {"delivered", ACTION_DELIVERED}, {"relayed", ACTION_DELIVERED},
               {"expanded", ACTION_DELIVERED}};

/* The fields of one recipient, as they come. */
struct gathered {
    const char *final, *original, *actual, *action, *status, *diagnostic;
    bool any;
};

/* "rfc822; a@b", "RFC822;<a@b>", "utf-8; …": the type before the first semicolon (RFC 3464 2.3.1), then the address, which
 * is what was written to, even where no address looks so ("a@#b.example"). */
static bool address_of(const char *value, struct found_address *found) {
    const char *semicolon = value ? strchr(value, ';') : NULL;
    if (!value) return false;
    if (semicolon && (!strchr(value, '@') || semicolon < strchr(value, '@'))) value = semicolon + 1;
    address_scan(value, value + strlen(value), found);
    if (found->start) return true;
    value += strspn(value, " <\"");
    size_t length = strcspn(value, " >\"");
    const char *at = memchr(value, '@', length);
    if (at && at > value && at + 1 < value + length && !value[length + strspn(value + length, " >\"")])
        *found = (struct found_address){value, length};
    return found->start != NULL;
}

static enum failed_action action_of(const char *value, const char *status) {
    for (size_t i = 0; value && i < COUNT(ACTIONS); i++)
        if (!strncasecmp(value, ACTIONS[i].word, strlen(ACTIONS[i].word))) return ACTIONS[i].action;
    return *status == '2' ? ACTION_DELIVERED : *status == '4' ? ACTION_DELAYED : ACTION_FAILED;
}

static bool unspecific(const char *status) {
    return !*status || !strcmp(status + 1, ".0.0");
}

static void fill(struct failed *failed, const struct gathered *gathered, enum refusal notice_stage) {
    const char *diagnostic = gathered->diagnostic ? gathered->diagnostic : "";
    const char *type = strchr(diagnostic, ';');
    char code[STATUS_TEXT] = "";
    if (type && type - diagnostic < 16) diagnostic = type + 1;
    while (*diagnostic == ' ') diagnostic++;
    if (gathered->status) status_find(gathered->status, true, failed->status);
    failed->action = action_of(gathered->action, failed->status);
    /* A gateway's 5.0.0 stands for "no idea"; the far server's own code is better when they agree on the
     * class. */
    if (unspecific(failed->status) && status_find(diagnostic, false, code) &&
        (!*failed->status || *code == *failed->status))
        memcpy(failed->status, code, sizeof code);
    /* "Status: 5.4.4 (Illegal host/domain name found)" when that is all there is. */
    const char *comment = gathered->status ? strchr(gathered->status, '(') : NULL;
    if (!*diagnostic && comment) diagnostic = comment;
    AUTO_BUF words = BUF_INIT(8192), printable = BUF_INIT(FIELD_VALUE);
    words_of(&words, diagnostic, strlen(diagnostic));
    struct said said;
    said_open(&said, buf_text(&words));
    reason_judge(failed, &said, notice_stage);
    if (failed->action != ACTION_FAILED || *failed->status == '4') failed->dead = false;
    text_printable(&printable, diagnostic, strlen(diagnostic));
    buf_cut(&printable, DIAGNOSTIC_TEXT - 1);
    while (printable.length && !utf8_valid(printable.bytes, printable.length))
        buf_cut(&printable, printable.length - 1);
    snprintf(failed->diagnostic, sizeof failed->diagnostic, "%s", buf_text(&printable));
}

/* Where the recipients of a report go, and what is known before the first of them. */
struct report {
    struct findings *findings;
    struct failed *unnamed;
    enum refusal notice_stage;
    bool any;
};

static void flush(struct report *report, struct gathered *gathered) {
    struct gathered whole = *gathered;
    struct found_address found;
    *gathered = (struct gathered){0};
    if (!whole.any || (!whole.action && !whole.status && !whole.diagnostic)) return;
    report->any = true;
    /* The address we wrote to, where the report knows it; else where it ended up. */
    if (address_of(whole.original, &found) || address_of(whole.final, &found) ||
        address_of(whole.actual, &found)) {
        struct failed *failed = findings_add(report->findings, found.start, found.length);
        if (failed) fill(failed, &whole, report->notice_stage);
    } else
        fill(report->unnamed, &whole, report->notice_stage);
}

static void gather(struct report *report, struct gathered *gathered, const struct field *field) {
    const struct {
        const char *name;
        const char **to;
        bool begins;
    } NAMES[] = {{"final-recipient", &gathered->final, true},
                 {"original-recipient", &gathered->original, true},
                 {"x-actual-recipient", &gathered->actual, false},
                 {"action", &gathered->action, false},
                 {"status", &gathered->status, false},
                 {"diagnostic-code", &gathered->diagnostic, false}};
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        if (strcasecmp(field->name, NAMES[i].name)) continue;
        /* Groups that lost the empty line between them: the same field again begins the next recipient. */
        if (*NAMES[i].to && gathered->any) flush(report, gathered);
        *NAMES[i].to = field->value;
        gathered->any |= NAMES[i].begins;
        return;
    }
}

bool report_read(const char *text, size_t length, enum refusal notice_stage, struct findings *findings, struct failed *unnamed) {
    struct report report = {findings, unnamed, notice_stage, false};
    *unnamed = (struct failed){.reason = ""};
    while (length) {
        struct fields group = {0};
        struct gathered gathered = {0};
        size_t used = fields_parse(&group, NULL, text, length);
        for (size_t i = 0; i < group.count; i++) gather(&report, &gathered, &group.all[i]);
        flush(&report, &gathered);
        fields_release(&group);
        text += used;
        length -= used;
    }
    return report.any;
}
