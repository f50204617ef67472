/* Recognising mail that no person wrote, by its subject and its sender. */
#include "mailer/inbox/unattended.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"

enum { LOCAL_BYTES = 65 };

bool is_aggregate_report(const char *subject) {
    static const char *const IN_ORDER[] = {"report domain:", "submitter:", "report-id:"};
    for (size_t i = 0; i < COUNT(IN_ORDER); i++) {
        subject = text_find_nocase(subject, IN_ORDER[i]);
        if (!subject) return false;
        subject += strlen(IN_ORDER[i]);
    }
    return true;
}

/* Its local part in small letters, without what people put between words. */
static void local_part(const struct found_address *found, char out[LOCAL_BYTES]) {
    size_t length = 0;
    for (size_t i = 0; i < found->length && found->start[i] != '@' && length < LOCAL_BYTES - 1; i++) {
        char letter = found->start[i];
        if (letter == '-' || letter == '_' || letter == '.') continue;
        out[length++] = letter >= 'A' && letter <= 'Z' ? (char)(letter + 'a' - 'A') : letter;
    }
    out[length] = '\0';
}

static bool nobody_reads(const char *from) {
    static const char *const INSIDE[] = {"noreply", "donotreply", "dontreply", "nepasrepondre", "nepasrépondre", "nereponsepas", "nerepondezpas", "noreponse", "sansreponse"};
    const char *bracket = strrchr(from, '<');
    struct found_address found;
    char local[LOCAL_BYTES];
    address_scan(bracket ? bracket : from, from + strlen(from), &found);
    if (!found.start) return false;
    local_part(&found, local);
    for (size_t i = 0; i < COUNT(INSIDE); i++)
        if (strstr(local, INSIDE[i])) return true;
    return false;
}

bool is_unattended(const struct fields *header) {
    const char *subject = fields_get(header, "Subject");
    if (is_aggregate_report(subject) || fields_has(header, "TLS-Report-Domain")) return true;
    bool answers = fields_has(header, "In-Reply-To") || fields_has(header, "References") || !strncasecmp(subject, "re:", 3) || !strncasecmp(subject, "re :", 4);
    return !answers && nobody_reads(fields_get(header, "From"));
}
