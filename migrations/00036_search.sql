-- +goose Up

-- Public lists are searched by other forms of a word as well, and by the words nearest to one that nobody has written.

-- Trigrams find what is spelt nearly alike. The extension comes with PostgreSQL, and the owner of a database may add it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- +goose StatementBegin
CREATE FUNCTION search_dictionary(lang text) RETURNS regdictionary LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE lang WHEN 'en' THEN 'english_stem' WHEN 'fr' THEN 'french_stem' WHEN 'es' THEN 'spanish_stem'
        WHEN 'ru' THEN 'russian_stem' WHEN 'ar' THEN 'arabic_stem' END::regdictionary
$$;
-- +goose StatementEnd

-- Whether a folded word can be of the language: by its first letter.
-- +goose StatementBegin
CREATE FUNCTION search_reads(lang text, word text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN ascii(word) BETWEEN 97 AND 122 THEN lang IN ('en', 'fr', 'es')
        WHEN ascii(word) BETWEEN 1024 AND 1279 THEN lang = 'ru'
        WHEN ascii(word) BETWEEN 1536 AND 1791 THEN lang = 'ar' ELSE false END
$$;
-- +goose StatementEnd

-- The words of a text with the stems that they have in its languages. A stem begins with ß, which no folded word has, and
-- its language, so that no two languages meet in one by chance. Chinese has none.
-- +goose StatementBegin
CREATE FUNCTION search_stemmed(words tsvector, langs text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT words || coalesce((SELECT array_to_tsvector(array_agg(DISTINCT 'ß' || l.lang || s.stem))
      FROM unnest(tsvector_to_array(words)) w (word)
      JOIN unnest(langs) l (lang) ON search_reads(l.lang, w.word)
     CROSS JOIN LATERAL (SELECT (ts_lexize(search_dictionary(l.lang), w.word))[1] AS stem) s
     WHERE s.stem IS NOT NULL), ''::tsvector)
$$;
-- +goose StatementEnd

-- The stems of the words of a question, in every language that each can be of; NULL where it says nothing there, like an
-- article.
-- +goose StatementBegin
CREATE FUNCTION search_stems_of(words text[]) RETURNS TABLE (word text, lang text, stem text) LANGUAGE sql IMMUTABLE AS $$
    SELECT w.word, l.lang, (ts_lexize(search_dictionary(l.lang), w.word))[1]
      FROM (SELECT DISTINCT unnest(words) AS word) w
      JOIN unnest(ARRAY['en', 'fr', 'es', 'ru', 'ar']) l (lang) ON search_reads(l.lang, w.word)
$$;
-- +goose StatementEnd

CREATE INDEX pledge_words_near ON pledge_words USING gin (word gin_trgm_ops) WHERE ascii(word) <> 223;

UPDATE pledges SET words = search_stemmed(words, langs);
