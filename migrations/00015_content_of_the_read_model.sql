-- +goose Up

-- The read model of pledges is content like the pledges themselves (00007). It changes in their transactions, where one
-- notification is sent for all, and when it is built anew.
CREATE TRIGGER pledge_actors_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledge_actors
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER pledge_bitmaps_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledge_bitmaps
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER pledge_chunks_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledge_chunks
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER pledge_word_bitmaps_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledge_word_bitmaps
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER pledge_words_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledge_words
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
