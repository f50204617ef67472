-- What the campaign's schedule says once it was read (schedules/schedule_record.h), so that a sender need not read calendars. The file itself, in
-- document, stays what counts: where this is NULL, as for campaigns older than it, the file is read.
ALTER TABLE campaign ADD COLUMN schedule_read TEXT;
