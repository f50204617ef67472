-- What comes back. See docs/architecture.md.

-- -- consequences: mailboxes to be left in peace, addresses proposed, what staff settled ---------------------------------
-- Each message that did not get through to a mailbox which is not dead, once, whatever number of reports speak of it.
CREATE TABLE soft_failure (dispatch_id BIGINT PRIMARY KEY, address TEXT NOT NULL, at_ms BIGINT NOT NULL);
CREATE INDEX soft_failure_address ON soft_failure (address, at_ms);
-- After so many of them a mailbox is put to rest: not suppressed; until the instant, the party's next contact goes first.
CREATE TABLE mailbox_rest (
    id %ID%, address TEXT NOT NULL, from_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL, failures INTEGER NOT NULL,
    inbound_id BIGINT); -- NULL: the last failure was a refusal, not a return
CREATE INDEX mailbox_rest_address ON mailbox_rest (address, until_ms);
-- The day (since 1970) its owner is back, as his auto-replies say; the last one's word counts.
CREATE TABLE mailbox_absence (
    address TEXT PRIMARY KEY, back_day BIGINT NOT NULL, at_ms BIGINT NOT NULL, inbound_id BIGINT NOT NULL);
-- "Write to this address instead": what a return says and a person decides. Accepted, it is a contact that names import_id.
CREATE TABLE address_proposal (
    id %ID%, inbound_id BIGINT NOT NULL, party_kind TEXT NOT NULL, party_id TEXT NOT NULL, address TEXT NOT NULL,
    old_address TEXT NOT NULL, at_ms BIGINT NOT NULL,
    decision TEXT NOT NULL DEFAULT '' CHECK (decision IN ('', 'accepted', 'refused')),
    decided_ms BIGINT, by_whom TEXT NOT NULL DEFAULT '', import_id BIGINT, UNIQUE (party_id, address));
CREATE INDEX address_proposal_inbound ON address_proposal (inbound_id);
-- What the writer of a reply wants (REPLY_SORT), and who has settled a return when.
ALTER TABLE inbound ADD COLUMN reply_sort TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound ADD COLUMN settled_ms BIGINT;
ALTER TABLE inbound ADD COLUMN settled_by TEXT NOT NULL DEFAULT '';
ALTER TABLE inbound ADD COLUMN vouched_by TEXT NOT NULL DEFAULT ''; -- who said whose it is, where no token does
CREATE INDEX inbound_campaign ON inbound (campaign_id, id);
CREATE INDEX inbound_delivery ON inbound (delivery_id) WHERE delivery_id IS NOT NULL;
CREATE INDEX hold_inbound ON hold (inbound_id);
