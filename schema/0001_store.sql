-- The data model. Instants are Unix milliseconds UTC, truths 0/1, JSON is text. See docs/architecture.md.

-- -- the machine room ------------------------------------------------------------------------------------
-- The artificial clock a daemon anchors; no row = real time (base/clock_store.h).
CREATE TABLE clock_anchor (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    mode TEXT NOT NULL CHECK (mode IN ('speed', 'auto')),
    virtual_ms BIGINT NOT NULL, real_ms BIGINT NOT NULL, speed_millionths BIGINT NOT NULL);
-- What each role last reported to an automatic clock: idle at which instant, next work when.
CREATE TABLE clock_role (
    role TEXT PRIMARY KEY,
    idle_at_ms BIGINT NOT NULL, next_ms BIGINT, active_real_ms BIGINT NOT NULL);
-- Instants an automatic clock must stop at until somebody is done (relais at).
CREATE TABLE clock_appointment (id %ID%, at_ms BIGINT NOT NULL, pid BIGINT NOT NULL, boot_id TEXT NOT NULL);
-- Each run of a sender.
CREATE TABLE run (
    id %ID%, role TEXT NOT NULL, boot_id TEXT NOT NULL, pid BIGINT NOT NULL,
    started_ms BIGINT NOT NULL, ended_ms BIGINT);

-- -- WHO: reference, lists --------------------------------------------------------------------------------
CREATE TABLE department (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL, region TEXT NOT NULL,
    region_name TEXT NOT NULL, zone TEXT NOT NULL);
CREATE TABLE collectivity (
    id TEXT PRIMARY KEY, -- INSEE code of a commune, SIREN of a grouping
    type TEXT NOT NULL,  -- as in the reference: commune, or the grouping's nature (CC, CA, CU, METRO, …)
    insee TEXT NOT NULL, siren TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
    department TEXT NOT NULL, epci_siren TEXT NOT NULL, population BIGINT NOT NULL, postcodes TEXT NOT NULL,
    year INTEGER NOT NULL);
CREATE INDEX collectivity_department ON collectivity (department);
CREATE TABLE former_commune (
    code TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, nature TEXT NOT NULL, current_id TEXT NOT NULL);

-- Each list that was imported. Its facts (the *_fact tables below) are written while it is nobody's business yet, count
-- from visible_ms on, all at once, and no longer when it has been undone: what is in force is derived, rows stay.
CREATE TABLE import (
    id %ID%, file TEXT NOT NULL, sha256 TEXT NOT NULL, kind TEXT NOT NULL, campaign_id BIGINT,
    at_ms BIGINT NOT NULL, by_whom TEXT NOT NULL, report TEXT NOT NULL DEFAULT '', visible_ms BIGINT,
    undone_ms BIGINT, undone_by TEXT NOT NULL DEFAULT '');
CREATE VIEW import_in_force AS SELECT * FROM import WHERE visible_ms IS NOT NULL AND undone_ms IS NULL;

CREATE TABLE relay_fact (
    id %ID%, relay_id TEXT NOT NULL, name TEXT NOT NULL, department TEXT NOT NULL, reply_to TEXT NOT NULL,
    import_id BIGINT NOT NULL, line BIGINT NOT NULL);
CREATE INDEX relay_fact_relay ON relay_fact (relay_id);
-- The networks, each as the latest list says.
CREATE VIEW relay AS SELECT f.relay_id AS id, f.name, f.department, f.reply_to, f.import_id FROM relay_fact f
    JOIN import_in_force i ON i.id = f.import_id WHERE NOT EXISTS (
        SELECT 1 FROM relay_fact later JOIN import_in_force l ON l.id = later.import_id
        WHERE later.relay_id = f.relay_id AND later.id > f.id);

-- A party is a collectivity or a relay. Lowest rank is written to first; an earlier import keeps its rank.
CREATE TABLE contact_fact (
    id %ID%, party_kind TEXT NOT NULL CHECK (party_kind IN ('collectivity', 'relay')), party_id TEXT NOT NULL,
    address TEXT NOT NULL, rank INTEGER NOT NULL, import_id BIGINT NOT NULL, line BIGINT NOT NULL);
