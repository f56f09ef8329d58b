-- Stays in hospital of one slice. `n` numbers a person's stays: 0 to 31 by age, 32 up by condition, then what is planted.
CREATE OR REPLACE TABLE stay_drawn AS
WITH counted AS (
  SELECT p, person, sex, b, birth, death, frail, whole(r.rate * CASE WHEN frail THEN 1.6 ELSE 0.9 END * 0.7 * -ln(1 - u(person, 'stays')) / 0.7, person, 'stay') AS times
  FROM person JOIN stay_rate AS r USING (sex, b) WHERE mother IS NULL
), slots AS (
  SELECT p, person, sex, b, unnest(range(least(times, 8)))::INTEGER AS n FROM counted WHERE times > 0
), byage AS (
  SELECT p, person, n, a.kind, floor(u(person * 1024 + n, 'day of stay') * 366)::INTEGER AS day
  FROM slots JOIN stay_at AS a ON a.sex = slots.sex AND a.b = slots.b AND a.q = floor(4096 * u(person * 1024 + n, 'kind of stay'))::SMALLINT
), ill AS (
  SELECT c.p, o.person, k.kind, k.rate, whole(k.rate * CASE o.sex WHEN 2 THEN k.women ELSE 1 END, o.person * 64 + k.kind, 'stays of condition') AS times
  FROM condition AS c JOIN stay_of_condition AS k USING (condition) JOIN person AS o USING (p)
), bycondition AS (
  SELECT p, person, 32 + (kind::INTEGER % 12) * 20 + unnest(range(least(times, 20)))::INTEGER AS n, kind FROM ill WHERE times > 0
)
SELECT p, person, n, kind, day FROM byage
UNION ALL
SELECT p, person, n, kind, floor(u(person * 1024 + n, 'day of stay') * 366)::INTEGER FROM bycondition
UNION ALL
SELECT p, person, 280, getvariable('stay_final'), (death - day_one())::INTEGER - floor(u(person, 'last stay') * 12)::INTEGER FROM person WHERE death IS NOT NULL AND u(person, 'dies in hospital') < 0.53
UNION ALL
SELECT m.p, m.person, 281, getvariable('stay_delivery'), (m.gives_birth - day_one())::INTEGER FROM resident AS m WHERE person IN (SELECT mother FROM newborn)
UNION ALL
SELECT p, person, 282, getvariable('stay_newborn'), (birth - day_one())::INTEGER FROM person WHERE mother IS NOT NULL;

CREATE OR REPLACE TABLE stay AS
WITH lasting AS (
  SELECT s.p, s.person, s.n, s.kind, o.d, o.age, o.sex, o.frail, o.death, s.day,
         CASE WHEN s.kind = getvariable('stay_final') THEN (o.death - day_one())::INTEGER - s.day
              WHEN k.days = 0 THEN 0
              ELSE least(60, whole(k.days * (0.35 + 0.65 * -ln(1 - u(s.person * 1024 + s.n, 'length'))), s.person * 1024 + s.n, 'length, rounded')) END AS days
  FROM stay_drawn AS s JOIN person AS o USING (p) JOIN stay_kind AS k USING (kind)
  WHERE s.day >= 0 AND day_one() + s.day >= o.birth AND (o.death IS NULL OR day_one() + s.day <= o.death)
)
SELECT p, person, n, kind, d, day, least(days, coalesce((death - day_one())::INTEGER - day, days), 365 - day) AS days, age, sex, frail,
       coalesce(death = day_one() + day + least(days, coalesce((death - day_one())::INTEGER - day, days), 365 - day), false) AS dies,
       kind = getvariable('stay_heart_failure') AND u(person * 1024 + n, 'severe') < getvariable('severe') AS severe, hospital, finess
FROM (SELECT l.*, floor(u(person * 1024 + n, 'hospital') * h.hospitals)::SMALLINT AS hospital FROM lasting AS l JOIN hospital_count AS h USING (d))
JOIN establishment USING (d, hospital);
