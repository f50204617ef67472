/* Words of failure notices: of their subjects, of their text, of those that only warn. */
#include "mailer/inbox/bounce_text.h"

static const char *const SUBJECTS[] = {
    "undeliver", "non-delivery", "nondelivery", "not delivered", "returned mail", "mail returned", "returned to sender", "failure notice",
    "failure delivery", "delivery fail", "delivery status", "delivery has failed", "delivery problem", "delivery error",
    "delivery report", "delivery notification", "mail delivery", "mail failure", "mail system error", "message delivery",
    "could not be delivered", "could not send", "could not deliver", "unable to deliver", "message status", "mail failed", "failed mail",
    "error sending your mail", "user unknown", "bounce notification", "delayed mail", "message delayed", "delayed",
    "has not yet been delivered", "delivery failure", "permanent delivery", "message undeliverable", "non remis", "non delivre",
    "non distribu", "echec de remise", "echec de la remise", "echec de distribution", "echec de livraison", "echec d'envoi",
    "avis de non-remise", "notification d'etat de remise", "etat de remise", "retour de message", "message retourne", "remise differee",
    "retard de remise", "unzustellbar", "zustellung", "no se puede entregar", "no entregado", "mancata consegna", "nao entregue",
    "onbestelbaar", "problem with your message", "transcript of session", "rejected:", "rejected posting", "message rejected",
    "rejet de votre", "message rejete", "message refuse", "errors from", "mail error", "ndn:", "mail delivery warning", "delivery delay",
    "delivery warning", "returned email", "returned message", "bounced mail", "message blocked", "blocked by our",
    "message you sent blocked", "was blocked", "non remise", "non-remise", "echec d'acheminement", "echec de l'envoi",
    "retour de courrier", "retour du message", "message retarde", "remise retardee", "courrier non", "message non", "adresse inconnue",
    "nicht zugestellt", "zustell", "non recapit", "recapito non riuscito", "mancato recapito", "no se ha podido entregar",
    "no se pudo entregar", "error de entrega", "devuelto", "falha na entrega", "falha de entrega", "nao foi entregue", "devolvida",
    "niet bezorgd", "niet afgeleverd", "bezorging mislukt", "nedoruc", "niedostarcz", "nie dostarcz", "zwrot wiadomosci", "inte leverer",
    "ej levere", "ikke lever", "toimittaminen epaonnistui", "teslim edilemedi", "недостав", "не доставлен", "ошибка доставки", "退信",
    "投递失败", "送信エラー", "送信できません", "配信エラー", "配信できません", "不達", "반송", "size exceeds", "mail size"};
static const char *const FAILURES[] = {
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered", "was not delivered",
    "were not delivered", "wasn't delivered", "not been delivered", "not yet been delivered", "able to deliver your message",
    "unable to deliver", "could not deliver", "couldn't deliver", "not able to deliver", "cannot deliver", "failed to deliver",
    "undeliverable", "undelivered", "delivery to the following", "delevery to the following", "delivery has failed", "delivery failed",
    "delivery of email", "did not reach", "not reach the following", "could not be reached", "permanent fatal errors", "permanent error",
    "permanent failure", "returned permanent errors", "delivery failure", "delivery problems", "delivery errors", "delivery error",
    "error delivering your mail", "trouble delivering", "following address(es) failed", "following address failed", "failed addresses",
    "addresses failed", "your mail to the following", "was rejected", "a ete rejete", "a ete refuse", "pas autorise a envoyer",
    "not authorized to send", "not authorized to post", "were rejected", "has been rejected", "rejected by", "user unknown",
    "unknown user", "no such user", "not a valid user", "unknown recipient", "mailbox is full", "mailbox full", "over quota",
    "quota exceeded", "transcript of session", "giving up", "given up", "host unknown", "unknown host", "no mailbox here",
    "account has been disabled", "remote host said", "smtp error from remote", "impossible de remettre", "echec de la remise",
    "la remise a echoue", "destinataire inconnu", "utilisateur inconnu", "boite aux lettres est pleine", "konnte nicht zugestellt",
    "nicht zugestellt", "no pudo ser entregado", "no se pudo entregar", "non e stato possibile", "nao pode ser entregue",
    "kon niet worden", "invalid address", "invalid user address", "delivery attempts", "not sent to", "deemed to be spam",
    "message rejected", "not accepting mail", "not a known user", "did not exactly match", "deferred:", "no valid recipients",
    "did not like our", "email address is wrong", "has encountered delivery", "rejected and discarded", "could not be sent",
    "attempting to deliver", "not delivered to", "domain does not exist", "non-delivery report", "message is delayed", "not delivered",
    "delivering your mail to", "has been delayed", "requested action not taken", "not listed in", "n'a p*etre remis", "pas ete remis",
    "n'a p*etre delivre", "pas ete delivre", "n'a p*etre distribue", "pas ete distribue", "n'a p*etre livre", "pas ete livre",
    "n'a p*etre transmis", "pas ete transmis", "n'a p*etre achemine", "pas ete achemine", "n'a p*etre envoye", "pas ete envoye",
    "n'a p*etre expedie", "pas ete expedie", "n'a p*etre joint", "pas ete joint", "ne peut*etre remis", "ne peut*etre delivre",
    "ne peut*etre distribue", "ne peuvent*etre joints", "n'ont p*etre joint", "n'ont p*etre remis", "pas parvenu a",
    "pas encore ete remis", "impossible de joindre", "impossible de delivrer", "impossible de livrer", "impossible de distribuer",
    "a ete bloque", "utilisateur introuvable", "destinataire introuvable", "adresse introuvable", "nicht erreicht werden",
    "nicht ausgeliefert", "fehler bei der nachrichtenzustellung", "zustellung*fehlgeschlagen", "zustellung*verzoger",
    "adresse nicht gefunden", "no se ha podido entregar", "no se puede entregar", "no se ha entregado", "no ha llegado", "no llego a",
    "no se puede localizar al", "no pudo entregarse", "error de entrega", "non e stato recapitato", "non recapitat",
    "recapito non riuscito", "recapitare il messaggio", "impossibile raggiungere", "impossibile recapitare", "non e stato consegnato",
    "nao foi entregue", "nao chegou a", "falha na entrega", "nao foi possivel entregar", "nao foi possivel contactar", "nao entregue",
    "kon niet worden bezorgd", "niet bezorgd", "niet afgeleverd", "bezorging*mislukt", "niet worden bereikt", "kunde inte levereras",
    "inte kunde levereras", "kunne ikke leveres", "ikke leveret", "ei voitu toimittaa", "teslim edilemedi", "nelze dorucit",
    "nepodarilo dorucit", "nie mogla zostac dostarczona", "nie zostala dostarczona", "nie mozna dostarczyc", "не может быть доставлено",
    "не может*быть доставлен", "не было доставлено", "не удалось доставить", "не доставлено", "被退回", "无法送达", "无法投递", "未能送达", "未能投递",
    "送信に失敗", "送信できません", "配信できません", "配送できません", "届けられません", "送達できません", "전송되지", "전송할 수", "has been blocked", "was blocked", "unable to send",
    "could not send", "not be sent to", "not send your message", "failed recipient", "was returned", "is being returned",
    "returned to you", "delivery has been delayed", "undeliverable for", "has not been delivered", "la remise*a echoue",
    "not distributed", "mancata consegna", "e stato rifiutato", "ist fehlgeschlagen", "wurde abgelehnt", "fue rechazado",
    "ha sido rechazado", "foi rejeitad", "ne sera pas remis", "ne sera pas distribue", "ne sera pas delivre", "ne sera pas transmis",
    "will not be delivered"};
