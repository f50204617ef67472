/* Every form of returned mail in tests/corpus/returns/ against its line of labels.tsv, whatever ends its lines. */
#include <stdio.h>
#include <stdlib.h>

#include "mailer/inbox/guard.h"
#include "mailer/inbox/message_kind.h"
#include "tests/tap.h"

#define FOLDER "tests/corpus/returns/"
enum { MESSAGE_BYTES = 1 << 20, COLUMNS = 7 };

static void read_message(const char *bytes, size_t length, struct inbound_facts *facts) {
    AUTO_BUF copy = BUF_INIT(GUARD_CEILING);
    AUTO_MEM struct mime *mime = mem_new(1, sizeof *mime);
    struct charsets charsets = {.count = 0};
    charsets_prepare(&charsets, bytes, length);
    guard_copy(bytes, length, &copy);
    if (!mime_ready(&(struct err){0})) abort();
    mime_parse(mime, &charsets, buf_text(&copy), copy.length);
    message_kind(mime, &charsets, facts);
    mime_release(mime);
    charsets_release(&charsets);
}

/* What labels.tsv says, as one line; what was read, the same way. */
static void tell(const struct inbound_facts *facts, struct buf *out) {
    buf_add_format(out, "%s\t", INBOUND_KIND[facts->kind]);
    for (size_t i = 0; i < facts->recipient_count; i++) buf_add_format(out, "%s%s", i ? "," : "", facts->recipients[i].address);
    buf_add_format(out, "\t%s\t%s\t%d\t%s", facts->status, facts->reason, facts->suppress, facts->original_message_id);
}

static void change_ends(const struct buf *message, const char *ends, struct buf *out) {
    for (size_t i = 0; i < message->length; i++)
        if (message->bytes[i] == '\n')
            buf_add_text(out, ends);
        else
            buf_add_char(out, message->bytes[i]);
}

static void check_file(const char *name, const char *want) {
    static const char *const ENDS[] = {"\n", "\r\n", "\r"};
    AUTO_BUF path = BUF_INIT(512), message = BUF_INIT(MESSAGE_BYTES);
    buf_add_format(&path, FOLDER "%s.eml", name);
    FILE *file = fopen(buf_text(&path), "re");
    if (!CHECK(name, file && buf_add_file(&message, file))) return;
    fclose(file);
    for (size_t i = 0; i < COUNT(ENDS); i++) {
        AUTO_BUF changed = BUF_INIT(2 * MESSAGE_BYTES), got = BUF_INIT(65536);
        struct inbound_facts facts;
        change_ends(&message, ENDS[i], &changed);
        read_message(changed.bytes, changed.length, &facts);
        tell(&facts, &got);
        CHECK_TEXT(i == 0 ? name : i == 1 ? "  with CRLF" : "  with CR", buf_text(&got), want);
        inbound_facts_release(&facts);
    }
}

static size_t check_all(void) {
    size_t files = 0;
    char line[2000];
    FILE *labels = fopen(FOLDER "labels.tsv", "re");
    while (labels && fgets(line, sizeof line, labels)) {
        line[strcspn(line, "\n")] = '\0';
        char *tab = strchr(line, '\t');
        if (*line == '#' || !tab) continue;
        *tab = '\0';
        check_file(line, tab + 1);
        files++;
    }
    if (labels) fclose(labels);
    return files;
}

/* Bytes that are no message, and messages in which there is nothing, are nobody's reply. */
static void check_nothing(void) {
    static const char NOISE[] = "\x7F" "ELF\x02\x01\x01\0\0\0\x03\0>\0\x01\0\0\0\xC0\x10\x9F\xFF\xFE\r\r\n\n\0\x80\x81";
    static const char *const EMPTY[] = {"", "\n", "\r\n\r\n", "From: a@b.test\n\n", "From: a@b.test\nSubject: \n\n \t\n",
                                        "hello, no header at all\n"};
    struct inbound_facts facts;
    read_message(NOISE, sizeof NOISE, &facts);
    CHECK_INT("bytes of a program", facts.kind, INBOUND_OTHER);
    inbound_facts_release(&facts);
    for (size_t i = 0; i < COUNT(EMPTY); i++) {
        read_message(EMPTY[i], strlen(EMPTY[i]), &facts);
        CHECK_INT("a message of nothing", facts.kind, INBOUND_OTHER);
        inbound_facts_release(&facts);
    }
    static const char *const WRITTEN[] = {"From: a@b.test\nSubject: oui\n\n", "From: a@b.test\n\noui\n",
                                          "From: a@b.test\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n"};
    for (size_t i = 0; i < COUNT(WRITTEN); i++) {
        read_message(WRITTEN[i], strlen(WRITTEN[i]), &facts);
        CHECK_INT("a title, a word, a document are something", facts.kind, INBOUND_REPLY);
        inbound_facts_release(&facts);
    }
}

/* Where a server says that somebody has moved to. */
static void check_moved(void) {
    static const char NOTICE[] = "From: MAILER-DAEMON@a.test\nSubject: Returned mail\n\nCould not be delivered:\n<maire@vallon.test>: "
                                 "551 5.1.6 <maire@vallon.test> "
                                 "has moved to <mairie@vallon-neuf.test>\n";
    struct inbound_facts facts;
    read_message(NOTICE, strlen(NOTICE), &facts);
    CHECK_TEXT("the new address of one who moved", facts.new_address, "mairie@vallon-neuf.test");
    CHECK_INT("  beside the old one, which is dead", facts.suppress && facts.recipient_count == 1, 1);
    inbound_facts_release(&facts);
}

int main(void) {
    size_t files = check_all();
    CHECK("all forms were read", files >= 490);
    check_nothing();
    check_moved();
    return tap_end();
}
