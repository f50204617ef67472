/* What somebody wrote, found among quotations, signatures and letterheads, in the ways French mail programs mark them. */
#include "mailer/inbox/html_text.h"
#include "mailer/inbox/reply_text.h"
#include "tests/tap.h"

#define QUOTED "> Bonjour,\n> Votre commune a-t-elle répondu ?\n> Cordialement\n"
static const struct {
    const char *label, *text, *want;
} CASES[] = {
    {"nothing quoted", "Bonjour,\n\nOui.\n", "Bonjour,\n\nOui."},
    {"Thunderbird", "Oui.\n\nLe 05/01/2026 à 09:30, Relais a écrit :\n" QUOTED, "Oui."},
    {"Gmail, wrapped", "Oui.\n\nLe lun. 5 janv. 2026 à 09:30, Relais <relais@amf.example>\na écrit :\n\n" QUOTED, "Oui."},
    {"wrapped within the address", "Oui.\n\nLe lun. 5 janv. 2026 à 09:30, Relais <relais@amf.example\n> a écrit :\n\n" QUOTED, "Oui."},
    {"below", "Le 05/01/2026 09:30, Relais a écrit :\n" QUOTED "\nOui, c'est fait.\n", "Oui, c'est fait."},
    {"between", "Bonjour, voir plus bas.\n\nLe 05/01/2026 09:30, Relais a écrit :\n> Première question\nOui.\n\n> Seconde question\nNon.\n",
     "Bonjour, voir plus bas.\n\nOui.\n\nNon."},
    {"a quoted line broken by a program is no answer",
     "Oui.\n\nLe 05/01/2026 09:30, Relais a écrit :\n> Une ligne si longue qu'un programme de messagerie la casse après son\nmilieu\n> et continue.\n", "Oui."},
    {"Outlook", "Oui.\n\nDe : Relais <relais@amf.example>\nEnvoyé : lundi 5 janvier 2026 09:30\nÀ : Mairie <mairie@commune.example>\nObjet : Enquête\n\nBonjour,\n", "Oui."},
    {"Outlook's rule", "Oui.\n\n________________________________\nDe : Relais <relais@amf.example>\nEnvoyé : lundi 5 janvier 2026 09:30\nÀ : Mairie\nObjet : Enquête\n\nBonjour\n",
     "Oui."},
    {"Outlook of old", "Oui.\n\n-----Message d'origine-----\nDe : Relais\nEnvoyé : lundi\nÀ : Mairie\nObjet : Enquête\n\nBonjour\n", "Oui."},
    {"in stars", "Oui.\n\n*De :* Relais <relais@amf.example>\n*Envoyé :* lundi 5 janvier 2026\n*À :* Mairie\n*Objet :* Enquête\n\nBonjour\n", "Oui."},
    {"Orange, La Poste", "Oui.\n\n\n> Message du 05/01/26 09:30\n> De : \"Relais\" <relais@amf.example>\n> A : mairie@commune.example\n> Objet : Enquête\n>\n> Bonjour\n", "Oui."},
    {"Zimbra", "Oui.\n\n----- Mail original -----\nDe: \"Relais\" <relais@amf.example>\nÀ: \"Mairie\" <mairie@commune.example>\nEnvoyé: Lundi 5 Janvier 2026\nObjet: Enquête\n\nBonjour\n",
     "Oui."},
    {"a signature", "Oui.\n\n-- \nLe secrétariat\nMairie de Commune\n", "Oui."},
    {"a telephone's", "Oui.\n\nEnvoyé de mon iPhone\n\n> Le 5 janv. 2026 à 09:30, Relais <relais@amf.example> a écrit :\n>\n> Bonjour\n", "Oui."},
    {"Outlook for Android", "Oui.\n\nTélécharger Outlook pour Android\n", "Oui."},
    {"a letterhead without a mark", "Bonjour,\n\nOui.\n\nMairie de Commune\n1 place de la Mairie\n29000 COMMUNE\nTél. : 02 00 00 00 00\nmairie@commune.example\n", "Bonjour,\n\nOui."},
    {"one number is no letterhead", "Bonjour,\n\nRappelez-nous au 02 00 00 00 00.\n", "Bonjour,\n\nRappelez-nous au 02 00 00 00 00."},
    {"a letterhead alone stays", "Mairie de Commune\nTél. : 02 00 00 00 00\nmairie@commune.example\n", "Mairie de Commune\nTél. : 02 00 00 00 00\nmairie@commune.example"},
    {"a legal notice", "Oui.\n\nCe message et ses pièces jointes sont confidentiels et établis à l’intention exclusive de leurs destinataires.\n", "Oui."},
    {"paper", "Oui.\n\nAvant d’imprimer, pensez à l’environnement.\n", "Oui."},
    {"an antivirus", "Oui.\n\nL'absence de virus dans ce courrier électronique a été vérifiée.\nwww.avast.example\n", "Oui."},
    {"a rule within the text", "Voici :\n---------- fin\nSuite.\n", "Voici :\n---------- fin\nSuite."},
    {"\"a écrit\" in a sentence", "Le maire a écrit au préfet.\nNous attendons.\n", "Le maire a écrit au préfet.\nNous attendons."},
    {"nothing but quotation stays", QUOTED, "> Bonjour,\n> Votre commune a-t-elle répondu ?\n> Cordialement"},
    {"nothing", "", ""},
}, PAGES[] = {
    {"Gmail's page",
     "<div dir=\"ltr\">Oui, c&#39;est fait.</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">Le lun. 5 janv. 2026 à 09:30, Relais &lt;<a "
     "href=\"mailto:relais@amf.example\">relais@amf.example</a>&gt; a écrit :<br></div><blockquote><div>Bonjour</div></blockquote></div>",
     "Oui, c'est fait."},
    {"Outlook's page",
     "<div>Oui.</div><div><br></div><hr style=\"width:98%\"><div id=\"divRplyFwdMsg\"><font><b>De :</b> Relais &lt;relais@amf.example&gt;<br><b>Envoyé :</b> lundi 5 janvier "
     "2026 09:30<br><b>À :</b> Mairie<br><b>Objet :</b> Enquête</font><div>&nbsp;</div></div><div>Bonjour</div>",
     "Oui."},
    {"Word's page",
     "<p class=MsoNormal>Oui.</p><div style='border-top:solid #E1E1E1 1.0pt'><p class=MsoNormal><b>De&nbsp;:</b> Relais &lt;relais@amf.example&gt; <br><b>Envoyé&nbsp;:</b> "
     "lundi 5 janvier 2026 09:30<br><b>À&nbsp;:</b> Mairie<br><b>Objet&nbsp;:</b> Enquête</p></div><p>Bonjour</p>",
     "Oui."},
    {"Thunderbird's page", "<p>Oui.</p><div class=\"moz-cite-prefix\">Le 05/01/2026 à 09:30, Relais a écrit&nbsp;:<br></div><blockquote type=\"cite\"><p>Bonjour</p></blockquote>", "Oui."},
    {"Apple's page", "<html><body>Oui.<br><br><div>Envoyé de mon iPhone</div><div><br>Le 5 janv. 2026 à 09:30, Relais &lt;relais@amf.example&gt; a écrit :<br><blockquote>Bonjour</blockquote></div></body></html>",
     "Oui."},
};

int main(void) {
    for (size_t i = 0; i < COUNT(CASES); i++) {
        AUTO_BUF out = BUF_INIT(100000);
        reply_text(CASES[i].text, strlen(CASES[i].text), &out);
        CHECK_TEXT(CASES[i].label, buf_text(&out), CASES[i].want);
    }
    for (size_t i = 0; i < COUNT(PAGES); i++) {
        AUTO_BUF text = BUF_INIT(100000), out = BUF_INIT(100000);
        html_text(PAGES[i].text, strlen(PAGES[i].text), &text);
        reply_text(buf_text(&text), text.length, &out);
        if (!CHECK(PAGES[i].label, !strcmp(buf_text(&out), PAGES[i].want))) printf("# got «%s» of «%s»\n", buf_text(&out), buf_text(&text));
    }
    AUTO_BUF out = BUF_INIT(100000);
    const char *signed_text = "Oui.\n\n-- \nNouvelle adresse : mairie@village.example\n";
    reply_text_signed(signed_text, strlen(signed_text), &out);
    CHECK_TEXT("with its signature", buf_text(&out), "Oui.\n\n-- \nNouvelle adresse : mairie@village.example");
    return tap_end();
}
