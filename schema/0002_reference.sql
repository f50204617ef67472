-- The reference from year to year, and which departments a relay or a grouping touches. See docs/architecture.md.

-- A collectivity's row outlives it: its deliveries, answers and ledger hang on its id. `year` is the last year's reference
-- it was in; gone = 1 from the next one on, with who took its place ('' = nobody that is known).
ALTER TABLE collectivity ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
ALTER TABLE collectivity ADD COLUMN successor TEXT NOT NULL DEFAULT '';
CREATE INDEX collectivity_epci ON collectivity (epci_siren);
CREATE INDEX former_commune_code ON former_commune (code);

-- Each reference that was loaded and changed something; the last row is in force.
CREATE TABLE reference_year (
    id %ID%, year INTEGER NOT NULL, source TEXT NOT NULL, at_ms BIGINT NOT NULL, by_whom TEXT NOT NULL);
INSERT INTO reference_year (year, source, at_ms, by_whom)
    SELECT MAX(year), 'relais init', 0, '' FROM collectivity HAVING COUNT(*) > 0;

-- Whose place in a campaign somebody else has now: deliveries planned for the one that is gone stay valid, judged by its
-- successor's place. taken = 1: the successor had none of its own, and got this one.
CREATE TABLE enrolment_successor (
    campaign_id BIGINT NOT NULL REFERENCES campaign (id), party_id TEXT NOT NULL, successor_id TEXT NOT NULL,
    taken INTEGER NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (campaign_id, party_id));
CREATE INDEX enrolment_successor_of ON enrolment_successor (campaign_id, successor_id);

-- The departments a list gave a relay, as facts of that import. relay.department is the first of them, whose clock and
-- counts it belongs to; relay_covers says all of them, as the latest list in force does.
CREATE TABLE relay_department (
    relay_id TEXT NOT NULL, department TEXT NOT NULL, import_id BIGINT NOT NULL, PRIMARY KEY (relay_id, import_id, department));
CREATE VIEW relay_covers AS
    SELECT id AS relay_id, department FROM relay WHERE department <> ''
    UNION
    SELECT d.relay_id, d.department FROM relay_department d JOIN relay r ON r.id = d.relay_id AND r.import_id = d.import_id;

-- Which departments see a collectivity: the one it belongs to (collectivity.department, where every count counts it once),
-- and for a grouping those of its member communes too.
CREATE VIEW collectivity_in_department AS
    SELECT id AS collectivity_id, department FROM collectivity
    UNION
    SELECT epci_siren, department FROM collectivity WHERE insee <> '' AND epci_siren <> '' AND gone = 0;
