-- +goose Up

-- The peer exchanges of the Champion countries (champions.md): what the offices of a confirmed Champion offer to others or wish from
-- them, by objective, until a day. Other Champions' offices read it, and write to its office through the portal.
CREATE TABLE champion_exchanges (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    office_id  bigint NOT NULL CONSTRAINT champion_exchanges_office_fkey REFERENCES offices (id),
    author_id  bigint NOT NULL CONSTRAINT champion_exchanges_author_fkey REFERENCES users (id),
    kind       text NOT NULL,
    objective  int NOT NULL CONSTRAINT champion_exchanges_objective_fkey REFERENCES objectives (n),
    title      text NOT NULL,
    text       text NOT NULL,
    lang       text NOT NULL,
    until      date NOT NULL,           -- the last day on which it holds
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,             -- before that day, by the office or the network desk
    CONSTRAINT champion_exchanges_pkey PRIMARY KEY (id),
    CONSTRAINT champion_exchanges_kind_known CHECK (kind IN ('offer', 'wish')),
    CONSTRAINT champion_exchanges_title_not_blank CHECK (title <> ''),
    CONSTRAINT champion_exchanges_text_not_blank CHECK (text <> ''),
    CONSTRAINT champion_exchanges_lang_known CHECK (lang IN ('ar', 'en', 'es', 'fr', 'ru', 'zh'))
);
CREATE INDEX champion_exchanges_open ON champion_exchanges (objective, kind, until) WHERE ended_at IS NULL;
CREATE INDEX champion_exchanges_office ON champion_exchanges (office_id);
CREATE INDEX champion_exchanges_author ON champion_exchanges (author_id);

-- What its office and another one have written to each other about it: one conversation for each other office.
CREATE TABLE champion_exchange_messages (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    exchange_id bigint NOT NULL CONSTRAINT champion_exchange_messages_exchange_fkey REFERENCES champion_exchanges (id),
    office_id   bigint NOT NULL CONSTRAINT champion_exchange_messages_office_fkey REFERENCES offices (id), -- the other office
    by_other    boolean NOT NULL,       -- the other office wrote it
    author_id   bigint NOT NULL CONSTRAINT champion_exchange_messages_author_fkey REFERENCES users (id),
    body        text NOT NULL,
    at          timestamptz NOT NULL,
    CONSTRAINT champion_exchange_messages_pkey PRIMARY KEY (id)
);
CREATE INDEX champion_exchange_messages_exchange ON champion_exchange_messages (exchange_id, office_id, id);
CREATE INDEX champion_exchange_messages_office ON champion_exchange_messages (office_id);
CREATE INDEX champion_exchange_messages_author ON champion_exchange_messages (author_id);
