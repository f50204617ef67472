-- Sending at the speed of the wire: a lease is a claim (one durable commit of many rows), and nothing is indexed that
-- changes with every message but what is waiting. See docs/architecture.md, "Leasing is claiming".

-- What waits, wave by wave: ready, deferred, in doubt. Queries must say it in these words to use it (DELIVERY_WAITS in
-- mailer/send/delivery.h); IN would build a temporary table for every row that is written.
DROP INDEX delivery_due;
CREATE INDEX delivery_due ON delivery (wave_id, state, not_before_ms) WHERE state = 0 OR state = 3 OR state = 7;

-- One delivery of a wave for a party, cancelled ones apart: by a column of its own, for the index would be written anew with
-- every change of state if it spoke of that. Queries say "cancelled = 0".
ALTER TABLE delivery ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
UPDATE delivery SET cancelled = 1 WHERE state = 8;
DROP INDEX delivery_once;
CREATE UNIQUE INDEX delivery_once ON delivery (wave_id, party_id) WHERE cancelled = 0;

-- durable = 1: every turn of that run was synced, so that what it had claimed and not armed was certainly not sent.
ALTER TABLE run ADD COLUMN durable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dispatch DROP COLUMN lease_id;
DROP TABLE lease;

-- A party's events are found through its deliveries, whose ids run along with the order of sending; those of no delivery
-- have indexes of their own ("delivery_id IS NULL" must be said for them to be used).
DROP INDEX event_party;
DROP INDEX event_campaign;
CREATE INDEX event_delivery ON event (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX event_party ON event (party_id) WHERE delivery_id IS NULL;
CREATE INDEX event_campaign ON event (campaign_id, event) WHERE delivery_id IS NULL;

-- How fast each relay and each group of recipient domains may be written to, as learnt: what differs from the configuration
-- only, and a relay's messages of the day (mailer/send/pacing_store.c). 0 = no limit, none. Rests are instants of the campaign's
-- clock, free_real_ms is real time.
CREATE TABLE pace (
    kind TEXT NOT NULL CHECK (kind IN ('relay', 'domain')), name TEXT NOT NULL, in_hand INTEGER NOT NULL, a_minute BIGINT NOT NULL,
    free_real_ms BIGINT NOT NULL, rest_until_ms BIGINT NOT NULL, rests INTEGER NOT NULL, probing INTEGER NOT NULL,
    day BIGINT NOT NULL, sent_today BIGINT NOT NULL, trouble TEXT NOT NULL, PRIMARY KEY (kind, name));

-- The send journal outside the database (mailer/send/journal.h): which database this is, how far its journal was at the
-- last commit that concerns it, and the dispatches that commit armed ("17 18"): a journal one turn behind, in the same
-- boot, proves that their dots never left.
CREATE TABLE send_journal (
    id INTEGER PRIMARY KEY CHECK (id = 1), store_id TEXT NOT NULL, turn BIGINT NOT NULL, arming TEXT NOT NULL DEFAULT '');
-- What the journal of a restored database shows for campaigns, waves or parties that the backup does not have yet
-- (relais reconcile): applied before they could be planned anew.
CREATE TABLE journal_fact (
    dispatch_id BIGINT PRIMARY KEY, campaign TEXT NOT NULL, wave TEXT NOT NULL, party_id TEXT NOT NULL,
    date_ms BIGINT NOT NULL, armed_ms BIGINT NOT NULL, sha256 TEXT NOT NULL, ended INTEGER NOT NULL, state INTEGER NOT NULL,
    code INTEGER NOT NULL, resends INTEGER NOT NULL);