static const char *const DELAYS[] = {
    "has not yet been delivered", "not yet been delivered", "delivery attempts will continue", "warning only", "is delayed for",
    "has been delayed", "was delayed", "still being retried", "attempts will continue", "will continue to attempt",
    "will continue trying", "continue to try", "temporary failure report", "not send mail for past", "will be retried",
    "will keep trying", "do not need to resend", "delivery is delayed", "delivery delayed", "message delayed", "delayed mail", "retarde",
    "nouvelle tentative", "de nouvelles tentatives", "les tentatives", "verzogert", "will be attempted again", "not been delivered yet",
    "hasn't been delivered yet", "n't been delivered yet", "not received your message yet", "will try again", "will be tried again",
    "try to deliver*for an additional", "delayed recipient", "delayed address",
    "pas encore pu etre", "pas encore ete", "n'est pas encore", "reessaiera", "continuerons d'essayer", "continuerons a essayer", "continuera d'essayer", "tentatives de remise vont",
    "probleme temporaire", "remise*differee", "il n'est pas necessaire de renvoyer",
    "inutile de renvoyer", "noch nicht zugestellt", "wird verzogert", "erneut versuch", "wird weiterhin versucht",
    "zustellungsversuch*fortgesetzt", "aun no se ha entregado", "todavia no se ha", "seguira intentando", "se seguira intent",
    "volvera a intentar", "non e ancora stat", "tentera di nuovo", "continuera a tentare", "ainda nao foi entregue", "tentara novamente",
    "continuara tentando", "nog niet bezorgd", "opnieuw geprobeerd"};

static const char *const DELIVERED[] = {
    "successful mail delivery", "successfully delivered", "delivered successfully", "successful delivery", "delivery was successful",
    "delivery successful", "remis avec succes", "delivre avec succes", "notification (success)", "message delivered",
    "erfolgreich zugestellt", "has been delivered to the following", "was delivered to the following",
    "have been delivered to the following", "delivery to these recipients or groups is complete", "relayed to the following",
    "successfully relayed", "was successfully delivered", "delivery receipt", "a ete remis aux destinataires",
    "a ete remis au destinataire", "a ete delivre a", "bien ete remis", "la remise a ces destinataires*terminee", "remise effectuee",
    "a ete distribue a", "wurde zugestellt an", "zustellung*abgeschlossen", "se ha entregado a los", "e stato recapitato a",
    "foi entregue a"};

int bounce_subject_score(const struct said *said) {
    return said_count(said, SUBJECTS, COUNT(SUBJECTS), 1) * 3;
}
int bounce_words_score(const struct said *said) {
    return said_count(said, FAILURES, COUNT(FAILURES), 3);
}
bool bounce_says_delayed(const struct said *said) {
    return said_count(said, DELAYS, COUNT(DELAYS), 1) > 0;
}
bool bounce_says_delivered(const struct said *said) {
    return said_count(said, DELIVERED, COUNT(DELIVERED), 1) > 0;
}
