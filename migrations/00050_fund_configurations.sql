-- +goose Up

-- What the fund changes from time to time (fund.md, The form): thematic areas, budget categories, limits and markers, by
-- version. A note says by its times under which version it was written: a step was saved under the one that was in force.
CREATE TABLE fund_configurations (
    version  int NOT NULL,
    in_force timestamptz NOT NULL,
    content  jsonb NOT NULL,
    CONSTRAINT fund_configurations_pkey PRIMARY KEY (version),
    CONSTRAINT fund_configurations_in_force_key UNIQUE (in_force),
    CONSTRAINT fund_configurations_version_positive CHECK (version > 0),
    CONSTRAINT fund_configurations_content_object CHECK (jsonb_typeof(content) = 'object')
);
CREATE TRIGGER fund_configurations_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON fund_configurations
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed('vocabulary');

-- The thematic areas and their objectives are those of the vocabulary; the names of the scales are the portal's own.
-- +goose StatementBegin
INSERT INTO fund_configurations (version, in_force, content)
SELECT 1, '2020-01-01 00:00:00+00', jsonb_build_object('areas', (
    SELECT jsonb_agg(jsonb_build_object('id', t.id, 'names', t.title,
        'objectives', (SELECT jsonb_agg(o.n ORDER BY o.n) FROM objectives o WHERE o.theme = t.n)) ORDER BY t.n)
      FROM thematic_areas t)) || $seed${
"duration": {"least": 18, "most": 36},
"indirect": 700,
"categories": [
 {"id": "staff", "names": {"en": "Staff and other personnel", "ar": "الموظفون وغيرهم من الأفراد"}},
 {"id": "supplies", "names": {"en": "Supplies, commodities and materials", "ar": "اللوازم والسلع والمواد"}},
 {"id": "equipment", "names": {"en": "Equipment, vehicles and furniture, including depreciation", "ar": "المعدات والمركبات والأثاث، بما في ذلك الاستهلاك"}},
 {"id": "contracts", "names": {"en": "Contractual services", "ar": "الخدمات التعاقدية"}},
 {"id": "travel", "names": {"en": "Travel", "ar": "السفر"}},
 {"id": "transfers", "names": {"en": "Transfers and grants to counterparts", "ar": "التحويلات والمنح للنظراء"}},
 {"id": "operating", "names": {"en": "General operating and other direct costs", "ar": "مصروفات التشغيل العامة والتكاليف المباشرة الأخرى"}}
],
"markers": {
 "rights": {"least": "", "scale": [
  {"value": "A", "names": {"en": "A: human rights shape the whole programme", "ar": "A: حقوق الإنسان توجّه البرنامج كله"}},
  {"value": "B", "names": {"en": "B: human rights shape a part of it", "ar": "B: حقوق الإنسان توجّه جزءاً منه"}},
  {"value": "C", "names": {"en": "C: human rights are hardly touched", "ar": "C: لا يكاد البرنامج يمسّ حقوق الإنسان"}}]},
 "gender": {"least": "1", "scale": [
  {"value": "0", "names": {"en": "0: not addressed", "ar": "0: غير متناولة"}},
  {"value": "1", "names": {"en": "1: addressed in some measure", "ar": "1: متناولة بقدر ما"}},
  {"value": "2", "names": {"en": "2: a significant aim", "ar": "2: غاية مهمة"}},
  {"value": "3", "names": {"en": "3: the principal aim", "ar": "3: الغاية الرئيسية"}}]},
 "child": {"least": "1", "scale": [
  {"value": "0", "names": {"en": "0: not addressed", "ar": "0: غير متناولة"}},
  {"value": "1", "names": {"en": "1: addressed in some measure", "ar": "1: متناولة بقدر ما"}},
  {"value": "2", "names": {"en": "2: a significant aim", "ar": "2: غاية مهمة"}},
  {"value": "3", "names": {"en": "3: the principal aim", "ar": "3: الغاية الرئيسية"}}]}
}}$seed$::jsonb;
-- +goose StatementEnd
