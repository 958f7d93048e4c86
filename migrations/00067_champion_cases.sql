-- +goose Up

-- A country joins the Champion countries by one case at a time (champions.md, Bad input): whoever begins it, another office of
-- the country is told so. One that was put away counts, since it can be brought back.
CREATE UNIQUE INDEX submissions_one_champion_case ON submissions (country)
    WHERE kind = 'champion' AND state IN ('draft', 'submitted', 'in_review', 'changes_requested', 'put_away');
