/* Secrets from files and commands, and how long an access token is good. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/command.h"
#include "base/secret.h"
#include "base/text.h"
#include "mailer/send/access_token.h"
#include "mailer/send/connection_trouble.h"
#include "mailer/send/opening_talk.h"
#include "mailer/send/reply_secret.h"
#include "tests/tap.h"

static char folder[] = "/tmp/relais-test-access.XXXXXX";

static const char *file(const char *name, const char *text, size_t length, mode_t mode) {
    static char path[4][120];
    static size_t turn;
    char *out = path[turn++ % COUNT(path)];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    unlink(out);
    int fd = open(out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || fchmod(fd, mode) || close(fd)) abort();
    return out;
}
static const char *text_file(const char *name, const char *text, mode_t mode) { return file(name, text, strlen(text), mode); }

/* -- files ------------------------------------------------------------------------------------------------------- */
static void test_files(void) {
    static const struct { const char *label, *text; size_t length; mode_t mode; const char *want, *code; } CASES[] = {
        {"one line", "secret\n", 7, 0600, "secret", ""}, {"no line end", "secret", 6, 0400, "secret", ""},
        {"CR LF", "secret\r\n", 8, 0600, "secret", ""}, {"the first line only", "secret\nother\n", 13, 0600, "secret", ""},
        {"blanks are its own", " a b \n", 6, 0600, " a b ", ""}, {"empty", "", 0, 0600, NULL, "SECRET"},
        {"an empty line", "\nsecret\n", 8, 0600, NULL, "SECRET"}, {"a NUL", "sec\0ret\n", 8, 0600, NULL, "SECRET"},
        {"the group may read", "secret\n", 7, 0640, NULL, "SECRET_OPEN"}, {"others may", "secret\n", 7, 0604, NULL, "SECRET_OPEN"},
        {"others may write", "secret\n", 7, 0602, NULL, "SECRET_OPEN"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct err err = {0};
        AUTO_SECRET out = BUF_INIT(SECRET_BYTES);
        bool read = secret_file_read(file("one", CASES[i].text, CASES[i].length, CASES[i].mode), &out, &err);
        CHECK(CASES[i].label, CASES[i].want ? read && !strcmp(buf_text(&out), CASES[i].want) : !read && !strcmp(err.code, CASES[i].code));
        if (!read) CHECK("… said without it", !strstr(err.text, "secret"));
    }
    struct err err;
    AUTO_MEM char *long_text = mem_new(1, SECRET_BYTES + 2);
    memset(long_text, 'x', SECRET_BYTES + 1);
    AUTO_SECRET out = BUF_INIT(SECRET_BYTES);
    CHECK("as long as may be", secret_file_read(file("long", long_text, SECRET_BYTES, 0600), &out, &err) && out.length == SECRET_BYTES);
    CHECK("longer", !secret_file_read(file("long", long_text, SECRET_BYTES + 1, 0600), &out, &err));
    CHECK("a folder", !secret_file_read(folder, &out, &err));
    CHECK("nothing there", !secret_file_read("/nulle/part", &out, &err) && err.kind == ERR_INPUT);
    secret_release(&out);
    CHECK("released twice", !out.bytes);
}

/* -- commands ------------------------------------------------------------------------------------------------------ */
static enum command_state run(const char *line, int64_t limit_ms, struct buf *out, struct err *err) {
    enum command_state state = COMMAND_FAILED;
    AUTO(command) command = command_start(line, limit_ms, out, err);
    while (command && (state = command_step(command, err)) == COMMAND_RUNS) sleep_ms(5);
    return state;
}

static void test_commands(void) {
    static const struct { const char *label, *script; enum command_state want; const char *said; } CASES[] = {
        {"says something", "printf 'un deux\\n'", COMMAND_DONE, "un deux\n"}, {"reads nothing", "cat; echo fin", COMMAND_DONE, "fin\n"},
        {"leaves a child with its output", "sleep 5 & echo court", COMMAND_DONE, "court\n"},
        {"fails", "echo dedans; echo dehors >&2; exit 7", COMMAND_FAILED, "par le code 7 : « dehors »"},
        {"complains at length", "yes plainte | head -c 200000 >&2; exit 1", COMMAND_FAILED, "plainte"},
        {"is killed", "kill -TERM $$", COMMAND_FAILED, "signal 15"}, {"never ends", "exec sleep 20", COMMAND_FAILED, "n'a pas fini"},
        {"ends after its output", "exec >&- ; sleep 0.1", COMMAND_DONE, ""}, {"talks for ever", "exec yes", COMMAND_FAILED, "plus de"},
        {"ignores SIGTERM", "trap '' TERM; while :; do sleep 1; done", COMMAND_FAILED, "n'a pas fini"}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct err err = {0};
        AUTO_SECRET out = BUF_INIT(1000);
        char script[300];
        snprintf(script, sizeof script, "#!/bin/sh\n%s\n", CASES[i].script);
        int64_t begun_ms = monotonic_ms();
        enum command_state got = run(text_file("command", script, 0700), 1500, &out, &err);
        bool good = got == CASES[i].want && strstr(got == COMMAND_DONE ? buf_text(&out) : err.text, CASES[i].said);
        if (!CHECK(CASES[i].label, good && monotonic_ms() - begun_ms < 4500)) printf("# %d «%s» %s\n", got, buf_text(&out), err.text);
        CHECK("… what it says is not quoted", !strstr(err.text, "dedans") && utf8_valid(err.text, strlen(err.text)));
    }
    struct err err;
    CHECK("a relative path", !command_line_fits("cat /etc/passwd", &err) && err.kind == ERR_INPUT);
    CHECK("no word", !command_line_fits("  ", &err));
    CHECK("words are cut at blanks", command_line_fits("/bin/echo\ta  b ", &err));
}

/* -- tokens ---------------------------------------------------------------------------------------------------------- */
static enum access_token_state settle(struct access_token *token, struct err *err) {
    enum access_token_state state;
    while ((state = access_token_ask(token, err)) == ACCESS_TOKEN_WAIT) sleep_ms(5);
    return state;
}

static void test_token_of_file(void) {
    struct err err = {0};
    AUTO(access_token) token = access_token_open("smtp.secours", text_file("token", "premier\n", 0600), "", &err);
    int64_t first = token ? access_token_generation(token) : 0;
    CHECK("a file's token", token && settle(token, &err) == ACCESS_TOKEN_READY && !strcmp(access_token_text(token), "premier"));
    if (!token) return;
    CHECK_INT("the same is the same", access_token_generation(token), first);
    CHECK("refused, and the file says nothing else", !access_token_refused(token, first));
    text_file("token", "second\n", 0600);
    CHECK("refused, and it does", access_token_refused(token, first) && access_token_generation(token) > first);
    CHECK_TEXT("… the new one", access_token_text(token), "second");
    CHECK("a refusal that comes late is of the older one", access_token_refused(token, first));
    text_file("token", "tro is\n", 0600);
    CHECK("a blank in it", settle(token, &err) == ACCESS_TOKEN_NONE && strstr(err.text, "[smtp.secours] token_file") && !strstr(err.text, "tro"));
}

static void test_token_of_command(void) {
    struct err err = {0};
    char script[400];
    text_file("given", "premier", 0600);
    snprintf(script, sizeof script, "#!/bin/sh\necho x >>%s/runs\ncat %s/given || exit 4\n", folder, folder);
    AUTO(access_token) token = access_token_open("smtp.secours", "", text_file("command", script, 0700), &err);
    if (!CHECK("a command is not run to be judged", token && access_token_generation(token) == 0)) return;
    CHECK("… but when it is asked", settle(token, &err) == ACCESS_TOKEN_READY && !strcmp(access_token_text(token), "premier"));
    int64_t first = access_token_generation(token);
    text_file("given", "second", 0600);
    CHECK("it is kept", settle(token, &err) == ACCESS_TOKEN_READY && access_token_generation(token) == first);
    CHECK("refused when it was fresh: no use in asking again", !access_token_refused(token, first));
    sleep_ms(ACCESS_TOKEN_AGAIN_MS + 50);
    CHECK("refused later: asked for anew", access_token_refused(token, first) && access_token_ask(token, &err) == ACCESS_TOKEN_WAIT);
    CHECK("… by one for all", access_token_refused(token, first) && settle(token, &err) == ACCESS_TOKEN_READY);
    CHECK_TEXT("… and it is another", access_token_text(token), "second");
    CHECK("a late refusal of the older one says: ask", access_token_refused(token, first) && settle(token, &err) == ACCESS_TOKEN_READY);
    char path[120];
    snprintf(path, sizeof path, "%s/given", folder);
    unlink(path);
    sleep_ms(ACCESS_TOKEN_AGAIN_MS + 50);
    CHECK("refused, and the command fails", access_token_refused(token, access_token_generation(token)) && settle(token, &err) == ACCESS_TOKEN_NONE);
    CHECK("… which is told, with the setting", strstr(err.text, "[smtp.secours] token_command : ") && strstr(err.text, "par le code 4"));
    snprintf(path, sizeof path, "%s/runs", folder);
    AUTO_BUF runs = BUF_INIT(100);
    FILE *record = fopen(path, "re");
    CHECK("three runs in all", record && buf_add_file(&runs, record) && runs.length == 6);
    if (record) fclose(record);
}

/* -- what servers repeat ---------------------------------------------------------------------------------------------- */
static void test_repeated(void) {
    struct secret_words words = {0};
    secret_words_make(&words, "relais", "hunter2");
    static const struct { const char *label, *text, *want; } CASES[] = {
        {"nothing to hide", "Error: authentication failed: Connection lost", "Error: authentication failed: Connection lost"},
        {"the secret", "no: hunter2!", "no: …!"}, {"twice", "hunter2hunter2", "……"},
        {"an initial response", "unknown: AUTH PLAIN AHJlbGFpcwBodW50ZXIy", "unknown: AUTH PLAIN …"},
        {"with padding", "AUTH LOGIN aHVudGVyMg==.", "AUTH LOGIN …."}, {"a long word", "Authentifizierungsfehler", "Authentifizierungsfehler"},
        {"an address", "https://support.test/mail/?p=BadCredentials q18-7", "https://support.test/mail/?p=… q18-7"},
        {"in other letters", "HUNTER2 is wrong", "… is wrong"}, {"cut by a line's end", "no: hun ter2, hunter", "no: …, hunter"},
        {"accents", "réponse refusée", "réponse refusée"}, {"empty", "", ""}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct smtp_reply reply = {.code = 535};
        snprintf(reply.text, sizeof reply.text, "%s", CASES[i].text);
        reply_without_secret(&reply, &words);
        CHECK_TEXT(CASES[i].label, reply.text, CASES[i].want);
    }
    uint64_t seed = 20260115;
    bool good = true;
    for (int round = 0; round < 20000 && good; round++) { /* pieces in any order, up to what a reply holds */
        static const char *const PIECES[] = {"hunter2", "é", " ", "a", "=", "AHJlbGFpcwBodW50ZXIy", "hunter", "2", "…", "x1"};
        AUTO_BUF text = BUF_INIT(SMTP_REPLY_TEXT - 1);
        struct smtp_reply reply = {.code = 535};
        for (int pieces = (int)((seed >> 40) % 400); pieces > 0; pieces--) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            const char *piece = PIECES[(seed >> 33) % COUNT(PIECES)];
            if (text.length + strlen(piece) <= text.ceiling) buf_add_text(&text, piece);
        }
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        snprintf(reply.text, sizeof reply.text, "%s", buf_text(&text));
        reply_without_secret(&reply, &words);
        good = !strstr(reply.text, "hunter2") && !strstr(reply.text, "AHJlbGFpcwBodW50ZXIy") && utf8_valid(reply.text, strlen(reply.text));
        if (!good) printf("# %s\n# %s\n", buf_text(&text), reply.text);
    }
    CHECK("20,000 replies of pieces: never the secret, always UTF-8", good);
    static const struct { const char *label, *text, *want; } LATER[] = {
        {"a queue's number stays", "2.0.0 Ok: queued as 4Fz3Kx0abcDEF12", "2.0.0 Ok: queued as 4Fz3Kx0abcDEF12"},
        {"the secret does not", "<u@b.test> unknown, Hunter2", "<u@b.test> unknown, …"},
        {"nor PLAIN's response", "AHJlbGFpcwBodW50ZXIy?", "…?"}, {"nor XOAUTH2's", "dXNlcj1yZWxhaXMBYXV0aD1CZWFyZXIgaHVudGVyMg==.", "…."}};
    for (size_t i = 0; i < COUNT(LATER); i++) {
        struct smtp_reply reply = {.code = 250};
        snprintf(reply.text, sizeof reply.text, "%s", LATER[i].text);
        reply_hide_words(&reply, &words);
        CHECK_TEXT(LATER[i].label, reply.text, LATER[i].want);
    }
    secret_words_release(&words);
}

