-- Where a campaign's calendar was read from ('' = not known), as templates_folder says it of its templates: what is in these
-- places now may differ from what the database holds, and is then mentioned.
ALTER TABLE campaign ADD COLUMN schedule_file TEXT NOT NULL DEFAULT '';
