-- +goose Up

-- A word in a title or a summary says more of a document than one in its text. There it is in the index a second time,
-- behind ß and the number of the place (1 a title, 2 what is said of the whole), so that the bitmaps of words also tell who
-- has it there, and no text need be looked at.

-- The words of a text with their stems (search_stemmed), and all of its places a and b as words of the place.
-- +goose StatementBegin
CREATE FUNCTION search_placed(words tsvector, langs text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT search_stemmed(words, langs) || coalesce((SELECT array_to_tsvector(array_agg(p.mark || w.word))
      FROM (VALUES ('ß1', '{a}'::"char"[]), ('ß2', '{b}')) p (mark, weights)
     CROSS JOIN LATERAL unnest(tsvector_to_array(search_stemmed(ts_filter(words, p.weights), langs))) w (word)), ''::tsvector)
$$;
-- +goose StatementEnd

UPDATE practices SET words = search_placed(words, langs);
