-- +goose Up

-- The fund desk's lead sets the next version of the configuration; a version is never changed. NULL is as the portal came. How
-- long an answer may be is of the fund too.
ALTER TABLE fund_configurations ADD COLUMN set_by bigint CONSTRAINT fund_configurations_set_by_fkey REFERENCES users (id);
UPDATE fund_configurations SET content = content || '{"lengths": {"part": 6000, "short": 2000}}';
CREATE TRIGGER fund_configurations_append_only BEFORE UPDATE OR DELETE ON fund_configurations FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER fund_configurations_no_truncate BEFORE TRUNCATE ON fund_configurations FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When somebody sent a step by a button and had changed nothing: they have read it as it is now.
ALTER TABLE submission_steps ADD COLUMN confirmed_at timestamptz;
