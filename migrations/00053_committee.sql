-- +goose Up

-- Reviewers of whichever side, beside those of the United Nations and external ones: the Network's rule is about practices
-- (review.md, Peer review); a concept note asks for two, of any side.
ALTER TABLE review_settings
    ADD COLUMN either_needed int NOT NULL DEFAULT 0,
    DROP CONSTRAINT review_settings_needed_sane,
    ADD CONSTRAINT review_settings_needed_sane CHECK (un_needed BETWEEN 0 AND 9 AND external_needed BETWEEN 0 AND 9 AND either_needed BETWEEN 0 AND 9
        AND un_needed + external_needed + either_needed > 0);
ALTER TABLE review_rounds
    ADD COLUMN either_needed int NOT NULL DEFAULT 0,
    DROP CONSTRAINT review_rounds_lacks_known,
    ADD CONSTRAINT review_rounds_lacks_known CHECK (lacks IN ('', 'un', 'external', 'either', 'third'));

-- What the desk has set itself stays as it is.
UPDATE review_settings SET un_needed = 0, external_needed = 0, either_needed = 2 WHERE kind = 'concept_note' AND changed_by IS NULL;

-- Concept notes are judged by principles, markers, partnership, results and budget (fund.md, Review). The first set was that
-- of practices.
WITH made AS (
    INSERT INTO review_criteria_sets (kind, version, created_at)
    SELECT 'concept_note', 2, now() WHERE NOT EXISTS (SELECT FROM review_criteria_sets WHERE kind = 'concept_note' AND version > 1) RETURNING id
)
INSERT INTO review_criteria (set_id, n, weight, names, levels)
SELECT made.id, c.n, c.weight, c.names, c.levels FROM made CROSS JOIN (VALUES
    (1, 25, '{"en": "Guiding principles", "ar": "المبادئ التوجيهية"}'::jsonb, '{
        "en": ["The principles are repeated, not applied.", "A few principles are applied; others are left out.", "Most principles are applied; how is not always said.", "All ten are applied, and it is said how.", "All ten shape what is done, and how that will be seen is said."],
        "ar": ["المبادئ مكررة دون تطبيق.", "طُبّق قليل من المبادئ وأُهمل غيرها.", "طُبّق معظم المبادئ، ولا يُذكر دائمًا كيف.", "طُبّقت المبادئ العشرة كلها مع بيان الكيفية.", "المبادئ العشرة توجّه العمل، ومذكور كيف سيظهر ذلك."]}'::jsonb),
    (2, 15, '{"en": "Markers: human rights, gender, children", "ar": "المؤشرات: حقوق الإنسان والجنسانية والأطفال"}', '{
        "en": ["The markers are not justified.", "The markers do not fit what is planned.", "The markers fit; their reasons are thin.", "The markers fit, and activities and money stand behind them.", "The markers fit, and results for women, men and children are planned and measured apart."],
        "ar": ["المؤشرات بلا مبرر.", "المؤشرات لا تناسب ما هو مخطط.", "المؤشرات مناسبة، ومبرراتها ضعيفة.", "المؤشرات مناسبة، وتسندها أنشطة وأموال.", "المؤشرات مناسبة، ونتائجها للنساء والرجال والأطفال مخططة ومقيسة كل على حدة."]}'),
    (3, 20, '{"en": "Partnership", "ar": "الشراكة"}', '{
        "en": ["One organization does the work; the others are named.", "Roles are divided; government or migrants take little part.", "Organizations and government work together; others are consulted.", "Each partner has a part that the others need, migrants in every phase.", "The partnership is what makes the programme possible, and it will outlast it."],
        "ar": ["منظمة واحدة تقوم بالعمل وغيرها مذكور فقط.", "الأدوار موزعة، ومشاركة الحكومة أو المهاجرين قليلة.", "المنظمات والحكومة تعمل معًا، ويُستشار الآخرون.", "لكل شريك دور يحتاج إليه الآخرون، والمهاجرون في كل مرحلة.", "الشراكة هي ما يجعل البرنامج ممكنًا، وستبقى بعده."]}'),
    (4, 25, '{"en": "Results and theory of change", "ar": "النتائج ونظرية التغيير"}', '{
        "en": ["It is not clear what will change.", "Activities are listed; what they lead to is not said.", "Results are named; how they come about is only partly shown.", "Results can be measured and follow from what is done; risks are met.", "Results can be measured, follow from what is done, are backed by evidence and will last."],
        "ar": ["لا يتضح ما الذي سيتغير.", "الأنشطة مذكورة، ولا يُذكر ما تفضي إليه.", "النتائج مذكورة، وكيف تتحقق مبيّن جزئيًا فقط.", "النتائج قابلة للقياس وتنتج عما يُنفَّذ، والمخاطر معالجة.", "النتائج قابلة للقياس وتنتج عما يُنفَّذ وتسندها الأدلة وستدوم."]}'),
    (5, 15, '{"en": "Budget", "ar": "الميزانية"}', '{
        "en": ["The amounts do not fit the plan.", "Large amounts cannot be explained from the plan.", "The amounts fit the plan; shares between organizations are not explained.", "The amounts fit the plan and the shares follow the roles.", "The amounts fit, the shares follow the roles, and others contribute."],
        "ar": ["المبالغ لا تناسب الخطة.", "مبالغ كبيرة لا تفسرها الخطة.", "المبالغ تناسب الخطة، ولا تُشرح حصص المنظمات.", "المبالغ تناسب الخطة، والحصص تتبع الأدوار.", "المبالغ مناسبة، والحصص تتبع الأدوار، وغيرهم يساهم."]}')
    ) AS c (n, weight, names, levels);