CREATE INDEX contact_fact_party ON contact_fact (party_id, address);
-- The contacts in force: of what several lists say, the first one's word and rank.
CREATE VIEW contact AS SELECT f.id, f.party_kind, f.party_id, f.address, f.rank, f.import_id, f.line FROM contact_fact f
    JOIN import_in_force i ON i.id = f.import_id WHERE NOT EXISTS (
        SELECT 1 FROM contact_fact earlier JOIN import_in_force e ON e.id = earlier.import_id
        WHERE earlier.party_id = f.party_id AND earlier.rank < f.rank AND earlier.address = f.address);

-- Addresses never written to again, and why. Several reasons, and several lists, may stand for one address.
CREATE TABLE suppression_fact (
    id %ID%, address TEXT NOT NULL, reason TEXT NOT NULL CHECK (reason IN ('objection', 'dead', 'complaint')),
    at_ms BIGINT NOT NULL, origin TEXT NOT NULL, import_id BIGINT);
CREATE UNIQUE INDEX suppression_fact_once ON suppression_fact (address, reason, COALESCE(import_id, 0));
CREATE VIEW suppression AS SELECT f.id, f.address, f.reason, f.at_ms, f.origin, f.import_id FROM suppression_fact f
    WHERE (f.import_id IS NULL OR f.import_id IN (SELECT id FROM import_in_force)) AND NOT EXISTS (
        SELECT 1 FROM suppression_fact earlier WHERE earlier.address = f.address AND earlier.reason = f.reason
        AND earlier.id < f.id AND (earlier.import_id IS NULL OR earlier.import_id IN (SELECT id FROM import_in_force)));

-- -- HOW: campaigns ---------------------------------------------------------------------------------------
CREATE TABLE campaign (
    id %ID%, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'started', 'paused', 'cancelled')),
    deadline TEXT NOT NULL,          -- the day, YYYY-MM-DD; its end, Europe/Paris
    previous_deadline TEXT,          -- before the last extension
    schedule TEXT NOT NULL,          -- sha256 of a document
    templates_folder TEXT NOT NULL,
    created_ms BIGINT NOT NULL, started_ms BIGINT,
    approval TEXT,                   -- what start approved (approval_digest); NULL before
    answers_as_of_ms BIGINT);        -- the list of respondents is of that instant, derived; NULL = unknown
CREATE TABLE answers_known_fact (
    id %ID%, campaign_id BIGINT NOT NULL REFERENCES campaign (id), as_of_ms BIGINT NOT NULL, at_ms BIGINT NOT NULL,
    import_id BIGINT, by_whom TEXT NOT NULL);
CREATE TABLE document (sha256 TEXT PRIMARY KEY, bytes %BYTES% NOT NULL);
CREATE TABLE campaign_template (
    campaign_id BIGINT NOT NULL REFERENCES campaign (id), name TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES document (sha256), PRIMARY KEY (campaign_id, name));

-- What is known of a party's place in a campaign: rows that name their import; undo takes rows back.
CREATE TABLE enrolment_fact (
    id %ID%, campaign_id BIGINT NOT NULL REFERENCES campaign (id), party_id TEXT NOT NULL,
    fact TEXT NOT NULL CHECK (fact IN ('informed', 'selected', 'unselected', 'answered', 'unanswered', 'objected', 'withdrawn')),
    at_ms BIGINT NOT NULL, answered_on TEXT, import_id BIGINT, origin TEXT NOT NULL, by_whom TEXT NOT NULL);
CREATE INDEX enrolment_fact_party ON enrolment_fact (campaign_id, party_id);
CREATE INDEX enrolment_fact_import ON enrolment_fact (import_id);
-- The state in force, derived from the facts by one function (mailer/enrolment.c).
CREATE TABLE enrolment (
    campaign_id BIGINT NOT NULL REFERENCES campaign (id), party_id TEXT NOT NULL,
    selected INTEGER NOT NULL, answered INTEGER NOT NULL, answered_on TEXT, answered_ms BIGINT,
    objected INTEGER NOT NULL, withdrawn INTEGER NOT NULL, PRIMARY KEY (campaign_id, party_id));

CREATE TABLE wave (
    id %ID%, campaign_id BIGINT NOT NULL REFERENCES campaign (id), name TEXT NOT NULL, title TEXT NOT NULL,
    position INTEGER NOT NULL, audience TEXT NOT NULL, template TEXT NOT NULL,
    offset_days INTEGER,      -- whole days from the deadline (-14 = fourteen before), or:
    at_ms BIGINT,             -- an instant
    uncertain TEXT NOT NULL CHECK (uncertain IN ('hold', 'resend')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'skipped')),
    reason TEXT NOT NULL DEFAULT '',
    frozen_ms BIGINT,         -- first armed dispatch: from here on the wave moves no more
    UNIQUE (campaign_id, name));
