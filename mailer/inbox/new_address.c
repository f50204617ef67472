/* Each address of the text becomes a word of its own, so that tables of phrases can name it. */
#include "mailer/inbox/new_address.h"

#include <stdlib.h>

#include "base/text.h"
#include "mailer/inbox/address_scan.h"
#include "mailer/inbox/phrases.h"

/* What stands for address number NN: "zzNN"; in the tables "zz~". */
#define MARK "zz"

/* The last word is the new address. */
static const char *const DIRECT[] = {
    "devient|deviendra|remplacee|remplace|remplaces [desormais] [par] [l|la|le] [adresse|mail|suivante|suivant] " MARK "~",
    "nouvelle|nouvel|new adresse|adresses|mail|mel|courriel|email|messagerie|address|mailbox|e|electronique * * " MARK "~",
    "nouveau|nouveaux mail|mel|courriel|email|adresse|contact|contacts|e * * " MARK "~",
    "nouvelles coordonnees * * " MARK "~",
    "desormais|dorenavant|maintenant * ecri~|utilis~|adress~|joi~|contact~|envo~|transmett~|repond~|faire|est|sera|a|sur|l * * " MARK "~",
    "ecri~|utilis~|adress~|joi~|contact~|envo~|transmett~|repond~|faire * desormais|dorenavant|maintenant|plutot * * " MARK "~",
    "plus * cette|l|mon adresse|boite|ancienne|messagerie * mais * * " MARK "~",
    "a|au lieu|place de " MARK "~ * " MARK "~",
    "use|write|contact|email|mail|send|reach [to] [me|us] [at|to] " MARK "~ instead|now",
    "instead|now|henceforth * * " MARK "~",
    "moved|changed to [the] [new] [address] " MARK "~",
    "mettre|mettez|remplacer|remplacez|modifier|modifiez|corriger|corrigez|update|change * adresse|address|coordonnees|fichier|contact|contacts|carnet|liste|listes|records * par|est|to|with|avec|comme|suit|suivante " MARK "~",
    "remplacer|remplacez|modifier|modifiez|changer|replace " MARK "~ * par|en|to|with|by " MARK "~",
    "bonne|correcte|right|correct adresse|address * * " MARK "~",
    "noter|prendre note * adresse|mail|courriel * * est|sera|suivante " MARK "~",
};
/* Says that an address, or whoever had it, is no more: the next one named is the new one. */
static const char *const GIVEN_UP[] = {
    "n est|sera plus utilis~|valide|valable|activ~|actif|en|consult~|relev~|operationnel~|attribue~|fonctionnel~|disponible|lu|lue|surveille~|suivi|suivie|usage|d",
    "n existe|existera plus",
    "ne fonctionne|fonctionnera|marche plus",
    "adresse|boite|messagerie|mail|courriel|bal|compte * desactive~|ferme|fermee|supprime|supprimee|obsolete|abandonne~|caduque|close|perimee|migree",
    "ne * plus utiliser|ecrire|envoyer|utilisez|ecrivez * adresse|boite",
    "plus * a cette adresse",
    "changement d adresse|adresses|email|mail|nom",
    "change|changes|changee|changeons|changent * d adresse|domaine|messagerie|nom",
    "adresse|courriel|mail|messagerie|email|domaine * [a] change|changee|modifie|modifiee|evolue",
    "no longer in|monitored|active|used|valid|checked|exists|available|read",
    "not [being] monitored|used|checked anymore",
    "address|mailbox|email|inbox * closed|discontinued|retired|changed|disabled|deactivated",
    "a|ayant|avons|ont quitte",
    "ne travaille|travaillera|fait|exerce|gere|s|suis|represente plus",
    "n exerce|occupe|assure|est plus [en|dans|a] [la] poste|fonction|fonctions|mairie|collectivite|service|secretaire|maire|effectifs|ce",
    "left [the|our] company|organisation|organization|office|council|service",
    "no longer work~|employed|with",
    "fusionn~|commune nouvelle",
};
/* From there on, in that sentence or the next ones. */
static const char *const WRITE_TO[] = {
    "ecri~|utilis~|adress~|joi~|contact~|envo~|transmett~|transmise|redirig~|reexpedi~|repond~|merci|veuillez|priere|rapproch~|use|contact|write|send|forward|email|mail|direct|directed|reach * * " MARK "~",
    "a|sur|par|vers|to|at|est|suivante|adresse|remplace|remplacee|transferee|interlocuteur|interlocutrice|successeur * " MARK "~",
    "^ [a|sur] " MARK "~",
};
static const char *const STANDS_IN[] = {"en|durant|pendant|d * absence|conges|conge|vacances", "urgen~", "jusqu au|a", "en attendant", "interim", "my|our|his|her absence", "while|during|until", "temporair~|provisoire~|momentane~"};
/* Its owner says what follows is no longer it. */
static const char *const OLD_ONE[] = {"ancienne|ancien|precedente|old|former [adresse|address|mail|courriel] [etait|mail|email|electronique] $", "plus [nous|m|me|rien] utiliser|ecrire|envoyer|contacter [a|sur|l|cette] [l] [adresse] $"};

