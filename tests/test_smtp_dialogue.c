/* Whole conversations, byte for byte, in a table; each is held twice: replies fed whole, and one byte at a time. */
#include "mailer/send/smtp_dialogue.h"

#include <stdlib.h>

#include "tests/tap.h"

/* A script, one act a line:
 *   < text        the server says this line      > text   our output must begin with this line, which is then taken
 *   ! EVENT       the next event                 nothing  no event is waiting and no output is left
 *   send [WORD]   a transaction begins, of the message and address WORD names   dot, quit, lost   as they say
 *   refused CODE  send said no, with this enhanced code     unsend yes|no    the next one is forgotten, or cannot be
 *   wrote N       the server took N bytes of our output
 *   was LINE      whoever greeted the server before us was offered this
 *   = PHASE CODE ENHANCED        the result ("-" = none)     @ PHASE    where the dialogue stands */
#define HELLO "> EHLO me.test\n"
#define PLUSES_40 "++++++++++++++++++++++++++++++++++++++++"
#define PLUSES PLUSES_40 PLUSES_40 PLUSES_40 PLUSES_40 "++++"
#define ALL HELLO "< 250-mx.test\n< 250-PIPELINING\n< 250-SIZE 1000\n< 250-DSN\n< 250 ENHANCEDSTATUSCODES\n! READY\n"
#define PIPED HELLO "< 250-mx.test\n< 250 PIPELINING\n! READY\n"
#define BARE HELLO "< 250 mx.test\n! READY\n"
#define PIPED_COMMANDS "send\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\nnothing\n"
#define BODY "> Subject: x\n> \n> text\n"
#define TAKEN "dot\n> .\nnothing\n< 250 2.0.0 queued as 1\n! ENDED\n= end of DATA 250 2.0.0\n"

/* Two transactions: the first one's dot and the second one's commands are out. */
#define FIRST PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
#define SECOND "> MAIL FROM:<r@a.test>\n> RCPT TO:<v@b.test>\n> DATA\n"
#define BOTH FIRST "dot\nsend second\n> .\n" SECOND "nothing\n@ end of DATA\n"
#define FIRST_TAKEN "< 250 2.0.0 first\n! ENDED\n= end of DATA 250 2.0.0\n@ MAIL FROM\n"
#define SECOND_TAKEN "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n> second\nnothing\ndot\n> .\n< 250 2.0.0 second\n! ENDED\n= end of DATA 250 2.0.0\nnothing\n"

