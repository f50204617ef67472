/* The one way text enters a page. */
#include "mailer/reports/html_escape.h"

#include <string.h>

#include "base/text.h"
#include "mailer/reports/french_numbers.h"

static const char *entity(char byte) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_escape(struct buf *out, const char *text) {
    AUTO_BUF safe = BUF_INIT(SIZE_MAX / 4);
    text_printable(&safe, text, strlen(text));
    for (const char *at = buf_text(&safe); *at; at++) {
        const char *escaped = entity(*at);
        if (escaped)
            buf_add_text(out, escaped);
        else
            buf_add_char(out, *at);
    }
}

void html_number_cell(struct buf *out, int64_t number) {
    char figure[FRENCH_NUMBER];
    french_integer(number, figure);
    buf_add_format(out, "<td class=\"n%s\">%s</td>", number ? "" : " zero", figure);
}