/* -- what servers say while a line opens ---------------------------------------------------------------------------------- */
static void test_talk(void) {
    static const struct { const char *label, *lines[6], *offered; int code; bool logged_in; } CASES[] = {
        {"a greeting", {"220 mx.test ESMTP\r\n"}, "", 220, false},
        {"EHLO", {"220 mx\r\n", "250-mx\r\n", "250-AUTH PLAIN LOGIN \r\n", "250 SIZE\r\n"}, "PLAIN LOGIN", 250, false},
        {"the old way", {"250-mx\r\n", "250 AUTH=LOGIN\r\n"}, "LOGIN", 250, false},
        {"AUTH last, small letters", {"250-mx\r\n", "250 auth plain\r\n"}, "plain", 250, false},
        {"offered in clear only", {"250 AUTH PLAIN\r\n", "220 go\r\n", "250 mx\r\n"}, "", 250, false},
        {"AUTHOR is no AUTH", {"250 AUTHOR me\r\n"}, "", 250, false},
        {"logged in", {"250 AUTH PLAIN\r\n", "235 2.7.0 ok\r\n"}, "PLAIN", 235, true},
        {"refused", {"535-5.7.8 no\r\n", "535 5.7.8 235 really\r\n"}, "", 535, false}};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct opening_talk talk = {0};
        for (const char *const *line = CASES[i].lines; *line; line++) opening_talk_line(&talk, *line, strlen(*line));
        CHECK(CASES[i].label, !strcmp(talk.offered, CASES[i].offered) && talk.reply.code == CASES[i].code && talk.logged_in == CASES[i].logged_in);
    }
    static const struct { const char *label, *lines[5]; bool tls, auth, read; } SPELT[] = {
        {"as libcurl reads it", {"250-mx\r\n", "250-STARTTLS\r\n", "250 AUTH PLAIN\r\n"}, false, false, true},
        {"small letters", {"250-mx\r\n", "250-starttls\r\n", "250 auth PLAIN\r\n"}, true, true, false},
        {"mixed", {"250-StartTLS\r\n", "250 AUTH plain\r\n"}, true, true, false},
        {"both ways", {"250-AUTH=LOGIN\r\n", "250 AUTH LOGIN\r\n"}, false, true, true},
        {"before TLS", {"250-starttls\r\n", "250 auth plain\r\n", "220 go\r\n", "250 mx\r\n"}, false, false, false}};
    for (size_t i = 0; i < COUNT(SPELT); i++) {
        struct opening_talk talk = {0};
        for (const char *const *line = SPELT[i].lines; *line; line++) opening_talk_line(&talk, *line, strlen(*line));
        CHECK(SPELT[i].label, talk.tls_misspelt == SPELT[i].tls && talk.auth_misspelt == SPELT[i].auth && talk.auth_read == SPELT[i].read);
    }
    static struct opening_talk talk;
    uint64_t seed = 20260116;
    bool good = true;
    for (int round = 0; round < 30000 && good; round++) { /* lines of any length and bytes, many of them nearly right */
        static const char *const STARTS[] = {"250-AUTH ", "250 AUTH=", "220", "235", "250-", "", "\0\0\0", "535 "};
        char line[6000];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t length = round % 50 ? (seed >> 33) % 300 : (seed >> 33) % sizeof line;
        for (size_t i = 0; i < length; i++) line[i] = (char)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
        const char *start = STARTS[(seed >> 33) % COUNT(STARTS)];
        if (length >= strlen(start)) memcpy(line, start, strlen(start));
        AUTO_MEM char *exact = mem_copy(line, length + !length);
        opening_talk_line(&talk, exact, length);
        good = utf8_valid(talk.offered, strlen(talk.offered)) && talk.said_length < sizeof talk.said && talk.ehlo_length <= sizeof talk.ehlo && talk.reply.code < 1000;
    }
    CHECK("30,000 lines of noise", good);
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    test_files();
    test_commands();
    test_token_of_file();
    test_token_of_command();
    test_repeated();
    test_talk();
    char clean[120];
    snprintf(clean, sizeof clean, "rm -rf %s", folder);
    if (system(clean)) return 1;
    return tap_end();
}
