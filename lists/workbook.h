/* What a workbook format must offer to be read as rows: its visible sheets in order, and the rows of one. Only
 * rows_zip.c and the formats include this. */
#ifndef LISTS_WORKBOOK_H
#define LISTS_WORKBOOK_H

#include "lists/arena.h"
#include "lists/rows.h"
#include "lists/sheet_row.h"
#include "lists/xml_reader.h"
#include "lists/zip_archive.h"

enum { MOST_SHEETS = 1000, MOST_STYLES = 65536, MOST_XML_ELEMENTS = 25000000 }; /* elements: all readings together */

struct workbook;
struct workbook_driver { /* each must be there */
    /* Goes to the start of a visible sheet, index from 0, and names it: 1, 0 there is none, -1 refused. whole: every
     * row will be asked for, with its links and merged cells; otherwise the first few, and these may be without. */
    int (*sheet)(struct workbook *book, size_t index, bool whole, struct err *err);
    /* The next row into book->row, settled: 1, 0 the end of the sheet, -1 refused. Rows that hold nothing may be left out. */
    int (*next)(struct workbook *book, struct err *err);
    double (*done)(const struct workbook *book); /* of the sheet */
    void (*close)(struct workbook *book);        /* frees book too, the archive not */
};

struct workbook { /* first member of every format's own */
    const struct workbook_driver *driver;
    struct zip_archive *archive;
    const struct row_limits *limits;
    size_t elements_left;
    struct sheet_row row;
    const char *sheet_name; /* until another sheet is gone to */
    bool date1904;
};

/* NULL with an error. What they read at once: the names of sheets, styles. */
struct workbook *xlsx_open(struct zip_archive *archive, const struct row_limits *limits, struct err *err);
struct workbook *ods_open(struct zip_archive *archive, const struct row_limits *limits, struct err *err);

/* A part of the archive as XML: opened, read handler by handler, closed. */
struct part_stream { struct zip_part *part; struct xml_reader *reader; }; /* {0} is closed */
bool part_stream_open(struct part_stream *stream, struct workbook *book, const char *part, const struct xml_vocabulary *vocabulary,
                      const struct xml_handler *handler, void *ctx, struct err *err);
int part_stream_next(struct part_stream *stream, struct err *err); /* as xml_reader_next */
void part_stream_close(struct part_stream *stream);
/* All three, for a part that is read to its end. */
bool workbook_read(struct workbook *book, const char *part, const struct xml_vocabulary *vocabulary,
                   const struct xml_handler *handler, void *ctx, struct err *err);

/* Errors that all have; they return -1. */
int workbook_crowded(struct err *err, const char *what); /* TOO_LARGE */
int workbook_damaged(struct err *err, const char *what); /* ZIP_INVALID */

#endif
