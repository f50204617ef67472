/* Names of XLSX, and the relationships by which its parts find each other (ECMA-376 part 2). */
#include "lists/xlsx_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { MOST_RELATIONS = 200000, LONGEST_PART_NAME = 1000 };

/* -- names --------------------------------------------------------------------------------------------- */
enum { PLAIN, MAIN, RELATION, PACKAGE, XML };
static const struct xml_space SPACES[] = {
    {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", MAIN},
    {"http://purl.oclc.org/ooxml/spreadsheetml/main", MAIN},
    {"http://schemas.openxmlformats.org/officeDocument/2006/relationships", RELATION},
    {"http://purl.oclc.org/ooxml/officeDocument/relationships", RELATION},
    {"http://schemas.openxmlformats.org/package/2006/relationships", PACKAGE},
    {"http://www.w3.org/XML/1998/namespace", XML},
    {NULL, 0}};
static const struct xml_word WORDS[] = {
    {"workbookPr", MAIN, X_WORKBOOK_PR},
    {"sheet", MAIN, X_SHEET},
    {"Relationship", PACKAGE, X_RELATIONSHIP},
    {"si", MAIN, X_SI},
    {"t", MAIN, X_T},
    {"rPh", MAIN, X_RPH},
    {"numFmt", MAIN, X_NUM_FMT},
    {"fill", MAIN, X_FILL},
    {"patternFill", MAIN, X_PATTERN_FILL},
    {"fgColor", MAIN, X_FG_COLOR},
    {"cellXfs", MAIN, X_CELL_XFS},
    {"xf", MAIN, X_XF},
    {"sheetData", MAIN, X_SHEET_DATA},
    {"row", MAIN, X_ROW},
    {"c", MAIN, X_C},
    {"f", MAIN, X_F},
    {"v", MAIN, X_V},
    {"mergeCell", MAIN, X_MERGE_CELL},
    {"hyperlink", MAIN, X_HYPERLINK},
    {"name", PLAIN, X_NAME},
    {"state", PLAIN, X_STATE},
    {"date1904", PLAIN, X_DATE1904},
    {"Id", PLAIN, X_ID},
    {"Type", PLAIN, X_TYPE},
    {"Target", PLAIN, X_TARGET},
    {"numFmtId", PLAIN, X_NUM_FMT_ID},
    {"formatCode", PLAIN, X_FORMAT_CODE},
    {"patternType", PLAIN, X_PATTERN_TYPE},
    {"rgb", PLAIN, X_RGB},
    {"theme", PLAIN, X_THEME},
    {"indexed", PLAIN, X_INDEXED},
    {"tint", PLAIN, X_TINT},
    {"fillId", PLAIN, X_FILL_ID},
    {"r", PLAIN, X_AT_R},
    {"s", PLAIN, X_AT_S},
    {"t", PLAIN, X_AT_T},
    {"hidden", PLAIN, X_HIDDEN},
    {"ref", PLAIN, X_REF},
    {"id", RELATION, X_R_ID},
    {"space", XML, X_XML_SPACE},
    {NULL, 0, 0}};
const struct xml_vocabulary XLSX_WORDS = {SPACES, WORDS};

/* -- relationships ------------------------------------------------------------------------------------- */
struct relations_reading {
    struct relations *relations;
    const char *part;
    bool too_many;
};

/* Types are URIs, whose last word is the same in transitional and strict files. */
static enum relation_type type_of(const char *type) {
    static const struct { const char *word; enum relation_type type; } TYPES[] = {
        {"worksheet", RELATION_SHEET}, {"sharedStrings", RELATION_STRINGS}, {"styles", RELATION_STYLES}, {"hyperlink", RELATION_HYPERLINK}};
    const char *last = type ? strrchr(type, '/') : NULL;
    for (size_t i = 0; last && i < COUNT(TYPES); i++)
        if (!strcmp(last + 1, TYPES[i].word)) return TYPES[i].type;
    return RELATION_OTHER;
}

/* "../worksheets/a.xml" as seen from "xl/workbook.xml", "/xl/a.xml": the name in the archive. */
static void resolve(struct buf *name, const char *part, const char *target) {
    const char *slash = strrchr(part, '/');
    if (*target != '/' && slash) buf_add(name, part, (size_t)(slash - part));
    while (*target) {
        size_t length = strcspn(target, "/");
        if (length == 2 && !strncmp(target, "..", 2)) {
            const char *last = name->length ? strrchr(name->bytes, '/') : NULL;
            buf_cut(name, last ? (size_t)(last - name->bytes) : 0);
        } else if (length && !(length == 1 && *target == '.')) {
            if (name->length) buf_add_char(name, '/');
            buf_add(name, target, length);
        }
        target += length + (target[length] == '/');
    }
}

static void relation_start(void *ctx, int element, const struct xml_attribute *attributes) {
    struct relations_reading *reading = ctx;
    struct relations *relations = reading->relations;
    const char *id = xml_value(attributes, X_ID), *target = xml_value(attributes, X_TARGET);
    if (element != X_RELATIONSHIP || !id || !target) return;
    if (relations->count == MOST_RELATIONS) {
        reading->too_many = true;
        return;
    }
    struct relation relation = {.type = type_of(xml_value(attributes, X_TYPE))};
    AUTO_BUF name = BUF_INIT(LONGEST_PART_NAME);
    if (relation.type != RELATION_HYPERLINK) {
        resolve(&name, reading->part, target);
        target = buf_text(&name);
    }
    relation.id = arena_text(&relations->memory, id, strlen(id));
    relation.target = arena_text(&relations->memory, target, strlen(target));
    ROOM_FOR_ONE(relations->all, relations->count);
    relations->all[relations->count++] = relation;
}

static int by_id(const void *left, const void *right) {
    return strcmp(((const struct relation *)left)->id, ((const struct relation *)right)->id);
}

bool relations_read(struct relations *relations, struct workbook *book, const char *part, struct err *err) {
    static const struct xml_handler HANDLER = {.start = relation_start};
    struct relations_reading reading = {.relations = relations, .part = part};
    AUTO_BUF name = BUF_INIT(LONGEST_PART_NAME);
    const char *slash = strrchr(part, '/'), *file = slash ? slash + 1 : part;
    buf_add(&name, part, (size_t)(file - part));
    buf_add_format(&name, "_rels/%s.rels", file);
    if (!zip_archive_has(book->archive, buf_text(&name))) return true;
    if (!workbook_read(book, buf_text(&name), &XLSX_WORDS, &HANDLER, &reading, err)) return false;
    if (reading.too_many) return workbook_crowded(err, "liens"), false;
    if (relations->count) qsort(relations->all, relations->count, sizeof *relations->all, by_id);
    return true;
}

const struct relation *relations_by_id(const struct relations *relations, const char *id) {
    struct relation key = {.id = id};
    if (!id || !relations->count) return NULL;
    return bsearch(&key, relations->all, relations->count, sizeof *relations->all, by_id);
}

void relations_release(struct relations *relations) {
    free(relations->all);
    arena_release(&relations->memory);
    *relations = (struct relations){0};
}