-- Instants of a wave, one row a group of departments that share it; planned once each.
CREATE TABLE wave_group (
    wave_id BIGINT NOT NULL REFERENCES wave (id), department TEXT NOT NULL, at_ms BIGINT NOT NULL,
    planned_ms BIGINT, skipped TEXT NOT NULL DEFAULT '', PRIMARY KEY (wave_id, department));

-- -- send: deliveries (states: mailer/send/delivery.h) -----------------------------------------------------
CREATE TABLE delivery (
    id %ID%, wave_id BIGINT NOT NULL REFERENCES wave (id), party_id TEXT NOT NULL, department TEXT NOT NULL,
    state INTEGER NOT NULL, reason TEXT NOT NULL DEFAULT '',
    not_before_ms BIGINT NOT NULL, -- when the next try is due, the recipient's window included
    first_try_ms BIGINT, attempts INTEGER NOT NULL DEFAULT 0, resends INTEGER NOT NULL DEFAULT 0,
    dispatch_id BIGINT,            -- the current one
    run_id BIGINT,                 -- the run that holds it while claimed or armed
    returned INTEGER NOT NULL DEFAULT 0); -- what came back, a set of bits (mailer/send/delivery.h)
CREATE UNIQUE INDEX delivery_once ON delivery (wave_id, party_id) WHERE state <> 8; -- 8 = cancelled
CREATE INDEX delivery_due ON delivery (state, not_before_ms);
CREATE INDEX delivery_party ON delivery (party_id);

CREATE TABLE lease (id %ID%, run_id BIGINT NOT NULL REFERENCES run (id), boot_id TEXT NOT NULL, at_ms BIGINT NOT NULL);
CREATE TABLE dispatch (
    id %ID%, delivery_id BIGINT NOT NULL REFERENCES delivery (id), contact_id BIGINT, address TEXT NOT NULL,
    message_id TEXT NOT NULL, token TEXT NOT NULL, date_ms BIGINT NOT NULL, sha256 TEXT,
    lease_id BIGINT, armed_ms BIGINT, ended_ms BIGINT, code INTEGER, reply TEXT);
CREATE INDEX dispatch_delivery ON dispatch (delivery_id);
CREATE INDEX dispatch_address ON dispatch (address);
CREATE INDEX dispatch_message_id ON dispatch (message_id);

-- The ledger. Rows are only ever added.
CREATE TABLE event (
    id %ID%, at_ms BIGINT NOT NULL, campaign_id BIGINT, wave_id BIGINT, party_id TEXT, delivery_id BIGINT,
    dispatch_id BIGINT, event TEXT NOT NULL, address TEXT NOT NULL DEFAULT '', code TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL, by_whom TEXT NOT NULL DEFAULT '');
CREATE INDEX event_party ON event (party_id, id);
CREATE INDEX event_campaign ON event (campaign_id, event);

-- -- inbox: what came back ---------------------------------------------------------------------------------
CREATE TABLE inbound (
    id %ID%, sha256 TEXT NOT NULL, message_id TEXT NOT NULL, source TEXT NOT NULL, received_ms BIGINT NOT NULL,
    kind TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL, recipients TEXT NOT NULL, status TEXT NOT NULL,
    reason TEXT NOT NULL, reply_text TEXT NOT NULL, proof TEXT NOT NULL CHECK (proof IN ('token', 'likely', 'none')),
    campaign_id BIGINT, party_id TEXT, delivery_id BIGINT, dispatch_id BIGINT,
    settled TEXT NOT NULL DEFAULT '', -- '' = nobody has looked yet; 'auto' = its rule has acted
    raw %BYTES% NOT NULL, UNIQUE (sha256, message_id));
-- « Déjà répondu » holds a party's reminders until staff settle it, or until the instant.
CREATE TABLE hold (
    id %ID%, campaign_id BIGINT NOT NULL, party_id TEXT NOT NULL, until_ms BIGINT NOT NULL, inbound_id BIGINT,
    reason TEXT NOT NULL, lifted_ms BIGINT);
CREATE INDEX hold_party ON hold (campaign_id, party_id);