-- How many members the Steering Committee has, and how many must be there for it to decide. Each row is a version; the last
-- one holds.
CREATE TABLE committee_rules (
    version  int NOT NULL,
    members  int NOT NULL,
    quorum   int NOT NULL,
    saved_by bigint CONSTRAINT committee_rules_saved_by_fkey REFERENCES users (id), -- NULL is what the portal began with
    saved_at timestamptz NOT NULL,
    CONSTRAINT committee_rules_pkey PRIMARY KEY (version),
    CONSTRAINT committee_rules_version_positive CHECK (version > 0),
    CONSTRAINT committee_rules_members_range CHECK (members BETWEEN 1 AND 99),
    CONSTRAINT committee_rules_quorum_range CHECK (quorum BETWEEN 1 AND members)
);
INSERT INTO committee_rules (version, members, quorum, saved_at) VALUES (1, 12, 7, '2020-01-01 00:00:00+00');

-- Who was there at a meeting, with the rule of that day, and what was minuted that is about no note in particular.
CREATE TABLE committee_sessions (
    meeting_id bigint NOT NULL CONSTRAINT committee_sessions_meeting_fkey REFERENCES fund_meetings (id),
    version    int NOT NULL DEFAULT 1,
    present    int NOT NULL,
    members    int NOT NULL,
    quorum     int NOT NULL,
    minutes    text NOT NULL,
    saved_by   bigint NOT NULL CONSTRAINT committee_sessions_saved_by_fkey REFERENCES users (id),
    saved_at   timestamptz NOT NULL,
    CONSTRAINT committee_sessions_pkey PRIMARY KEY (meeting_id),
    CONSTRAINT committee_sessions_present_range CHECK (present BETWEEN 0 AND members),
    CONSTRAINT committee_sessions_minutes_not_blank CHECK (minutes <> '')
);

-- Concept notes on the shortlist of a meeting, and what the committee decided on each. Rows are never removed.
CREATE TABLE committee_entries (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    version      int NOT NULL DEFAULT 1,
    meeting_id   bigint NOT NULL CONSTRAINT committee_entries_meeting_fkey REFERENCES fund_meetings (id),
    note_id      bigint NOT NULL CONSTRAINT committee_entries_note_fkey REFERENCES submissions (id),
    place        int NOT NULL,                 -- the order in which they are dealt with
    from_meeting bigint CONSTRAINT committee_entries_from_meeting_fkey REFERENCES fund_meetings (id), -- from whose shortlist it was moved last
    added_by     bigint NOT NULL CONSTRAINT committee_entries_added_by_fkey REFERENCES users (id),
    added_at     timestamptz NOT NULL,
    removed_by   bigint CONSTRAINT committee_entries_removed_by_fkey REFERENCES users (id),
    removed_at   timestamptz,
    outcome      text NOT NULL DEFAULT '',     -- '' is none yet
    reason       text NOT NULL DEFAULT '',     -- to those who filed it
    discussion   text NOT NULL DEFAULT '',     -- the minutes on this note, for staff
    recused      int NOT NULL DEFAULT 0,       -- members who were there and took no part in this one
    pending_id   bigint,                       -- of pending_decisions: it leaves with a release
    decided_by   bigint CONSTRAINT committee_entries_decided_by_fkey REFERENCES users (id),
    decided_at   timestamptz,
    CONSTRAINT committee_entries_pkey PRIMARY KEY (id),
    CONSTRAINT committee_entries_outcome_known CHECK (outcome IN ('', 'endorse', 'revise', 'decline')),
    CONSTRAINT committee_entries_removed_whole CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
    CONSTRAINT committee_entries_decided_whole CHECK ((outcome = '') = (decided_at IS NULL) AND (outcome = '') = (decided_by IS NULL) AND (outcome = '' OR pending_id IS NOT NULL)),
    CONSTRAINT committee_entries_removed_undecided CHECK (removed_at IS NULL OR outcome = ''),
    CONSTRAINT committee_entries_recused_range CHECK (recused BETWEEN 0 AND 99)
);
CREATE UNIQUE INDEX committee_entries_once ON committee_entries (meeting_id, note_id) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX committee_entries_one_shortlist ON committee_entries (note_id) WHERE removed_at IS NULL AND outcome = '';
CREATE INDEX committee_entries_note ON committee_entries (note_id, id);
CREATE INDEX committee_entries_from ON committee_entries (from_meeting) WHERE from_meeting IS NOT NULL;
