/* Workbooks: a zip archive whose parts say whether it is XLSX or ODS (RULES 1, 19). */
#include "lists/rows_private.h"

struct rows *rows_zip_open(const struct source *source, const struct row_limits *limits, const char **container,
                           struct err *err) {
    (void)source, (void)limits, (void)container;
    err_set(err, ERR_INPUT, "UNSUPPORTED_FORMAT",
            "ce fichier est un classeur (XLSX ou ODS) ou une archive, que cette version ne lit pas : enregistrez-le au format "
            "« CSV UTF-8 » (Fichier, Enregistrer sous), puis importez ce fichier CSV");
    return NULL;
}
