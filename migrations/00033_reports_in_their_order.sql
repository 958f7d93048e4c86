-- +goose Up

-- A report can wait at the desk while a later one is published. When its turn comes it joins the dated updates, and the
-- pledge stands on as the report of the latest day says.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_standing_next() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ahead bigint[];
BEGIN
    PERFORM pledge_model_lock();
    IF EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM pledge_standings s WHERE s.pledge_id = a.pledge_id AND s.until IS NULL)) THEN
        RAISE EXCEPTION 'an update of a pledge that was never published';
    END IF;
    SELECT array_agg(a.id) INTO ahead FROM added a JOIN pledge_standings s ON s.pledge_id = a.pledge_id AND s.until IS NULL
      LEFT JOIN pledge_updates u ON u.id = s.update_id WHERE u.id IS NULL OR a.on_day >= u.on_day;
    UPDATE pledge_standings s SET until = greatest(x.published_at, s.since + interval '1 microsecond')
      FROM (SELECT DISTINCT ON (pledge_id) pledge_id, published_at FROM added WHERE id = ANY (ahead) ORDER BY pledge_id, id) x
     WHERE s.pledge_id = x.pledge_id AND s.until IS NULL;
    INSERT INTO pledge_standings (pledge_id, since, until, update_id, status, next_report_on)
    SELECT pledge_id, since, lead(since) OVER (PARTITION BY pledge_id ORDER BY id), id, status, next_report_on
      FROM (SELECT a.*, greatest(max(a.published_at) OVER story, e.until) + (row_number() OVER story - 1) * interval '1 microsecond' AS since
              FROM added a JOIN LATERAL (SELECT until FROM pledge_standings WHERE pledge_id = a.pledge_id ORDER BY pledge_standings.since DESC LIMIT 1) e ON true
             WHERE a.id = ANY (ahead)
            WINDOW story AS (PARTITION BY a.pledge_id ORDER BY a.id)) x;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
