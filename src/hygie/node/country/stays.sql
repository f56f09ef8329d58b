-- Stays in hospital of one slice. `n` numbers a person's stays: 0 to 31 by age, 32 up by condition, then what is planted.
CREATE OR REPLACE TABLE stay_drawn AS
WITH counted AS (
  SELECT p, person, sex, b, birth, death, frail, whole(r.rate * CASE WHEN frail THEN 1.6 ELSE 0.9 END * -ln(1 - u(person, 'stays')), person, 'stay') AS times
  FROM person JOIN stay_rate AS r USING (sex, b) WHERE mother IS NULL
), slots AS (
  SELECT p, person, sex, b, unnest(range(least(times, 8)))::INTEGER AS n FROM counted WHERE times > 0
), byage AS (
  SELECT p, person, n, a.kind, floor(u(person * 1024 + n, 'day of stay') * 366)::INTEGER AS day
  FROM slots JOIN stay_at AS a ON a.sex = slots.sex AND a.b = slots.b AND a.q = floor(4096 * u(person * 1024 + n, 'kind of stay'))::SMALLINT
), ill AS (
  SELECT c.p, o.person, k.kind, k.slot, whole(k.rate * CASE o.sex WHEN 2 THEN k.women ELSE 1 END, o.person * 64 + k.kind, 'stays of condition') AS times
  FROM condition AS c JOIN stay_of_condition AS k USING (condition) JOIN person AS o USING (p)
), bycondition AS (
  SELECT p, person, 32 + slot * 20 + unnest(range(least(times, 20)))::INTEGER AS n, kind FROM ill WHERE times > 0
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

CREATE OR REPLACE TABLE stay AS FROM admitted('stay_drawn');
