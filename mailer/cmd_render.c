/* relais render: a plain Mustache template and its data to standard output, byte for byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mailer/app.h"
#include "templates/mustache.h"

enum { RENDER_LIMIT_BYTES = 16 << 20, PARTIALS_LIMIT = 200 };

struct partials {
    const char *folder; /* NULL = none */
    char *bytes[PARTIALS_LIMIT];
    size_t count;
};

static void partials_release(struct partials *partials) {
    for (size_t i = 0; i < partials->count; i++) free(partials->bytes[i]);
}

/* A name may not leave the folder; what is not there renders as nothing, as the specification says. */
static const char *partial_read(void *ctx, const char *name, size_t *length) {
    struct partials *partials = ctx;
    if (!partials->folder || *name == '/' || strstr(name, "..") || partials->count == PARTIALS_LIMIT)
        return NULL;
    AUTO_BUF path = BUF_INIT(4096), bytes = BUF_INIT(0);
    buf_add_format(&path, "%s/%s.mustache", partials->folder, name);
    if (path.overflow || !app_read_file(buf_text(&path), RENDER_LIMIT_BYTES, &bytes, NULL)) return NULL;
    *length = bytes.length;
    return partials->bytes[partials->count++] = buf_take(&bytes);
}

static bool render(const char *template_file, const char *data_file, struct partials *partials,
                   struct buf *out, struct err *err) {
    AUTO_BUF source = BUF_INIT(0), json = BUF_INIT(0);
    if (!app_read_file(template_file, RENDER_LIMIT_BYTES, &source, err) ||
        !app_read_file(data_file, RENDER_LIMIT_BYTES, &json, err))
        return false;
    AUTO(js) data = js_parse(buf_text(&json), json.length, err);
    if (!data) return err_at(err, data_file, 0);
    AUTO(mustache)
    mustache = mustache_parse(buf_text(&source), source.length, template_file, partial_read, partials, err);
    return mustache && mustache_render(mustache, data, NULL, out, err);
}

int cmd_render(struct app *app, int argc, char **argv) {
    struct err err = {0};
    struct partials partials = {0};
    const char *words[2];
    const struct app_option options[] = {{.name = "--partials", .text = &partials.folder}};
    if (app_arguments(app, argc, argv, options, COUNT(options), words, 2, 2, &err) < 0)
        return app_refuse(app, &err);
    AUTO_BUF out = BUF_INIT(256 << 20);
    bool good = render(words[0], words[1], &partials, &out, &err);
    partials_release(&partials);
    if (!good) return app_refuse(app, &err);
    fwrite(buf_text(&out), 1, out.length, stdout);
    return EXIT_DONE;
}
