-- How far along the ledger late joiners of this schedule have been looked for (mailer/send/late_joiners.c), so that a sender that
-- starts anew need not look through everybody again. Of another schedule, or with anybody still to be looked at again: 0.
ALTER TABLE campaign ADD COLUMN joiners_event BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN joiners_schedule TEXT NOT NULL DEFAULT '';

-- What is armed, while it is: when, and the SHA-256 of its bytes (hex). Its dispatch is told when the answer is there, so that a
-- message is written once when its dot may leave and once when it has ended. NULL in any other state.
ALTER TABLE delivery ADD COLUMN armed_ms BIGINT;
ALTER TABLE delivery ADD COLUMN armed_sha256 TEXT;
UPDATE delivery SET armed_ms = (SELECT p.armed_ms FROM dispatch p WHERE p.id = delivery.dispatch_id),
    armed_sha256 = (SELECT p.sha256 FROM dispatch p WHERE p.id = delivery.dispatch_id) WHERE state = 2;
