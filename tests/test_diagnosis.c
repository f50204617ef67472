/* Whom of a report's recipients our dispatch is about, and whether its address is dead. */
#include <string.h>

#include "mailer/inbox/rules.h"
#include "tests/tap.h"

struct told { const char *address, *status; bool dead; };

static const struct {
    const char *label;
    struct told told[3];
    bool suppress, own, dead;
    const char *recipient; /* NULL = none */
} CASES[] = {
    {"ours is dead", {{"mairie@a.example", "5.1.1", true}}, true, true, true, "mairie@a.example"},
    {"ours is full", {{"mairie@a.example", "5.2.2", false}}, false, true, false, "mairie@a.example"},
    {"in other letters", {{"Mairie@A.example", "5.1.1", true}}, true, true, true, "Mairie@A.example"},
    {"under its server's name", {{"mairie@mail.a.example", "5.1.1", true}}, true, true, true, "mairie@mail.a.example"},
    {"a name that only ends alike", {{"mairie@xa.example", "5.1.1", true}}, true, false, false, "mairie@xa.example"},
    {"another mailbox there", {{"maire@a.example", "5.1.1", true}}, true, false, false, "maire@a.example"},
    {"where ours is forwarded to", {{"jean@b.example", "5.1.1", true}}, true, false, false, "jean@b.example"},
    {"ours arrived, the other did not", {{"mairie@a.example", "2.0.0", false}, {"jean@b.example", "5.1.1", true}}, true, false, false, "jean@b.example"},
    {"the other is dead, ours is full", {{"jean@b.example", "5.1.1", true}, {"mairie@a.example", "5.2.2", false}}, true, true, false, "mairie@a.example"},
    {"all arrived", {{"jean@b.example", "2.0.0", false}}, false, true, false, "jean@b.example"},
    {"nobody is named, and dead", {{NULL, "", false}}, true, true, true, NULL},
    {"nobody is named", {{NULL, "", false}}, false, true, false, NULL},
    {"no address at all", {{"mairie", "5.1.1", true}}, true, false, false, "mairie"},
};

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        static struct inbound_facts facts;
        facts = (struct inbound_facts){.kind = INBOUND_HARD, .suppress = CASES[i].suppress};
        for (size_t k = 0; k < COUNT(CASES[i].told) && CASES[i].told[k].address; k++) {
            struct inbound_recipient *one = &facts.recipients[facts.recipient_count++];
            *one = (struct inbound_recipient){.address = text_dup(CASES[i].told[k].address), .diagnostic = text_dup(""), .dead = CASES[i].told[k].dead};
            memcpy(one->status, CASES[i].told[k].status, strlen(CASES[i].told[k].status) + 1);
        }
        struct diagnosis diagnosis = diagnosis_of(&facts, "mairie@a.example");
        CHECK_INT(CASES[i].label, diagnosis.own * 2 + diagnosis.dead, CASES[i].own * 2 + CASES[i].dead);
        CHECK_TEXT(CASES[i].label, diagnosis.recipient ? diagnosis.recipient->address : "", CASES[i].recipient ? CASES[i].recipient : "");
        inbound_facts_release(&facts);
    }
    return tap_end();
}
