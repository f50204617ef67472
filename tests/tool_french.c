/* Writes the nine French messages as a mairie gets them, for judges from outside (tests/spam.t, tests/accessibility.t).
 * usage: tool_french FOLDER    NAME.eml is the message, NAME.html its HTML part */
#include <stdio.h>
#include <stdlib.h>

#include "tests/render_all.h"

static bool write_file(const char *folder, const char *name, const char *ending, const struct buf *bytes) {
    AUTO_BUF path = BUF_INIT(4096);
    buf_add_format(&path, "%s/%.*s%s", folder, (int)strcspn(name, "."), name, ending);
    FILE *file = fopen(buf_text(&path), "wb");
    bool good = file && fwrite(buf_text(bytes), 1, bytes->length, file) == bytes->length;
    return (file ? fclose(file) == 0 : false) && good;
}

static bool write_one(const char *folder, const char *name) {
    struct render_all all;
    struct mail_parts plain = MAIL_PARTS_INIT;
    bool good = render_all_open(&all, name);
    all.next = 20000;
    if (good) render_all_fields(&all);
    good = good && render_all_message(&all) && mail_template_render(all.templates[0], &all.fields, &plain, &all.err) &&
           write_file(folder, name, ".eml", &all.out) && write_file(folder, name, ".html", &plain.html);
    if (!good) fprintf(stderr, "%s: %s\n", name, all.err.text);
    mail_parts_release(&plain);
    render_all_close(&all);
    return good;
}

int main(int argc, char **argv) {
    bool good = argc == 2;
    for (const struct embedded_file *file = EMBEDDED; good && file->name; file++) {
        size_t length = strlen(file->name), folder = strlen("templates/fr/");
        if (!strncmp(file->name, "templates/fr/", folder) && !strcmp(file->name + length - 3, ".md"))
            good = write_one(argv[1], file->name + folder);
    }
    return !good;
}