struct addresses {
    char all[NEW_ADDRESSES][ADDRESS_TEXT];
    size_t count;
};

/* text with " zzNN " where its addresses were. */
static void mark_addresses(const char *text, size_t length, struct addresses *addresses, struct buf *out) {
    const char *at = text, *end = text + length;
    struct found_address found;
    for (const char *next; at < end && addresses->count < NEW_ADDRESSES; at = next) {
        next = address_scan(at, end, &found);
        if (!found.start) break;
        buf_add(out, at, (size_t)(found.start - at));
        if (address_canonical(found.start, found.length, addresses->all[addresses->count]))
            buf_add_format(out, " " MARK "%02zu ", addresses->count++);
    }
    buf_add(out, at, (size_t)(end - at));
}

/* The address named by the word that ends at end. */
static const char *named(const struct addresses *addresses, const char *end) {
    const char *word = end - 4;
    if (strncmp(word, MARK, 2) || word[2] < '0' || word[2] > '9' || word[3] < '0' || word[3] > '9') return NULL;
    size_t i = (size_t)((word[2] - '0') * 10 + word[3] - '0');
    return i < addresses->count ? addresses->all[i] : NULL;
}

static bool is_old(const char *sentence, const char *end) {
    char before[PHRASES_SENTENCE];
    size_t length = (size_t)(end - 4 - sentence);
    if (length >= sizeof before) return true;
    memcpy(before, sentence, length);
    before[length] = '\0';
    return phrases_in(before, OLD_ONE, COUNT(OLD_ONE));
}

static const char *by_phrases(const char *sentence, const char *const *patterns, size_t count, const struct addresses *addresses, const char *to) {
    for (size_t i = 0; i < count; i++) {
        const char *end;
        if (!phrase_find(sentence, patterns[i], &end)) continue;
        /* "use … instead": the mark is the word before the last. */
        const char *address = named(addresses, end);
        for (const char *back = end; !address && back > sentence + 5; back--)
            if (*back == ' ') address = named(addresses, back);
        if (address && !is_old(sentence, end) && !text_find_nocase(to, address)) return address;
    }
    return NULL;
}

static size_t last_given_up(const char *sentence) {
    size_t last = 0;
    for (size_t i = 0; i < COUNT(GIVEN_UP); i++) {
        const char *end;
        if (phrase_find(sentence, GIVEN_UP[i], &end) && (size_t)(end - sentence) > last) last = (size_t)(end - sentence);
    }
    return last;
}

bool new_address_find(const char *text, size_t length, const char *to, char out[ADDRESS_TEXT]) {
    enum { SENTENCES_BEHIND = 3 };
    AUTO_BUF marked = BUF_INIT(PHRASES_TEXT * 2);
    AUTO_MEM struct addresses *addresses = mem_new(1, sizeof *addresses);
    AUTO_SENTENCES sentences = SENTENCES_INIT;
    *out = '\0';
    mark_addresses(text, length < PHRASES_TEXT ? length : PHRASES_TEXT, addresses, &marked);
    if (!addresses->count) return false;
    sentences_add(&sentences, buf_text(&marked), marked.length);
    size_t given_up = 0; /* so many sentences more may name the new one */
    for (size_t i = 0; i < sentences.count && !*out; i++) {
        const char *sentence = sentence_at(&sentences, i), *found = by_phrases(sentence, DIRECT, COUNT(DIRECT), addresses, to);
        size_t behind = last_given_up(sentence);
        if (behind) given_up = SENTENCES_BEHIND;
        if (!found && given_up && !phrases_in(sentence + behind, STANDS_IN, COUNT(STANDS_IN)))
            found = by_phrases(sentence + behind, WRITE_TO, COUNT(WRITE_TO), addresses, to);
        if (given_up) given_up--;
        if (found) memcpy(out, found, ADDRESS_TEXT);
    }
    return *out;
}