static const struct { const char *label, *script; } CASES[] = {
    {"everything offered: one write, all parameters",
     ALL "send\n> MAIL FROM:<r@a.test> SIZE=20 RET=HDRS ENVID=id+2B1\n> RCPT TO:<u@b.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;u@b.test\n> DATA\nnothing\n"
     "< 250 ok\n< 250 ok\n@ DATA\n< 354 go\n! WANTS_DOT\n@ body\n" BODY "nothing\n@ body\n" TAKEN "nothing\n"},
    {"nothing offered: one command a reply",
     BARE "send\n> MAIL FROM:<r@a.test>\nnothing\n@ MAIL FROM\n< 250 ok\n> RCPT TO:<u@b.test>\nnothing\n@ RCPT TO\n< 250 ok\n> DATA\n"
     "nothing\n< 354 go\n! WANTS_DOT\n" BODY "nothing\n" TAKEN "nothing\n"},
    {"keywords in any case", HELLO "< 250-mx\n< 250 pipelining\n! READY\n" PIPED_COMMANDS},
    {"a second transaction on the same line",
     PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY TAKEN PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY TAKEN},
    {"no EHLO there: HELO", HELLO "< 502 what?\n> HELO me.test\nnothing\n< 250 mx\n! READY\nsend\n> MAIL FROM:<r@a.test>\nnothing\n"},
    {"a second EHLO is minded: go on", HELLO "< 503 5.0.0 duplicate HELO/EHLO\n! READY\n"},
    {"… and what was offered the first time is", "was SMTPUTF8\n" HELLO "< 503 5.0.0 duplicate\n! READY\nsend to-utf8\n> MAIL FROM:<r@a.test> SMTPUTF8\n"},
    {"… unless it is offered anew, or HELO is said", "was SMTPUTF8\n" HELLO "< 500 what?\n> HELO me.test\n< 250 mx\n! READY\nsend to-utf8\nrefused 5.6.7\n"},
    {"HELO is minded too", HELLO "< 500 what?\n> HELO me.test\n< 503 duplicate\n! READY\n"},
    {"EHLO and HELO refused", HELLO "< 550 no\n> HELO me.test\n< 550 5.7.1 go away\n! BROKEN\n= EHLO 550 5.7.1\nnothing\n"},
    {"EHLO refused for now", HELLO "< 451 later\n! BROKEN\n= EHLO 451 -\n"},
    {"EHLO: 421", HELLO "< 421 4.3.2 busy\n! BROKEN\n= EHLO 421 4.3.2\nlost\nnothing\n"},
    {"EHLO: link lost", HELLO "lost\n! BROKEN\n= EHLO 0 -\n"},
    {"EHLO: no SMTP", HELLO "< * OK IMAP4 ready\n! BROKEN\n= EHLO 0 -\n"},

    {"sender refused, pipelined: no reset, no reconnect",
     PIPED PIPED_COMMANDS "< 550 5.1.8 who?\n< 503 need MAIL\n< 503 need RCPT\n! ENDED\n= MAIL FROM 550 5.1.8\n" PIPED_COMMANDS},
    {"sender refused, one by one",
     BARE "send\n> MAIL FROM:<r@a.test>\n< 451 4.1.8 later\n! ENDED\n= MAIL FROM 451 4.1.8\nsend\n> MAIL FROM:<r@a.test>\nnothing\n"},
    {"recipient refused, pipelined: RSET leads the next",
     PIPED PIPED_COMMANDS "< 250 ok\n< 550 5.1.1 unknown\n< 554 5.5.1 no valid recipients\n! ENDED\n= RCPT TO 550 5.1.1\nnothing\n"
     "send\n> RSET\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\n< 250 ok\n< 250 ok\n< 250 ok\n< 354 go\n! WANTS_DOT\n" BODY TAKEN
     PIPED_COMMANDS},
    {"recipient refused, one by one: RSET leads the next",
     BARE "send\n> MAIL FROM:<r@a.test>\n< 250 ok\n> RCPT TO:<u@b.test>\n< 452 4.2.2 full\n! ENDED\n= RCPT TO 452 4.2.2\n"
     "send\n> RSET\nnothing\n@ RSET\n< 250 ok\n> MAIL FROM:<r@a.test>\nnothing\n"},
    {"recipient refused, 354 all the same: a lone dot (RFC 2920)",
     PIPED PIPED_COMMANDS "< 250 ok\n< 550 5.1.1 unknown\n< 354 go on then\n> .\nnothing\n< 554 5.5.1 no recipients\n! ENDED\n"
     "= RCPT TO 550 5.1.1\n" PIPED_COMMANDS},
    {"… and 250 for the lone dot changes nothing",
     PIPED PIPED_COMMANDS "< 250 ok\n< 550 5.1.1 unknown\n< 354 go\n> .\n< 250 ok\n! ENDED\n= RCPT TO 550 5.1.1\n" PIPED_COMMANDS},
    {"… and a lost link neither", PIPED PIPED_COMMANDS "< 250 ok\n< 550 5.1.1 no\n< 354 go\n> .\nlost\n! BROKEN\n= RCPT TO 550 5.1.1\n"},
    {"sender refused, recipient and DATA taken: nothing may go out",
     PIPED PIPED_COMMANDS "< 550 5.7.1 no\n< 250 ok\n< 354 go\n! BROKEN\n= MAIL FROM 550 5.7.1\nnothing\n"},
    {"DATA refused: RSET leads the next",
     PIPED PIPED_COMMANDS "< 250 ok\n< 250 ok\n< 451 4.3.0 later\n! ENDED\n= DATA 451 4.3.0\nsend\n> RSET\n"},
    {"RSET refused", PIPED PIPED_COMMANDS "< 250 ok\n< 250 ok\n< 451 later\n! ENDED\nsend\n> RSET\n> MAIL FROM:<r@a.test>\n"
     "> RCPT TO:<u@b.test>\n> DATA\n< 500 what?\n! BROKEN\n= RSET 500 -\n"},
    {"dot refused for good", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
     "dot\n> .\n< 550 5.7.1 policy\n! ENDED\n= end of DATA 550 5.7.1\n" PIPED_COMMANDS},
    {"dot refused for now", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
     "dot\n> .\n< 451 4.7.1 grey\n! ENDED\n= end of DATA 451 4.7.1\n" PIPED_COMMANDS},

    {"421 to MAIL", PIPED PIPED_COMMANDS "< 421 4.7.0 slow down\n! BROKEN\n= MAIL FROM 421 4.7.0\n"},
    {"421 to RCPT", PIPED PIPED_COMMANDS "< 250 a\n< 421 4.7.0 slow down\n! BROKEN\n= RCPT TO 421 4.7.0\n"},
    {"421 to DATA", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 421 4.3.2 bye\n! BROKEN\n= DATA 421 4.3.2\n"},
    {"421 behind a refused recipient: the recipient's reply stands",
     PIPED PIPED_COMMANDS "< 250 a\n< 550 5.1.1 no\n< 421 bye\n! BROKEN\n= RCPT TO 550 5.1.1\n"},
    {"421 to the dot: refused, no doubt", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
     "dot\n> .\n< 421 4.3.2 bye\n! BROKEN\n= end of DATA 421 4.3.2\n"},
    {"421 while idle", PIPED "< 421 4.4.2 timeout\n! BROKEN\nnothing\n"},
    {"anything while idle is out of step", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY TAKEN "< 250 again\n! BROKEN\n"},

    {"lost at MAIL", PIPED PIPED_COMMANDS "lost\n! BROKEN\n= MAIL FROM 0 -\nnothing\n"},
    {"lost at RCPT", PIPED PIPED_COMMANDS "< 250 a\nlost\n! BROKEN\n= RCPT TO 0 -\n"},
    {"lost at DATA", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\nlost\n! BROKEN\n= DATA 0 -\n"},
    {"lost in the body", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY "lost\n! BROKEN\n= body 0 -\n"},
    {"lost with the dot still here: certainly not sent",
     PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY "dot\n@ body\nlost\n! BROKEN\n= body 0 -\n"},
    {"lost behind the dot: in doubt",
     PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY "dot\n> .\n@ end of DATA\nlost\n! BROKEN\n= end of DATA 0 -\n"},
    {"lost while idle", PIPED "lost\n! BROKEN\nnothing\n"},
    {"replies, then lost: replies first",
     PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY "dot\n> .\n< 250 2.0.0 ok\nlost\n! ENDED\n= end of DATA 250 2.0.0\n! BROKEN\nnothing\n"},
    {"a reply in the body", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
     "< 452 4.3.1 disk full\n! BROKEN\n= body 452 4.3.1\ndot\nnothing\n"},

    {"354 to MAIL is nonsense", PIPED PIPED_COMMANDS "< 354 go\n! BROKEN\n= MAIL FROM 0 -\n"},
    {"354 to RCPT is nonsense", PIPED PIPED_COMMANDS "< 250 a\n< 354 go\n! BROKEN\n= RCPT TO 0 -\n"},
    {"250 to DATA is nonsense", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 250 c\n! BROKEN\n= DATA 0 -\n"},
    {"221 to MAIL is nonsense", PIPED PIPED_COMMANDS "< 221 2.0.0 bye\n! BROKEN\n= MAIL FROM 0 -\n"},
    {"221 to the dot is nonsense, and a doubt", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
     "dot\n> .\n< 221 2.0.0 bye\n! BROKEN\n= end of DATA 0 -\n"},
    {"354 to the dot is nonsense, and a doubt", PIPED PIPED_COMMANDS "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY
     "dot\n> .\n< 354 go\n! BROKEN\n= end of DATA 0 -\n"},
    {"two codes in one reply", PIPED PIPED_COMMANDS "< 250-a\n< 550 b\n! BROKEN\n= MAIL FROM 0 -\n"},
    {"no reply at all", PIPED PIPED_COMMANDS "< lorem ipsum\n! BROKEN\n= MAIL FROM 0 -\n"},
    {"many lines a reply", PIPED PIPED_COMMANDS "< 250-a\n< 250-b\n< 250 c\n< 550-5.1.1 d\n< 550 5.1.1 e\n< 554-f\n< 554 g\n! ENDED\n= RCPT TO 550 5.1.1\n"},

    {"two in flight: both taken", BOTH FIRST_TAKEN SECOND_TAKEN},
    {"… the answers in one read",
     BOTH "< 250 2.0.0 first\n< 250 a\n< 250 b\n< 354 c\n! ENDED\n! WANTS_DOT\n> second\n@ body\ndot\n> .\n< 250 ok\n! ENDED\n= end of DATA 250 -\n"},
    {"… and a third behind the second",
     BOTH FIRST_TAKEN "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\ndot\nsend\n> second\n> .\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\n"
     "< 250 2.0.0 second\n! ENDED\n< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n" BODY TAKEN "nothing\n"},
    {"… the second given when the dot is out already", FIRST "dot\n> .\nnothing\nsend second\n" SECOND "nothing\n" FIRST_TAKEN SECOND_TAKEN},
    {"the dot is here: nothing is sent, whatever stands behind it", FIRST "dot\nsend second\n@ body\nlost\n! BROKEN\n= body 0 -\n"},
    {"… half of it is: neither", FIRST "dot\nsend second\nwrote 2\n@ body\nlost\n! BROKEN\n= body 0 -\n"},
    {"… all of it is out: in doubt", FIRST "dot\nsend second\nwrote 3\n@ end of DATA\nlost\n! BROKEN\n= end of DATA 0 -\n"},
    {"a reply before the whole dot is out", FIRST "dot\nsend second\nwrote 2\n< 452 4.3.1 full\n! BROKEN\n= body 452 4.3.1\n"},
    {"no third in flight", BOTH "send\nrefused \nnothing\n" FIRST_TAKEN SECOND_TAKEN},
    {"no second before the dot is let go", FIRST "send second\nrefused \nnothing\ndot\n> .\nnothing\n"},
    {"no second where the server does not pipeline",
     BARE "send\n> MAIL FROM:<r@a.test>\n< 250 ok\n> RCPT TO:<u@b.test>\n< 250 ok\n> DATA\n< 354 go\n! WANTS_DOT\n" BODY "dot\nsend second\nrefused \n> .\nnothing\n"},
    {"no second behind a lone dot",
     PIPED PIPED_COMMANDS "< 250 ok\n< 550 5.1.1 no\n< 354 go\n> .\nsend second\nnothing\n< 554 5.5.1 no\n! ENDED\n= RCPT TO 550 5.1.1\nsend second\n" SECOND},
    {"an unfit second hurts nobody", FIRST "dot\nsend to-utf8\nrefused 5.6.7\n> .\nnothing\n< 250 2.0.0 first\n! ENDED\n= end of DATA 250 2.0.0\n" PIPED_COMMANDS},
    {"no QUIT while two are in flight", BOTH "quit\nnothing\n" FIRST_TAKEN "quit\nnothing\n"},
    {"the second is taken back before it leaves", FIRST "dot\nsend second\nunsend yes\nunsend no\n> .\nnothing\n< 250 2.0.0 ok\n! ENDED\n" PIPED_COMMANDS},
    {"… when only the dot has left", FIRST "dot\nsend second\n> .\nunsend yes\nnothing\n< 250 2.0.0 ok\n! ENDED\nnothing\n" PIPED_COMMANDS},
    {"… never when a byte of it has", FIRST "dot\nsend second\n> .\nwrote 1\nunsend no\n"},
    {"… nor the current one", FIRST "unsend no\ndot\nunsend no\n> .\nunsend no\n"},
    {"the second refused: RSET leads the third",
     BOTH FIRST_TAKEN "< 250 a\n< 550 5.1.1 no\n< 554 none\n! ENDED\n= RCPT TO 550 5.1.1\nnothing\nsend\n> RSET\n> MAIL FROM:<r@a.test>\n"},
    {"the second refused, 354 all the same", BOTH FIRST_TAKEN "< 250 a\n< 550 5.1.1 no\n< 354 go\n> .\n< 554 no\n! ENDED\n= RCPT TO 550 5.1.1\n" PIPED_COMMANDS},
    {"the second's sender refused, its recipient and DATA taken: nothing may go out",
     BOTH FIRST_TAKEN "< 550 5.7.1 no\n< 250 b\n< 354 c\n! BROKEN\n= MAIL FROM 550 5.7.1\nnothing\n"},

    {"QUIT", PIPED "quit\n> QUIT\n@ QUIT\n< 221 bye\n! BROKEN\nnothing\n"},
    {"QUIT and lost", PIPED "quit\n> QUIT\nlost\n! BROKEN\nnothing\n"},
    {"no QUIT in a transaction", PIPED "send\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\nquit\nnothing\n"},
    {"no dot before 354", PIPED "send\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\ndot\nnothing\n"},

    {"dots are doubled", PIPED "send dots\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\n< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n"
     "> ..\n> ..a\n> b.\n> ...\n> ..\n" TAKEN},
    {"a message without a last line end", PIPED "send open\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\n"
     "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\ndot\n> Subject: x\n> \n> text\n> .\n< 250 ok\n! ENDED\n"},
    {"an empty message", PIPED "send empty\n> MAIL FROM:<r@a.test>\n> RCPT TO:<u@b.test>\n> DATA\n"
     "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\nnothing\n" TAKEN},
    {"bare CR", PIPED "send cr\nrefused 5.6.0\n" PIPED_COMMANDS},
    {"bare LF", PIPED "send lf\nrefused 5.6.0\n" PIPED_COMMANDS},
    {"LF first", PIPED "send lf-first\nrefused 5.6.0\n" PIPED_COMMANDS},
    {"CR last", PIPED "send cr-last\nrefused 5.6.0\n" PIPED_COMMANDS},
    {"NUL", PIPED "send nul\nrefused 5.6.0\n" PIPED_COMMANDS},
    {"larger than the server takes", ALL "send large\nrefused 5.3.4\nnothing\n"},
    {"recipient with CR LF", PIPED "send to-crlf\nrefused 5.1.3\n" PIPED_COMMANDS},
    {"recipient with >", PIPED "send to-angle\nrefused 5.1.3\n" PIPED_COMMANDS},
    {"recipient with a space", PIPED "send to-space\nrefused 5.1.3\n" PIPED_COMMANDS},
    {"recipient empty", PIPED "send to-empty\nrefused 5.1.3\n" PIPED_COMMANDS},
    {"return path with LF", PIPED "send from-lf\nrefused 5.1.7\n" PIPED_COMMANDS},
    {"accents, no SMTPUTF8", PIPED "send to-utf8\nrefused 5.6.7\n" PIPED_COMMANDS},
    {"accents, broken UTF-8", PIPED "send to-latin\nrefused 5.1.3\n" PIPED_COMMANDS},
    {"accents, SMTPUTF8", HELLO "< 250-mx\n< 250 SMTPUTF8\n! READY\nsend to-utf8\n> MAIL FROM:<r@a.test> SMTPUTF8\n< 250 a\n> RCPT TO:<ma\303\256rie@b.test>\n"},
    {"accents, SMTPUTF8 and DSN: the original recipient in UTF-8 (RFC 6533)",
     HELLO "< 250-mx\n< 250-DSN\n< 250 SMTPUTF8\n! READY\nsend to-utf8-plus\n> MAIL FROM:<r@a.test> SMTPUTF8 RET=HDRS\n< 250 a\n"
     "> RCPT TO:<ma\303\256rie+x=\\y@b.test> NOTIFY=FAILURE,DELAY ORCPT=utf-8;ma\303\256rie\\x{2B}x\\x{3D}\\x{5C}y@b.test\n"},
    {"SMTPUTF8 offered, no accents: not asked for", HELLO "< 250-mx\n< 250 SMTPUTF8\n! READY\nsend\n> MAIL FROM:<r@a.test>\n"},
    {"original recipient in xtext (RFC 3461)", HELLO "< 250-mx\n< 250 DSN\n! READY\nsend to-plus\n> MAIL FROM:<r@a.test> RET=HDRS\n< 250 a\n"
     "> RCPT TO:<u+x=y@b.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;u+2Bx+3Dy@b.test\n"},
    {"original recipient too long in xtext is left out", HELLO "< 250-mx\n< 250 DSN\n! READY\nsend to-pluses\n> MAIL FROM:<r@a.test> RET=HDRS\n"
     "< 250 a\n> RCPT TO:<" PLUSES "@b.test> NOTIFY=FAILURE,DELAY\n"},
    {"envelope id too long is left out", HELLO "< 250-mx\n< 250 DSN\n! READY\nsend long-id\n> MAIL FROM:<r@a.test> RET=HDRS\n"},
};

static const struct { const char *word; struct smtp_envelope envelope; } ENVELOPES[] = {
#define ENVELOPE(from, to, id, message) {from, to, id, message, sizeof(message) - 1}
    {"", ENVELOPE("r@a.test", "u@b.test", "id+1", "Subject: x\r\n\r\ntext\r\n")},
    {"dots", ENVELOPE("r@a.test", "u@b.test", "", ".\r\n.a\r\nb.\r\n..\r\n.\r\n")},
    {"open", ENVELOPE("r@a.test", "u@b.test", "", "Subject: x\r\n\r\ntext")},
    {"empty", ENVELOPE("r@a.test", "u@b.test", "", "")},
    {"cr", ENVELOPE("r@a.test", "u@b.test", "", "Subject: long enough\rx\r\n")},
    {"lf", ENVELOPE("r@a.test", "u@b.test", "", "Subject: x\r\n\r\ntext\n.\r\nMAIL FROM:<x@y.test>\r\n")},
    {"lf-first", ENVELOPE("r@a.test", "u@b.test", "", "\nSubject: x\r\n")},
    {"cr-last", ENVELOPE("r@a.test", "u@b.test", "", "Subject: x\r")},
    {"nul", ENVELOPE("r@a.test", "u@b.test", "", "Subject: x\0y\r\n")},
    {"large", {"r@a.test", "u@b.test", "", "x", 1001}}, /* judged before it is read */
    {"to-crlf", ENVELOPE("r@a.test", "u@b.test>\r\nRCPT TO:<v@b.test", "", "x\r\n")},
    {"to-angle", ENVELOPE("r@a.test", "u@b.test> NOTIFY=NEVER <", "", "x\r\n")},
    {"to-space", ENVELOPE("r@a.test", "u @b.test", "", "x\r\n")},
    {"to-empty", ENVELOPE("r@a.test", "", "", "x\r\n")},
    {"to-utf8", ENVELOPE("r@a.test", "ma\303\256rie@b.test", "", "x\r\n")},
    {"to-latin", ENVELOPE("r@a.test", "ma\356rie@b.test", "", "x\r\n")},
    {"to-plus", ENVELOPE("r@a.test", "u+x=y@b.test", "", "x\r\n")},
    {"to-pluses", ENVELOPE("r@a.test", PLUSES "@b.test", "", "x\r\n")},
    {"to-utf8-plus", ENVELOPE("r@a.test", "ma\303\256rie+x=\\y@b.test", "", "x\r\n")},
    {"second", ENVELOPE("r@a.test", "v@b.test", "", "second\r\n")},
    {"from-lf", ENVELOPE("r@a.test\n", "u@b.test", "", "x\r\n")},
    {"long-id", ENVELOPE("r@a.test", "u@b.test", "0123456789012345678901234567890123456789012345678901234567890123456789"
                         "01234567890123456789012345678901", "x\r\n")},
};
static const char *const EVENT[] = {"NOTHING", "READY", "WANTS_DOT", "ENDED", "BROKEN"};

struct play {
    struct smtp_dialogue *dialogue;
    bool byte_by_byte, lost;
    struct buf said; /* by the server, not fed yet */
    enum smtp_event events[64];
    size_t event_count, event_next;
    bool sent;
    char wrong[300];
};

static void collect(struct play *play) {
    for (enum smtp_event event; (event = smtp_dialogue_event(play->dialogue)) != SMTP_NOTHING;)
        if (play->event_count < COUNT(play->events)) play->events[play->event_count++] = event;
}

static void feed(struct play *play) {
    size_t step = play->byte_by_byte ? 1 : play->said.length;
    for (size_t at = 0; at < play->said.length; at += step) {
        smtp_dialogue_feed(play->dialogue, play->said.bytes + at, step);
        collect(play);
    }
    buf_clear(&play->said);
    if (play->lost) smtp_dialogue_feed(play->dialogue, NULL, 0);
    play->lost = false;
    collect(play);
}

static void wrong(struct play *play, const char *line, const char *got) {
    if (!*play->wrong) snprintf(play->wrong, sizeof play->wrong, "at «%.100s»: got «%.150s»", line, got);
}

static void expect_output(struct play *play, const char *line) {
    size_t length, want = strlen(line);
    const char *out = smtp_dialogue_output(play->dialogue, &length);
    char got[152];
    snprintf(got, sizeof got, "%.*s", (int)(length < 150 ? length : 150), out);
    bool good = length >= want + 2 && !memcmp(out, line, want) && out[want] == '\r' && out[want + 1] == '\n';
    if (!good) return wrong(play, line, got);
    smtp_dialogue_wrote(play->dialogue, want + 2);
}

static void expect_nothing(struct play *play) {
    size_t length;
    smtp_dialogue_output(play->dialogue, &length);
    if (length) wrong(play, "nothing", "output");
    if (play->event_next < play->event_count) wrong(play, "nothing", EVENT[play->events[play->event_next]]);
}

static void expect_event(struct play *play, const char *name) {
    const char *got = play->event_next < play->event_count ? EVENT[play->events[play->event_next++]] : "no event";
    if (strcmp(got, name)) wrong(play, name, got);
}

static void expect_result(struct play *play, const char *want) {
    const struct smtp_result *result = smtp_dialogue_result(play->dialogue);
    char got[120];
    snprintf(got, sizeof got, "%s %d %s", SMTP_PHASE[result->phase], result->reply.code, *result->reply.enhanced ? result->reply.enhanced : "-");
    if (strcmp(got, want)) wrong(play, want, got);
}

static void send_word(struct play *play, const char *word) {
    for (size_t i = 0; i < COUNT(ENVELOPES); i++)
        if (!strcmp(ENVELOPES[i].word, word)) play->sent = smtp_dialogue_send(play->dialogue, &ENVELOPES[i].envelope);
}

static void act(struct play *play, const char *line) {
    if (*line == '<') return buf_add_format(&play->said, "%s\r\n", line + 2);
    if (!strcmp(line, "lost")) return (void)(play->lost = true);
    feed(play);
    if (*line == '>') return expect_output(play, line + 2);
    if (*line == '!') return expect_event(play, line + 2);
    if (*line == '=') return expect_result(play, line + 2);
    if (!strcmp(line, "nothing")) return expect_nothing(play);
    if (!strncmp(line, "send", 4)) return send_word(play, line[4] ? line + 5 : "");
    if (!strcmp(line, "dot")) return smtp_dialogue_dot(play->dialogue);
    if (!strcmp(line, "quit")) return smtp_dialogue_quit(play->dialogue);
    if (!strncmp(line, "wrote ", 6)) return smtp_dialogue_wrote(play->dialogue, (size_t)atoi(line + 6));
    if (!strncmp(line, "was ", 4)) {
        char answer[400];
        snprintf(answer, sizeof answer, "250-mx\r\n250 %s\r\n", line + 4);
        return smtp_dialogue_offered(play->dialogue, answer, strlen(answer));
    }
    if (!strncmp(line, "unsend ", 7)) {
        bool done = smtp_dialogue_unsend(play->dialogue);
        return done == !strcmp(line + 7, "yes") ? (void)0 : wrong(play, line, done ? "yes" : "no");
    }
    if (*line == '@') {
        const char *at = SMTP_PHASE[smtp_dialogue_phase(play->dialogue)];
        if (strcmp(at, line + 2)) wrong(play, line, at);
        return;
    }
    if (strncmp(line, "refused ", 8)) return wrong(play, line, "an act nobody knows");
    const struct smtp_result *result = smtp_dialogue_result(play->dialogue);
    if (play->sent || result->reply.code || strcmp(result->reply.enhanced, line + 8)) wrong(play, line, result->reply.enhanced);
}

static void check_script(const char *label, const char *script, bool byte_by_byte) {
    struct play play = {.dialogue = smtp_dialogue_open("me.test"), .byte_by_byte = byte_by_byte, .said.ceiling = 100000};
    for (const char *line = script; *line;) {
        char one[300];
        size_t length = strcspn(line, "\n");
        snprintf(one, sizeof one, "%.*s", (int)length, line);
        act(&play, one);
        line += length + (line[length] == '\n');
    }
    feed(&play);
    if (play.event_next < play.event_count) wrong(&play, "the end", EVENT[play.events[play.event_next]]);
    if (!CHECK(label, !*play.wrong)) printf("# %s%s\n", byte_by_byte ? "byte by byte: " : "", play.wrong);
    smtp_dialogue_close(play.dialogue);
    buf_release(&play.said);
}

/* -- two in flight, each reply by each kind ----------------------------------------------------------------- */
/* What comes before the reply, what the kinds make of it, and what the server would say to the rest of the pipeline. */
enum { TAKES, LATER, NEVER, BYE, GARBAGE, LOST, KINDS };
static const char *const KIND[KINDS] = {"2yz", "4yz", "5yz", "421", "garbage", "lost"};
static const char *const SAID[KINDS] = {"< 250 2.0.0 ok\n", "< 451 4.3.0 later\n", "< 550 5.7.1 no\n", "< 421 4.3.2 bye\n", "< lorem ipsum\n", "lost\n"};
#define BROKEN_AT(phase) [BYE] = "! BROKEN\n= " phase " 421 4.3.2\nnothing\n", [GARBAGE] = "! BROKEN\n= " phase " 0 -\nnothing\n", \
                         [LOST] = "! BROKEN\n= " phase " 0 -\nnothing\n"
#define REFUSED_AT(phase, rest) [LATER] = rest "! ENDED\n= " phase " 451 4.3.0\nnothing\n", [NEVER] = rest "! ENDED\n= " phase " 550 5.7.1\nnothing\n"
static const struct { const char *where, *before, *then[KINDS]; } PLACES[] = {
    {"the first dot", BOTH, {[TAKES] = "! ENDED\n= end of DATA 250 2.0.0\n" SECOND_TAKEN,
                             [LATER] = "! ENDED\n= end of DATA 451 4.3.0\n@ MAIL FROM\n" SECOND_TAKEN,
                             [NEVER] = "! ENDED\n= end of DATA 550 5.7.1\n@ MAIL FROM\n" SECOND_TAKEN, BROKEN_AT("end of DATA")}},
    {"the second MAIL", BOTH FIRST_TAKEN, {[TAKES] = "@ RCPT TO\n< 250 b\n< 354 c\n! WANTS_DOT\n> second\nnothing\n",
                                           REFUSED_AT("MAIL FROM", "< 503 b\n< 503 c\n"), BROKEN_AT("MAIL FROM")}},
    {"the second RCPT", BOTH FIRST_TAKEN "< 250 a\n", {[TAKES] = "@ DATA\n< 354 c\n! WANTS_DOT\n> second\nnothing\n",
                                                        REFUSED_AT("RCPT TO", "< 554 c\n"), BROKEN_AT("RCPT TO")}},
    {"the second DATA", BOTH FIRST_TAKEN "< 250 a\n< 250 b\n", {[TAKES] = "! BROKEN\n= DATA 0 -\nnothing\n", REFUSED_AT("DATA", ""), BROKEN_AT("DATA")}},
    {"the second dot", BOTH FIRST_TAKEN "< 250 a\n< 250 b\n< 354 c\n! WANTS_DOT\n> second\ndot\n> .\n",
     {[TAKES] = "! ENDED\n= end of DATA 250 2.0.0\nnothing\n", REFUSED_AT("end of DATA", ""), BROKEN_AT("end of DATA")}},
};

static void check_places(void) {
    for (size_t i = 0; i < COUNT(PLACES); i++)
        for (int kind = 0; kind < KINDS; kind++) {
            AUTO_BUF script = BUF_INIT(10000), label = BUF_INIT(100);
            buf_add_format(&script, "%s%s%s", PLACES[i].before, SAID[kind], PLACES[i].then[kind]);
            buf_add_format(&label, "two in flight: %s to %s", KIND[kind], PLACES[i].where);
            check_script(buf_text(&label), buf_text(&script), false);
            check_script(buf_text(&label), buf_text(&script), true);
        }
}

/* -- wherever the network cuts -------------------------------------------------------------------------------- */
/* A dialogue whose first dot and second commands are out. */
static struct smtp_dialogue *both_out(void) {
    struct smtp_dialogue *d = smtp_dialogue_open("me.test");
    static const struct smtp_envelope ENVELOPE_1 = {"r@a.test", "u@b.test", "", "x\r\n", 3};
    smtp_dialogue_feed(d, "250-a\r\n250 PIPELINING\r\n", 23);
    bool good = smtp_dialogue_event(d) == SMTP_READY && smtp_dialogue_send(d, &ENVELOPE_1);
    smtp_dialogue_feed(d, "250 a\r\n250 b\r\n354 c\r\n", 21);
    good = good && smtp_dialogue_event(d) == SMTP_WANTS_DOT;
    smtp_dialogue_dot(d);
    good = good && smtp_dialogue_send(d, &ENVELOPE_1);
    size_t length;
    smtp_dialogue_output(d, &length);
    smtp_dialogue_wrote(d, length);
    if (!good) CHECK("two are in flight", false);
    return d;
}

static void trace(struct smtp_dialogue *d, struct buf *out) {
    for (enum smtp_event event; (event = smtp_dialogue_event(d)) != SMTP_NOTHING;) {
        const struct smtp_result *result = smtp_dialogue_result(d);
        buf_add_format(out, "%s", EVENT[event]);
        if (event != SMTP_WANTS_DOT)
            buf_add_format(out, " %s %d %s %s", SMTP_PHASE[result->phase], result->reply.code, result->reply.enhanced, result->reply.text);
        buf_add_char(out, '\n');
    }
}

#define SAYS(text) {text, sizeof(text) - 1}
static void check_cuts(void) {
    static const struct { const char *bytes; size_t length; } REPLIES[] = {
        SAYS("250 2.0.0 first\r\n250 a\r\n250 b\r\n354 c\r\n"),
        SAYS("250-2.0.0 fi\r\n250-2.0.0 r\r\n250 2.0.0 st\r\n250-a\r\n250 a\r\n250-\r\n250 b\r\n354-c\r\n354\r\n"),
        SAYS("250 ok\r\n250 a\r\n550-5.1.1 <u@b.test>\r\n550 5.1.1 unknown\r\n554 none\r\n"),
        SAYS("451 4.3.0 later\r\n550 5.7.1 no\r\n503 b\r\n503 c\r\n"),
        SAYS("250 ok\n250 a\n250 b\n354 c\n"),
        SAYS("250 ok\r\n421-4.3.2 bye\r\n421 4.3.2 now\r\n"),
        SAYS("250 ok\r\n250-a\r\n251 b\r\n"),
        SAYS("250 \303\251t\303\251 \377\000\r\n250 a\r\n250 b\r\n354 c\r\n")};
    for (size_t i = 0; i < COUNT(REPLIES); i++) {
        size_t length = REPLIES[i].length, bad = 0;
        AUTO_BUF whole = BUF_INIT(10000);
        AUTO(smtp_dialogue) at_once = both_out();
        smtp_dialogue_feed(at_once, REPLIES[i].bytes, length);
        trace(at_once, &whole);
        for (size_t cut = 1; cut < length; cut++) {
            AUTO_BUF pieces = BUF_INIT(10000);
            AUTO(smtp_dialogue) cut_up = both_out();
            smtp_dialogue_feed(cut_up, REPLIES[i].bytes, cut);
            trace(cut_up, &pieces);
            smtp_dialogue_feed(cut_up, REPLIES[i].bytes + cut, length - cut);
            trace(cut_up, &pieces);
            bad += strcmp(buf_text(&whole), buf_text(&pieces)) != 0;
        }
        CHECK_INT("cut at every byte: the same events", bad, 0);
        CHECK("… and there are two", strchr(buf_text(&whole), '\n') != strrchr(buf_text(&whole), '\n'));
    }
}

/* A long message: dots only where a line begins, whatever the place of the line in an eight-byte word. */
static void check_stuffing(void) {
    bool good = true;
    for (size_t pad = 0; pad < 24; pad++) {
        AUTO_BUF message = BUF_INIT(10000);
        for (size_t i = 0; i < pad; i++) buf_add_char(&message, 'x');
        buf_add_text(&message, "\r\n.first\r\n\t.no\r\n..\r\nlong line with . and .. but none begins it.\r\n.\r\n");
        AUTO(smtp_dialogue) d = smtp_dialogue_open("me.test");
        size_t length;
        smtp_dialogue_feed(d, "250-a\r\n250 PIPELINING\r\n", 23);
        good = good && smtp_dialogue_event(d) == SMTP_READY &&
               smtp_dialogue_send(d, &(struct smtp_envelope){"r@a.test", "u@b.test", "", message.bytes, message.length});
        smtp_dialogue_output(d, &length);
        smtp_dialogue_wrote(d, length);
        smtp_dialogue_feed(d, "250 a\r\n250 b\r\n354 c\r\n", 21);
        good = good && smtp_dialogue_event(d) == SMTP_WANTS_DOT;
        const char *out = smtp_dialogue_output(d, &length);
        good = good && length == message.length + 3 && strstr(out, "\r\n..first\r\n\t.no\r\n...\r\nlong") && !strcmp(out + length - 9, "it.\r\n..\r\n");
    }
    CHECK("dots doubled at every alignment", good);
}

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        check_script(CASES[i].label, CASES[i].script, false);
        check_script(CASES[i].label, CASES[i].script, true);
    }
    check_places();
    check_cuts();
    check_stuffing();
    return tap_end();
}
