-- +goose Up

-- Also a pledge has the words of its titles, and those of who and where, by their place (migration 00043): of more matches
-- than are ranked those lead that have the words there.
UPDATE pledges SET words = search_placed(words, langs);
