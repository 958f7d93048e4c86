-- +goose Up

-- Pages for the public are kept by every process (web/cache.go) until content that they show has changed. Whatever
-- statement changes such content says so on the channel "content": to all processes at once, when its transaction has
-- committed and not before, in the order of the commits. There is no stored version that counts the changes: a row would
-- make publications wait for each other, and a sequence would be ahead of the commit that it counts.
--
-- Each table whose rows a public page shows has this trigger; a test in internal/app reads the plans of the pages' queries
-- and fails when one has not:
--
--   CREATE TRIGGER partners_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON partners
--       FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
--
-- The argument 'vocabulary' marks the tables that processes hold in memory and load again (internal/gcm).
-- +goose StatementBegin
CREATE FUNCTION content_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('content', coalesce(TG_ARGV[0], 'page'));
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE TRIGGER pledges_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledges
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
-- A new file belongs to a draft, which changes pledges when it is published.
CREATE TRIGGER attachments_content AFTER UPDATE OR DELETE OR TRUNCATE ON attachments
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER settings_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON settings
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

CREATE TRIGGER thematic_areas_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON thematic_areas
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER objectives_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON objectives
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER principles_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON principles
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER sectors_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON sectors
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER actor_categories_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON actor_categories
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER regions_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON regions
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER countries_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON countries
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
CREATE TRIGGER champions_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON champions
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');
