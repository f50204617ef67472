/* Reading an SNS notification without a JSON parser: it may be escaped into a string of another, and cut by a
 * mailer. */
#include "mailer/inbox/notification_json.h"

#include <stdio.h>
#include <string.h>

/* The text value of a key at or after at; NULL when there is none. */
static const char *value_of(const char *at, const char *key, char *out, size_t size) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *found = strstr(at, quoted);
    if (!found) return NULL;
    found += strlen(quoted);
    while (*found == ' ' || *found == ':') found++;
    if (*found != '"') return NULL;
    const char *stop = strchr(++found, '"');
    if (!stop) return NULL;
    snprintf(out, size, "%.*s", (int)(stop - found), found);
    return stop;
}

static void read_bounced(const char *json, bool permanent, struct findings *findings) {
    char address[ADDRESS_TEXT], status[64], diagnostic[DIAGNOSTIC_TEXT];
    for (const char *at = json; (at = value_of(at, "emailAddress", address, sizeof address));) {
        struct failed *failed = findings_add(findings, address, strlen(address));
        const char *next = strstr(at, "\"emailAddress\"");
        if (!failed) continue;
        failed->action = permanent ? ACTION_FAILED : ACTION_DELAYED;
        const char *stop = value_of(at, "status", status, sizeof status);
        if (stop && (!next || stop < next)) status_find(status, false, failed->status);
        stop = value_of(at, "diagnosticCode", diagnostic, sizeof diagnostic);
        if (stop && (!next || stop < next))
            snprintf(failed->diagnostic, sizeof failed->diagnostic, "%s", diagnostic);
        AUTO_BUF words = BUF_INIT(4096);
        words_of(&words, failed->diagnostic, strlen(failed->diagnostic));
        struct said said;
        said_open(&said, buf_text(&words));
        reason_judge(failed, &said, REFUSED_SOMEWHERE);
        if (!permanent) failed->dead = false;
    }
}

/* Every text of an array of addresses behind a key. */
static void read_list(const char *json, const char *key, struct findings *findings) {
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *at = strstr(json, quoted), *end = at ? strchr(at, ']') : NULL;
    if (!end) return;
    for (at = strchr(at + strlen(quoted), '"'); at && at < end; at = strchr(at, '"')) {
        const char *close = strchr(++at, '"');
        if (!close || close > end) return;
        struct failed *failed = findings_add(findings, at, (size_t)(close - at));
        if (failed) failed->action = ACTION_DELIVERED;
        at = close + 1;
    }
}

enum notification notification_read(const char *text, size_t length, struct findings *findings) {
    AUTO_BUF json = BUF_INIT(1 << 20);
    for (size_t i = 0; i < length; i++)
        if (text[i] != '\\' && text[i] != '\n') buf_add_char(&json, text[i]);
    char type[32], bounce[32] = "";
    if (!value_of(buf_text(&json), "notificationType", type, sizeof type)) return NOTIFICATION_NONE;
    const char *inside = strstr(buf_text(&json), "\"notificationType\"");
    if (!strcmp(type, "Bounce")) {
        value_of(inside, "bounceType", bounce, sizeof bounce);
        read_bounced(inside, !strcmp(bounce, "Permanent"), findings);
        return NOTIFICATION_BOUNCE;
    }
    if (!strcmp(type, "Complaint")) {
        read_bounced(inside, true, findings);
        return NOTIFICATION_COMPLAINT;
    }
    if (strcmp(type, "Delivery")) return NOTIFICATION_NONE;
    const char *delivery = strstr(inside, "\"delivery\"");
    read_list(delivery ? delivery : inside, delivery ? "recipients" : "destination", findings);
    return NOTIFICATION_DELIVERY;
}
