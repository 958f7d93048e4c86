-- +goose Up

-- Like every table on which kept pages rest, whatever becomes of it.
DROP TRIGGER programme_stages_content ON programme_stages;
CREATE TRIGGER programme_stages_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON programme_stages FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
