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
    {"Outlook for a telephone, curly", "Oui c’est fait\n\nEnvoyé à partir d’Outlook pour iOS<https://aka.example/o0ukef>\n________________________________\nDe : Relais <relais@amf.example>\nEnvoyé : mardi 13 janvier 2026 09:00\nÀ : Mairie de Vallon <mairie@vallon.test>\nObjet : Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Oui c’est fait"},
    {"Proton Mail", "Bonjour, fait.\n\nEnvoyé avec la messagerie sécurisée Proton Mail.\n\nLe mardi 13 janvier 2026 à 09:00, Relais <relais@amf.example> a écrit :\n\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Bonjour, fait."},
    {"a name over the letterhead", "Bonjour,\n\nLa commune a répondu.\n\nBien cordialement.\n\nMarie Exemple\nSecrétaire de mairie\nMairie de VALLON\nPlace du 8 mai 1945\n59123 VALLON\nTél. 03.20.11.22.33 - Fax 03.20.11.22.34\nCourriel : mairie@vallon.test\nwww.vallon.test\nOuverture au public : lundi, mardi, jeudi de 9h à 12h et de 14h à 17h\n\nDe : Relais <relais@amf.example>\nEnvoyé : mardi 13 janvier 2026 09:00\nÀ : Mairie de Vallon <mairie@vallon.test>\nObjet : Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\n\nLa commune a répondu.\n\nBien cordialement."},
    {"a disclaimer by its shape", "Bonjour,\nnous ne souhaitons plus recevoir vos messages.\n\nCe message (et toutes ses pièces jointes) est confidentiel et destiné exclusivement à ses destinataires. Toute utilisation non conforme est interdite.\nSi vous avez reçu ce message par erreur, merci de le détruire et d'en avertir l'expéditeur.\n",
     "Bonjour,\nnous ne souhaitons plus recevoir vos messages."},
    {"a drawn tree", "Oui.\n\nP Pensez à l'environnement : n'imprimez ce courriel que si nécessaire.\n\nDe : Relais <relais@amf.example>\nEnvoyé : mardi 13 janvier 2026 09:00\nÀ : Mairie de Vallon <mairie@vallon.test>\nObjet : Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Oui."},
    {"data protection", "Bonjour,\nc'est fait.\n\nVos données personnelles sont traitées par la mairie conformément au RGPD. Pour exercer vos droits : dpo@vallon.test\n",
     "Bonjour,\nc'est fait."},
    {"an antivirus behind its link", "C'est fait.\n\n<https://www.antivirus.example/sig>\tGaranti sans virus.www.antivirus.example <https://www.antivirus.example/sig>\n\nLe 13/01/2026 à 09:00, Relais a écrit :\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "C'est fait."},
    {"a picture over the letterhead", "Bonjour,\nvu.\n\n[cid:image001.png@01DC8471.12345678]\n\nService Accueil\nHôtel de Ville - 59000 VALLON\nTél : 03 20 00 00 00\n\nDe : Relais <relais@amf.example>\nEnvoyé : mardi 13 janvier 2026 09:00\nÀ : Mairie de Vallon <mairie@vallon.test>\nObjet : Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\nvu."},
    {"sent by mistake: a person's", "Bonjour,\n\nCe mail m'a été envoyé par erreur, je ne suis pas élu.\n\nDe : Relais <relais@amf.example>\nEnvoyé : mardi 13 janvier 2026 09:00\nÀ : Mairie de Vallon <mairie@vallon.test>\nObjet : Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\n\nCe mail m'a été envoyé par erreur, je ne suis pas élu."},
    {"a demand in the name of the law: a person's", "Bonjour,\n\nConformément au RGPD, merci de supprimer mes données.\n",
     "Bonjour,\n\nConformément au RGPD, merci de supprimer mes données."},
    {"a question about the message", "Bonjour,\n\nCe message est-il confidentiel ?\n",
     "Bonjour,\n\nCe message est-il confidentiel ?"},
    {"an address given", "Bonjour,\n\nNotre adresse :\nMairie\n3 rue Haute\n",
     "Bonjour,\n\nNotre adresse :\nMairie\n3 rue Haute"},
    {"numbers of five digits", "Bonjour,\n\nBudget 2025 : 12500 euros\nBudget 2026 : 13000 euros\n",
     "Bonjour,\n\nBudget 2025 : 12500 euros\nBudget 2026 : 13000 euros"},
    {"a mailbox given", "Bonjour,\n\nMerci d'écrire désormais à :\naccueil@vallon.test\n",
     "Bonjour,\n\nMerci d'écrire désormais à :\naccueil@vallon.test"},
    {"Windows' own mail", "Bonjour, déjà rempli.\n\nEnvoyé à partir de Courrier pour Windows\n\nDe : Relais\nEnvoyé le :mardi 13 janvier 2026 09:00\nÀ : mairie@vallon.test\nObjet :Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour, déjà rempli."},
    {"Samsung", "Oui\n\n\n\nEnvoyé depuis mon smartphone Samsung Galaxy.\n\n-------- Message d'origine --------\nDe : Relais <relais@amf.example> \nDate : 13/01/2026 09:00 (GMT+01:00) \nÀ : mairie@vallon.test \nObjet : Enquete nationale \n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Oui"},
    {"Thunderbird, between", "Le 13/01/2026 à 09:00, Relais a écrit :\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\nOui, le 5 janvier.\n\n> Qui est votre référent ?\nMme la secrétaire.\n\n> Cordialement,\n> L'équipe\n",
     "Oui, le 5 janvier.\n\nMme la secrétaire."},
    {"Zimbra, quoted", "Bonjour, pas concernés.\n\n----- Le 13 Jan 26, à 9:00, Relais relais@amf.example a écrit :\n\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Bonjour, pas concernés."},
    {"BlueMind", "Bonjour,\n\nNous avons déjà répondu.\n\nLe mardi 13 janvier 2026 09:00 CET, \"Relais\" <relais@amf.example> a écrit :\n\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Bonjour,\n\nNous avons déjà répondu."},
    {"SOGo", "Bonjour,\nNous ne répondrons pas.\n\nLe Mardi, Janvier 13, 2026 09:00 CET, Relais <relais@amf.example> a écrit:\n \nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\nNous ne répondrons pas."},
    {"Orange's web mail", "Bonjour\nnous ne sommes pas concernés\n\n\n    \n\nEnvoyé depuis la messagerie Orange\n\n  \n----------------------------------------\nDe : Relais <relais@amf.example>\nEnvoyé : mardi 13 janvier 2026 à 09:00\nÀ : mairie@vallon.test\nObjet : Enquete nationale\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour\nnous ne sommes pas concernés"},
    {"La Poste's web mail", "Bonjour,\n\nquelle est la date limite ?\n\nEnvoyé depuis ma messagerie La Poste\n\nLe 13 janv. 2026 à 09:00, Relais <relais@amf.example> a écrit :\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\n\nquelle est la date limite ?"},
    {"SFR", "Bonjour\nle maire est absent\n\n\n> ---- Message d'origine ----\n> De : \"Relais\" <relais@amf.example>\n> À : \"mairie\" <mairie@vallon.test>;\n> Objet : Enquete nationale\n> Date : 13/01/2026 09:00:00 CET\n> \n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Bonjour\nle maire est absent"},
    {"Horde", "Bonjour,\nOui.\n\nRelais <relais@amf.example> a écrit :\n\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Bonjour,\nOui."},
    {"Horde, below", "\"Relais\" <relais@amf.example> a écrit :\n\n> Avez-vous répondu ?\n\nOui la semaine dernière.\n",
     "Oui la semaine dernière."},
    {"Notes", "Bonjour,\n\nEnquête remplie ce jour.\n\n\n\nDe :\tRelais <relais@amf.example>\nPour :\tmairie@vallon.test\nDate :\t13/01/2026 09:00\nObjet :\tEnquete nationale\n\n\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\n\nEnquête remplie ce jour."},
    {"Notes, with a rule", "Bonjour,\n\nOui.\n\nDe :        \"Relais\" <relais@amf.example> \nA :        <mairie@vallon.test> \nDate :        13/01/2026 09:00 \nObjet :        Enquete nationale \n----------------------------------------------------------------------\n\n\nBonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour,\n\nOui."},
    {"Open-Xchange", "Bonjour,\n\nPouvez-vous renvoyer le lien ?\n\n> Le 13/01/2026 09:00 CET, Relais <relais@amf.example> a écrit :\n> \n>  \n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Bonjour,\n\nPouvez-vous renvoyer le lien ?"},
    {"Yahoo", "Bonjour, fait.\n\n    Le mardi 13 janvier 2026 à 09:00:00 UTC+1, Relais <relais@amf.example> a écrit :  \n \n Bonjour,\n\nVotre commune a-t-elle répondu à l'enquête ?\nhttps://enquete.example/r/abc\n\nCordialement,\nL'équipe\n",
     "Bonjour, fait."},
    {"a date of ISO 8601", "Fait.\n\nLe 2026-01-13T09:00:00.000+01:00, Relais <relais@amf.example> a écrit :\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n",
     "Fait."},
    {"Gmail, below", "Le mar. 13 janv. 2026 à 09:00, Relais <relais@amf.example> a écrit :\n\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n\nOui, répondu ce matin.\n",
     "Oui, répondu ce matin."},
    {"Roundcube, below", "Le 2026-01-13 09:00, Relais a écrit :\n> Bonjour,\n>\n> Votre commune a-t-elle répondu à l'enquête ?\n> https://enquete.example/r/abc\n>\n> Cordialement,\n> L'équipe\n\nBonjour, c'est Mme Durand de la mairie voisine qui gère.\n-- \nMairie\n",
     "Bonjour, c'est Mme Durand de la mairie voisine qui gère."},
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

/* The same in other languages: what introduces a quotation, heads an answered message, tells of a telephone. */
static const char *const INTRODUCTIONS[] = {
    "Den tir. 13. jan. 2026 kl. 09.00 skrev Relais <relais@amf.example>:",
    "Op di 13 jan 2026 om 09:00 schreef Relais <relais@amf.example>:",
    "ti 13. tammik. 2026 klo 9.00 Relais (relais@amf.example) kirjoitti:",
    "Am Di., 13. Jan. 2026 um 09:00 Uhr schrieb Relais <relais@amf.example>:",
    "בתאריך יום ג׳, 13 בינו׳ 2026 ב-9:00 מאת ‪Relais‬‏ <‪relais@amf.example‬‏>:‬",
    "Il giorno mar 13 gen 2026 alle ore 09:00 Relais <relais@amf.example> ha scritto:",
    "2026年1月13日(火) 9:00 Relais <relais@amf.example>:",
    "2026년 1월 13일 (화) 오전 9:00, Relais <relais@amf.example>님이 작성:",
    "tir. 13. jan. 2026 kl. 09:00 skrev Relais <relais@amf.example>:",
    "wt., 13 sty 2026 o 09:00 Relais <relais@amf.example> napisał(a):",
    "Em ter., 13 de jan. de 2026 às 09:00, Relais <relais@amf.example> escreveu:",
    "Relais <relais@amf.example> escreveu no dia terça, 13/01/2026 à(s) 09:00:",
    "вт, 13 янв. 2026 г. в 09:00, Relais <relais@amf.example>:",
    "El mar, 13 ene 2026 a las 9:00, Relais (<relais@amf.example>) escribió:",
    "Den tis 13 jan. 2026 kl 09:00 skrev Relais <relais@amf.example>:",
    "Relais <relais@amf.example>, 13 Oca 2026 Sal, 09:00 tarihinde şunu yazdı:",
    "Vào Th 3, 13 thg 1, 2026 vào lúc 09:00 Relais <relais@amf.example> đã viết:",
    "Relais <relais@amf.example> 于2026年1月13日周二 09:00写道：",
    "Relais <relais@amf.example> 於 2026年1月13日 週二 上午9:00寫道：",
    "út 13. 1. 2026 v 9:00 odesílatel Relais <relais@amf.example> napsal:",
    "Στις Τρί 13 Ιαν 2026 στις 9:00 π.μ., ο/η Relais <relais@amf.example> έγραψε:",
    "Relais <relais@amf.example> ezt írta (időpont: 2026. jan. 13., K, 9:00):",
    "mar., 13 ian. 2026 la 09:00, Relais <relais@amf.example> a scris:",
    "вт, 13 січ. 2026 р. о 09:00 Relais <relais@amf.example> пише:",
    "На вт, 13.01.2026 г. в 9:00 Relais <relais@amf.example> написа:",
    "Missatge de Relais <relais@amf.example> del dia dt., 13 de gen. 2026 a les 9:00:",
    "Pada tanggal Sel, 13 Jan 2026 pukul 09.00 Relais <relais@amf.example> menulis:",
    "uto, 13. sij 2026. u 09:00 Relais <relais@amf.example> napisao je:",
    "ut 13. 1. 2026 o 9:00 Relais <relais@amf.example> napísal(a):",
    "2026-01-13, an, 09:00 Relais <relais@amf.example> rašė:",
    "Le 13 janvier 2026 à 9 h, Relais <relais@amf.example> a écrit :",
    "On 13/01/2026 09:00, Relais wrote:",
    "On Tue, Jan 13, 2026 at 9:00 AM Relais <relais@amf.example> wrote:",
    "On Jan 13, 2026, at 9:00 AM, Relais <relais@amf.example> wrote:",
    "En ven, 13 jan 2026 Relais <relais@amf.example> skribis:"};
static const char *const HEADS[] = {
    "De: Relais <relais@amf.example>\nEnviado: martes, 13 de enero de 2026 9:00\nPara: mairie@vallon.test\nAsunto: Encuesta",
    "De: Relais <relais@amf.example>\nEnviada em: terça-feira, 13 de janeiro de 2026 09:00\nPara: mairie@vallon.test\nAssunto: Pesquisa",
    "Da: Relais <relais@amf.example>\nInviato: martedì 13 gennaio 2026 09:00\nA: mairie@vallon.test\nOggetto: Indagine",
    "Von: Relais <relais@amf.example>\nGesendet: Dienstag, 13. Januar 2026 09:00\nAn: mairie@vallon.test\nBetreff: Umfrage",
    "Van: Relais <relais@amf.example>\nVerzonden: dinsdag 13 januari 2026 09:00\nAan: mairie@vallon.test\nOnderwerp: Enquete",
    "Od: Relais <relais@amf.example>\nWysłano: wtorek, 13 stycznia 2026 09:00\nDo: mairie@vallon.test\nTemat: Ankieta",
    "От: Relais <relais@amf.example>\nОтправлено: 13 января 2026 г. 9:00\nКому: mairie@vallon.test\nТема: Опрос",
    "Från: Relais <relais@amf.example>\nSkickat: den 13 januari 2026 09:00\nTill: mairie@vallon.test\nÄmne: Enkät",
    "Fra: Relais <relais@amf.example>\nSendt: 13. januar 2026 09:00\nTil: mairie@vallon.test\nEmne: Undersøgelse",
    "Lähettäjä: Relais <relais@amf.example>\nLähetetty: tiistai 13. tammikuuta 2026 9.00\nVastaanottaja: mairie@vallon.test\nAihe: Kysely",
    "Od: Relais <relais@amf.example>\nOdesláno: úterý 13. ledna 2026 9:00\nKomu: mairie@vallon.test\nPředmět: Anketa",
    "差出人: Relais <relais@amf.example>\n送信日時: 2026年1月13日 9:00\n宛先: mairie@vallon.test\n件名: 調査",
    "发件人: Relais <relais@amf.example>\n发送时间: 2026年1月13日 9:00\n收件人: mairie@vallon.test\n主题: 调查",
    "Kimden: Relais <relais@amf.example>\nGönderildi: 13 Ocak 2026 Salı 09:00\nKime: mairie@vallon.test\nKonu: Anket",
    "보낸 사람: Relais <relais@amf.example>\n보낸 날짜: 2026년 1월 13일 9:00\n받는 사람: mairie@vallon.test\n제목: 조사",
    "Feladó: Relais <relais@amf.example>\nElküldve: 2026. január 13. 9:00\nCímzett: mairie@vallon.test\nTárgy: Felmérés"};
static const char *const DEVICES[] = {
    "Von meinem iPhone gesendet",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Enviado do meu iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Отправлено с iPhone",
    "Wysłane z iPhone'a",
    "iPhoneから送信",
    "发自我的 iPhone",
    "iPhone'umdan gönderildi",
    "Lähetetty iPhonesta",
    "Sendt fra min iPhone",
    "나의 iPhone에서 보냄",
    "Obtener Outlook para iOS",
    "Outlook für iOS beziehen",
    "Scarica Outlook per iOS",
    "Obter o Outlook para iOS"};

static void check_between(const char *label, const char *below) {
    AUTO_BUF text = BUF_INIT(10000), out = BUF_INIT(10000);
    buf_add_format(&text, "Oui, c'est fait.\n\n%s%s", label, below);
    reply_text(buf_text(&text), text.length, &out);
    CHECK_TEXT(label, buf_text(&out), "Oui, c'est fait.");
}

static void check_languages(void) {
    for (size_t i = 0; i < COUNT(INTRODUCTIONS); i++) check_between(INTRODUCTIONS[i], "\n\n" QUOTED);
    for (size_t i = 0; i < COUNT(HEADS); i++) check_between(HEADS[i], "\n\nBonjour,\n");
    for (size_t i = 0; i < COUNT(DEVICES); i++) check_between(DEVICES[i], "\n");
}

int main(void) {
    check_languages();
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
