/* A zip archive's parts as streams of inflated bytes, counted, so that a small file cannot become an endless one. */
#ifndef LISTS_ZIP_ARCHIVE_H
#define LISTS_ZIP_ARCHIVE_H

#include "base/err.h"
#include "base/source.h"

struct zip_archive;
struct zip_part;

/* The source is borrowed for the archive's life. NULL with ERR_INPUT ZIP_INVALID. */
struct zip_archive *zip_archive_open(const struct source *source, struct err *err);
bool zip_archive_has(const struct zip_archive *archive, const char *name);
/* To be asked before any part is opened: false with ZIP_BOMB when its parts say that they hold more than that together,
 * UNSUPPORTED_FORMAT when one is encrypted, ZIP_INVALID when there are more than MOST_PARTS. */
enum { MOST_PARTS = 10000 };
bool zip_archive_accept(struct zip_archive *archive, size_t inflated_limit, struct err *err) MUST_USE;
void zip_archive_close(struct zip_archive *archive); /* after its parts */
AUTO_CLOSE(zip_archive, zip_archive_close)

/* NULL with ZIP_INVALID when there is no such part: ask zip_archive_has first where that is no fault. */
struct zip_part *zip_part_open(struct zip_archive *archive, const char *name, struct err *err);
/* Bytes read, at most room; 0 = the end, whose checksum was good; -1 refused: ZIP_INVALID, or ZIP_BOMB when more comes
 * out than the archive said and the limit allows. */
long zip_part_read(struct zip_part *part, char *out, size_t room, struct err *err);
double zip_part_done(const struct zip_part *part); /* 0..1 */
void zip_part_close(struct zip_part *part);
AUTO_CLOSE(zip_part, zip_part_close)

#endif
