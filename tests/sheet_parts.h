/* The unvarying parts of small workbooks, for tests that say what a sheet holds. */
#ifndef TESTS_SHEET_PARTS_H
#define TESTS_SHEET_PARTS_H

#define MAIN_NS "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define REL_NS "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""
#define RELATIONS(inside) "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" inside "</Relationships>"
#define RELATION(id, type, target)                                                                                             \
    "<Relationship Id=\"" id "\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/" type             \
    "\" Target=\"" target "\"/>"
#define WORKBOOK(inside) "<workbook " MAIN_NS " " REL_NS ">" inside "</workbook>"
#define ONE_SHEET WORKBOOK("<sheets><sheet name=\"Liste\" sheetId=\"1\" r:id=\"rId1\"/></sheets>")
#define ONE_SHEET_RELATIONS                                                                                                    \
    RELATIONS(RELATION("rId1", "worksheet", "worksheets/sheet1.xml") RELATION("rId2", "sharedStrings", "sharedStrings.xml")   \
                  RELATION("rId3", "styles", "styles.xml"))
#define SHEET(rows) "<worksheet " MAIN_NS " " REL_NS "><sheetData>" rows "</sheetData></worksheet>"
#define SHEET_AND(rows, tail) "<worksheet " MAIN_NS " " REL_NS "><sheetData>" rows "</sheetData>" tail "</worksheet>"

/* 1 00000, 2 a French date, 3 date and time, 4 green, 5 yellow, 6 theme, 7 white, 8 000 000 000, 9 built-in date 14 */
#define STYLES                                                                                                                 \
    "<styleSheet " MAIN_NS "><numFmts><numFmt numFmtId=\"164\" formatCode=\"00000\"/><numFmt numFmtId=\"165\" "                \
    "formatCode=\"[$-40C]jj/mm/aaaa;@\"/><numFmt numFmtId=\"166\" formatCode=\"dd/mm/yyyy\\ hh:mm\"/><numFmt "                 \
    "numFmtId=\"167\" formatCode=\"000&quot; &quot;000&quot; &quot;000\"/></numFmts><fills><fill><patternFill "                \
    "patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill><fill><patternFill "                      \
    "patternType=\"solid\"><fgColor rgb=\"FF92D050\"/></patternFill></fill><fill><patternFill patternType=\"solid\"><fgColor " \
    "rgb=\"FFFFFF00\"/></patternFill></fill><fill><patternFill patternType=\"solid\"><fgColor theme=\"4\" "                    \
    "tint=\"0.4\"/></patternFill></fill><fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFFFFFFF\"/></patternFill>"    \
    "</fill></fills><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf/><xf numFmtId=\"164\"/><xf "                \
    "numFmtId=\"165\"/><xf numFmtId=\"166\"/><xf fillId=\"2\"/><xf fillId=\"3\"/><xf fillId=\"4\"/><xf fillId=\"5\"/><xf "     \
    "numFmtId=\"167\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>"
#define STRINGS                                                                                                                \
    "<sst " MAIN_NS "><si><t>Commune</t></si><si><r><rPr><b/></rPr><t>Br</t></r><r><t xml:space=\"preserve\">est </t></r>"     \
    "<rPh sb=\"0\" eb=\"1\"><t>PH</t></rPh></si><si><t>a@x.example_x000D_\nb@x.example</t></si><si><t>_x005F_x000D_ </t></si>" \
    "<si><t/></si><si/><si><t>SÃ©lection</t></si></sst>"

#define ODS_NS                                                                                                                 \
    "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" "                                                       \
    "xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" "                                                         \
    "xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" "                                                           \
    "xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" "                                                         \
    "xmlns:number=\"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0\" "                                                    \
    "xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" "                                                \
    "xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" "                                                        \
    "xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\" "                                  \
    "xmlns:xlink=\"http://www.w3.org/1999/xlink\""
/* c1 red, c2 the same by inheritance, c3 00000, t1 hidden sheet */
#define ODS_STYLES                                                                                                             \
    "<office:automatic-styles><number:number-style style:name=\"N1\"><number:number number:min-integer-digits=\"5\"/>"         \
    "</number:number-style><style:style style:name=\"c1\" style:family=\"table-cell\"><style:table-cell-properties "           \
    "fo:background-color=\"#ff0000\"/></style:style><style:style style:name=\"c2\" style:family=\"table-cell\" "               \
    "style:parent-style-name=\"c1\"/><style:style style:name=\"c3\" style:family=\"table-cell\" style:data-style-name=\"N1\"/>"\
    "<style:style style:name=\"t1\" style:family=\"table\"><style:table-properties table:display=\"false\"/></style:style>"    \
    "</office:automatic-styles>"
#define CONTENT(sheets)                                                                                                        \
    "<office:document-content " ODS_NS ">" ODS_STYLES "<office:body><office:spreadsheet>" sheets                               \
    "</office:spreadsheet></office:body></office:document-content>"
#define ODS_SHEET(rows) "<table:table table:name=\"Liste\">" rows "</table:table>"
#define ODS_ROW(cells) "<table:table-row>" cells "</table:table-row>"
#define ODS_TEXT_CELL(text) "<table:table-cell office:value-type=\"string\"><text:p>" text "</text:p></table:table-cell>"

#endif
