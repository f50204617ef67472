/* "Write there from now on", and what only sounds like it. */
#include <stdlib.h>

#include "mailer/inbox/new_address.h"
#include "tests/tap.h"

#define NEW "accueil@nouvelle.example"
#define OLD "mairie@ancienne.example"
static const struct {
    const char *text, *want;
} CASES[] = {
    {"Ma nouvelle adresse est " NEW ".", NEW},
    {"Ma nouvelle adresse mail est désormais la suivante : " NEW, NEW},
    {"Notre nouvelle adresse électronique : <" NEW ">", NEW},
    {"Veuillez noter notre nouvelle adresse de messagerie : " NEW " et supprimer l'ancienne.", NEW},
    {"Nouveau courriel : " NEW, NEW},
    {"NOUVELLE ADRESSE MAIL : " NEW, NEW},
    {"Nouvelles coordonnées : 1 place de la Mairie, " NEW, NEW},
    {"Cette adresse n'est plus utilisée, merci d'écrire à " NEW ".", NEW},
    {"Cette adresse n'est plus utilisée. Merci d'écrire à " NEW ".", NEW},
    {"Cette boîte n'est plus consultée.\n\nVeuillez adresser vos messages à " NEW " .", NEW},
    {"L'adresse " OLD " n'est plus valide, veuillez utiliser " NEW ".", NEW},
    {"L'adresse " OLD " n'existe plus. Contactez-nous à l'adresse " NEW ".", NEW},
    {"L'adresse " OLD " est remplacée par " NEW ".", NEW},
    {"Changement d'adresse : " OLD " devient " NEW, NEW},
    {"Changement d'adresse.\n\nMerci de nous écrire à " NEW, NEW},
    {"La mairie change d'adresse mail : " NEW, NEW},
    {"Nous avons changé de messagerie. Merci d'utiliser désormais " NEW ".", NEW},
    {"Notre adresse mail a changé. Merci de nous contacter sur " NEW ".", NEW},
    {"Merci de nous écrire désormais à l'adresse " NEW ".", NEW},
    {"Merci d'envoyer dorénavant vos courriels à " NEW, NEW},
    {"Merci de ne plus utiliser cette adresse mais " NEW ".", NEW},
    {"Merci de ne plus utiliser cette adresse. Écrivez à " NEW ".", NEW},
    {"Merci de mettre à jour notre adresse dans vos fichiers : la bonne adresse est " NEW ".", NEW},
    {"Merci de remplacer " OLD " par " NEW " dans vos listes.", NEW},
    {"La secrétaire a quitté la collectivité. Vous pouvez joindre le secrétariat à " NEW ".", NEW},
    {"Je ne travaille plus à la mairie, merci de contacter " NEW, NEW},
    {"La boîte sera désactivée le 31 janvier. Merci d'écrire à " NEW ".", NEW},
    {"Suite à la création de la commune nouvelle, écrivez-nous à " NEW ".", NEW},
    {"Cette messagerie est fermée : utilisez " NEW, NEW},
    {"This email address is no longer in use. Please contact " NEW ".", NEW},
    {"This mailbox is no longer monitored, please write to " NEW " instead.", NEW},
    {"Please use " NEW " instead.", NEW},
    {"My new email address is " NEW ".", NEW},
    {"Our address has changed to " NEW ".", NEW},
    {"I no longer work for the council. Please email " NEW ".", NEW},
    {"Please update your records: my new address is " NEW, NEW},
    {"Bonjour, ma nouvelle adresse : " NEW " (l'ancienne, " OLD ", sera supprimée).", NEW},
    {"Accueil@NOUVELLE.example est ma nouvelle adresse.", ""}, /* named before: not looked for */
    /* -- no new address ----------------------------------------------------------------------------------------- */
    {"Je suis absente jusqu'au 5 janvier. En cas d'urgence, écrivez à " NEW ".", ""},
    {"En mon absence, merci de contacter " NEW ".", ""},
    {"Pendant mes congés, vous pouvez joindre " NEW ".", ""},
    {"Je suis en congé. Merci de contacter " NEW ".", ""},
    {"In my absence please contact " NEW ".", ""},
    {"I am away until Monday, please write to " NEW ".", ""},
    {"Vous pouvez nous contacter à " NEW " ou par téléphone.", ""},
    {"Le secrétariat\nTél. 02 00 00 00 00\n" NEW, ""},
    {"La mairie n'est plus ouverte le samedi. Courriel : " NEW, ""},
    {"Nous avons déjà répondu depuis l'adresse " NEW ".", ""},
    {"Merci de ne plus nous écrire à " NEW ".", ""},
    {"Cette adresse n'est plus utilisée.", ""},
    {"Ma nouvelle adresse est 3 rue de la Mairie.", ""},
    {"La nouvelle adresse de la mairie est 3 rue des Écoles, et vous la trouverez sur notre site. Contact : " NEW, ""},
    {"Merci d'écrire désormais à relais@amf.example", ""}, /* our own */
    {"", ""},
};

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char out[ADDRESS_TEXT];
        char *exact = mem_copy(CASES[i].text, strlen(CASES[i].text) + !*CASES[i].text);
        new_address_find(exact, strlen(CASES[i].text), "Relais <relais@amf.example>", out);
        free(exact);
        CHECK_TEXT(CASES[i].text, out, CASES[i].want);
    }
    AUTO_BUF many = BUF_INIT(1 << 20);
    char out[ADDRESS_TEXT];
    while (many.length < 100000) buf_add_text(&many, "nouvelle adresse nouvelle a@b.example, n'est plus utilisée ");
    CHECK("more addresses than are looked at", new_address_find(buf_text(&many), many.length, "", out) && !strcmp(out, "a@b.example"));
    uint64_t state = 88172645463325252u;
    size_t broken = 0;
    for (int round = 0; round < 20000; round++) {
        char text[400];
        size_t length = strlen(CASES[(size_t)round % COUNT(CASES)].text);
        memcpy(text, CASES[(size_t)round % COUNT(CASES)].text, length);
        for (int change = 0; change < 4 && length; change++) {
            state ^= state << 13, state ^= state >> 7, state ^= state << 17;
            static const char PIECES[] = "@@@.zz09 \n\xC3\xFF\x01<>~";
            text[state % length] = PIECES[(state >> 32) % (sizeof PIECES - 1)];
        }
        char *exact = mem_copy(text, length + !length);
        broken += new_address_find(exact, length, "", out) != (strchr(out, '@') != NULL);
        free(exact);
    }
    CHECK_INT("mutations: an address, or nothing", broken, 0);
    return tap_end();
}
