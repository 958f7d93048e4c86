-- +goose Up

-- The read model of the list (00014, 00026) has a facet more: the quarters of a year, in Geneva, in which an update of the
-- pledge was published. What has been said stays said, so its bits are only ever added, by the update itself.
-- +goose StatementBegin
CREATE FUNCTION pledge_quarter(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT to_char(at AT TIME ZONE 'Europe/Zurich', 'YYYY"-Q"Q')
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_facets(pledge bigint, objectives int[], regions text[], countries text[], category text, natures text[], type text, principles int[],
    first_published_at timestamptz, langs text[]) RETURNS TABLE (facet text, value text) LANGUAGE sql STABLE AS $$
    SELECT 'all', ''
    UNION SELECT 'objective', unnest(objectives)::text
    UNION SELECT 'region', unnest(regions)
    UNION SELECT 'country', unnest(countries)
    UNION SELECT 'category', category
    UNION SELECT 'nature', unnest(natures)
    UNION SELECT 'type', type
    UNION SELECT 'principle', unnest(principles)::text
    UNION SELECT 'year', extract(year FROM first_published_at AT TIME ZONE 'Europe/Zurich')::int::text
    UNION SELECT 'language', unnest(langs)
    UNION SELECT f.facet, f.value FROM pledge_standings s, pledge_standing_facets(s.status, s.next_report_on) f WHERE s.pledge_id = pledge AND s.until IS NULL
    UNION SELECT 'reported', pledge_quarter(u.published_at) FROM pledge_updates u WHERE u.pledge_id = pledge
$$;
-- +goose StatementEnd

-- The version of the chunk is raised by the standing that follows from the same update (00026).
-- +goose StatementBegin
CREATE FUNCTION pledge_report_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    INSERT INTO pledge_bitmaps AS b (chunk, facet, value, n, bits)
    SELECT p.ordinal >> 13, 'reported', pledge_quarter(u.published_at), bit_count(bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))),
           bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
      FROM added u JOIN pledges p ON p.id = u.pledge_id AND p.until IS NULL GROUP BY 1, 3
        ON CONFLICT ON CONSTRAINT pledge_bitmaps_pkey DO UPDATE SET bits = b.bits | excluded.bits, n = bit_count(b.bits | excluded.bits);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledge_updates_reported AFTER INSERT ON pledge_updates REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_report_follow();

INSERT INTO pledge_bitmaps (chunk, facet, value, n, bits)
SELECT p.ordinal >> 13, 'reported', pledge_quarter(u.published_at), bit_count(bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))),
       bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
  FROM pledge_updates u JOIN pledges p ON p.id = u.pledge_id AND p.until IS NULL GROUP BY 1, 3;
UPDATE pledge_chunks SET version = version + 1;

-- Six States whose point on the map was among their outlying islands, or on another island, get one near their mainland or
-- capital; one that an administrator has moved stays.
UPDATE countries c SET x = n.x, y = n.y
  FROM (VALUES ('ES', 309.5, 114, 335.4, 85.3), ('PT', 296, 90.9, 327.5, 86.7), ('EC', 158.3, 189.4, 183.7, 191.7), ('MU', 482.4, 207.6, 450.7, 241.6),
               ('MY', 566.5, 178.4, 541.3, 177.3), ('KI', 26.6, 183.1, 682.2, 184.2)) n (iso2, was_x, was_y, x, y)
 WHERE c.iso2 = n.iso2 AND c.x = n.was_x AND c.y = n.was_y;
