/* What all workbook formats share: parts read as XML, and errors. */
#include "lists/workbook.h"

static long read_part(void *from, char *out, size_t room, struct err *err) {
    return zip_part_read(from, out, room, err);
}

bool part_stream_open(struct part_stream *stream, struct workbook *book, const char *part, const struct xml_vocabulary *vocabulary,
                      const struct xml_handler *handler, void *ctx, struct err *err) {
    *stream = (struct part_stream){.part = zip_part_open(book->archive, part, err)};
    if (stream->part) stream->reader = xml_reader_open(vocabulary, handler, ctx, &book->elements_left);
    return stream->part != NULL;
}

int part_stream_next(struct part_stream *stream, struct err *err) {
    return xml_reader_next(stream->reader, read_part, stream->part, err);
}

void part_stream_close(struct part_stream *stream) {
    xml_reader_close(stream->reader);
    zip_part_close(stream->part);
    *stream = (struct part_stream){0};
}

bool workbook_read(struct workbook *book, const char *part, const struct xml_vocabulary *vocabulary,
                   const struct xml_handler *handler, void *ctx, struct err *err) {
    struct part_stream stream;
    int got = -1;
    if (part_stream_open(&stream, book, part, vocabulary, handler, ctx, err)) got = part_stream_next(&stream, err);
    part_stream_close(&stream);
    return got == 0;
}

int workbook_crowded(struct err *err, const char *what) {
    err_set(err, ERR_INPUT, "TOO_LARGE", "ce classeur a trop de %s : copiez la liste seule dans un nouveau classeur", what);
    return -1;
}

int workbook_damaged(struct err *err, const char *what) {
    err_set(err, ERR_INPUT, "ZIP_INVALID",
            "ce classeur est abîmé (%s) : ouvrez-le dans votre tableur, enregistrez-le de nouveau, puis importez ce nouveau "
            "fichier",
            what);
    return -1;
}
