-- Care outside hospital of one slice. `event` numbers a person's contacts: 0 to 223 by age, 224 up by condition, 992 up what is planted.
CREATE OR REPLACE TABLE event AS
WITH counted AS (
  SELECT p, person, sex, b, whole(r.rate * getvariable('contacts') * (CASE WHEN frail THEN 1.35 ELSE 0.95 END) * (0.35 + 0.65 * -ln(1 - u(person, 'contacts'))), person, 'contact') AS times
  FROM person JOIN care_rate AS r USING (sex, b)
), slots AS (
  SELECT p, person, sex, b, unnest(range(least(times, 224)))::INTEGER AS event FROM counted WHERE times > 0
), byage AS (
  SELECT p, person, event, a.care, u(person * 1024 + event, 'day') AS x
  FROM slots JOIN care_at AS a ON a.sex = slots.sex AND a.b = slots.b AND a.q = floor(4096 * u(person * 1024 + event, 'care'))::SMALLINT
), regular AS (
  SELECT c.p, o.person, k.care, k.every, k.slot, floor(u(o.person * 64 + k.care, 'first day') * k.every)::INTEGER AS first
  FROM condition AS c JOIN care_of_condition AS k USING (condition) JOIN person AS o USING (p)
  WHERE u(o.person * 64 + k.care, 'cared for') < k.share
), bycondition AS (
  SELECT p, person, care, every, first, slot, unnest(range(1 + (365 - first) // every)) AS k FROM regular
)
SELECT p, person, event::SMALLINT AS event, byage.care::TINYINT AS care,
       CASE s.season WHEN 1 THEN CASE WHEN u(person * 1024 + event, 'in season') < 0.45 THEN (330 + floor(120 * x)::INTEGER) % 366 ELSE floor(366 * x)::INTEGER END
            ELSE floor(366 * x)::INTEGER END AS day
FROM byage JOIN care_season AS s USING (care)
UNION ALL
SELECT p, person, 224 + 16 * slot + k, care, least(365, greatest(0, first + k * every + floor(7 * u(person * 1024 + 224 + 16 * slot + k, 'day'))::INTEGER - 3)) FROM bycondition
UNION ALL
SELECT r.p, r.person, 992, getvariable('care_pregnancy'), (r.gives_birth - day_one())::INTEGER FROM resident AS r WHERE person IN (SELECT mother FROM newborn)
UNION ALL
SELECT p, person, 995, getvariable('care_flu_vaccination'), 291 + floor(45 * u(person, 'vaccinated on') ** 2)::INTEGER FROM person
WHERE u(person, 'vaccinated') < CASE WHEN age >= 65 THEN 1.02 * getvariable('flu_65') WHEN p IN (SELECT p FROM condition WHERE holder) THEN getvariable('flu_at_risk') WHEN age >= 18 THEN 0.04 ELSE 0 END
UNION ALL
SELECT p, person, 993, getvariable('care_epidemic'), day + floor(3 * u(person, 'sees a doctor on'))::INTEGER FROM infected
UNION ALL
SELECT p, person, 994, getvariable('care_follow_up'), day + contact FROM followed WHERE contact IS NOT NULL;

-- The lines a contact leads to; `flow` is who executes them: 0 the contact itself, 1 the pharmacy, 2 the laboratory, 3 what comes later.
-- An assay is no line of its own: it details the laboratory's, and is done when that one is.
CREATE OR REPLACE TABLE line AS
WITH drawn AS (
  SELECT e.p, e.event, i.n, i.w, i.flow, e.day + i.later AS day, e.day AS contact, (e.person + e.event) % 64 AS x
  FROM event AS e JOIN care_line AS i USING (care) WHERE i.sampled IS NULL AND u((e.person * 1024 + e.event) * 32 + i.n, 'line') < i.share
)
SELECT l.p, (l.p * 4096 + l.event * 4 + l.flow)::INTEGER AS claim, l.n, l.w, l.day::SMALLINT AS day, l.contact::SMALLINT AS contact,
       CASE WHEN x < 40 THEN 0 WHEN x < 56 THEN 1 WHEN x < 62 THEN 2 ELSE 3 END::TINYINT AS delay, 0::TINYINT AS mark
FROM drawn AS l JOIN person AS o USING (p)
WHERE l.day BETWEEN greatest(0, o.birth - day_one()) AND least(365, coalesce(o.death - day_one(), 365));

CREATE OR REPLACE TABLE assay AS
SELECT e.p, (e.p * 4096 + e.event * 4 + i.flow)::INTEGER AS claim, i.sampled AS n, i.n AS ord, i.w
FROM event AS e JOIN care_line AS i USING (care)
WHERE i.sampled IS NOT NULL AND u((e.person * 1024 + e.event) * 32 + i.sampled, 'line') < i.sampled_share AND u((e.person * 1024 + e.event) * 32 + i.n, 'line') < i.share;

-- What a study must filter: lines that cancel another (mark 1), and lines sent for information alone (mark 2).
INSERT INTO line
SELECT p, claim, n + 40, w, day, contact, delay, 1 FROM line WHERE u(claim::BIGINT * 32 + n, 'cancelled') < 0.004
UNION ALL
SELECT l.p, claim, n + 60, w, day, contact, delay, 2 FROM line AS l JOIN act USING (w) WHERE act.kind IN ('V', 'A') AND u(claim::BIGINT * 32 + n, 'information') < 0.01;
