-- A Message-ID of ours names its dispatch (mailer/send/token.h): no index finds it sooner, and this one was a tenth of the store.
DROP INDEX dispatch_message_id;
-- The first contact by rank is read without those behind it, of which each import adds one.
DROP INDEX contact_fact_party;
CREATE INDEX contact_fact_party ON contact_fact (party_id, rank);
