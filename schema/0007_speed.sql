-- How far along the ledger late joiners of this schedule have been looked for (mailer/send/late_joiners.c), so that a sender that
-- starts anew need not look through everybody again. Of another schedule, or with anybody still to be looked at again: 0.
ALTER TABLE campaign ADD COLUMN joiners_event BIGINT NOT NULL DEFAULT 0;
ALTER TABLE campaign ADD COLUMN joiners_schedule TEXT NOT NULL DEFAULT '';
