-- Which relay ([smtp], [smtp.NAME]) a message last went to: of a delivery while it is armed (NULL in any other state), of a dispatch
-- once the answer is there, or the sender that waited for it is dead. NULL = it never came as far as a relay, or before this was kept.
ALTER TABLE delivery ADD COLUMN armed_relay TEXT;
ALTER TABLE dispatch ADD COLUMN relay TEXT;
