-- One slice of the country's people: who they are, where they live and with whom, who moves, is born and dies in 2024.
CREATE OR REPLACE TABLE resident AS
WITH here AS (
  SELECT d, unnest(range(greatest(low, getvariable('low')), least(high, getvariable('high')))) AS g
  FROM department WHERE low < getvariable('high') AND high > getvariable('low')
), drawn AS (
  SELECT (g - getvariable('low'))::INTEGER AS p, getvariable('slice') * 262144 + (g - getvariable('low')) AS person, d,
         floor(4096 * ((g * 0.6180339887498949 + getvariable('shift')) % 1))::SMALLINT AS q
  FROM here
), aged AS (
  SELECT p, person, d, c.sex, c.age, make_date(2023 - c.age, 1, 1) + floor(u(person, 'birthday') * 365)::INTEGER AS birth
  FROM drawn JOIN cell_at AS c USING (d, q)
)
SELECT p, person, d, sex, age, birth, u(person, 'frail') < r.frail AS frail,
       CASE WHEN u(person, 'death') < r.dies * CASE WHEN u(person, 'frail') < r.frail THEN 2 / (1 + r.frail) ELSE 1 / (1 + r.frail) END
            THEN day_one() + floor(u(person, 'day of death') * 366)::INTEGER END AS death,
       CASE WHEN u(person, 'moves') < r.moves THEN day_one() + floor(u(person, 'day of move') * 366)::INTEGER END AS moved,
       CASE WHEN u(person, 'gives birth') < r.births THEN day_one() + floor(u(person, 'day of birth') * 366)::INTEGER END AS gives_birth,
       age >= 20 AND u(person, 'partner') < (CASE WHEN age < 25 THEN 0.25 WHEN age < 30 THEN 0.6 WHEN age < 75 THEN 0.87 ELSE 0.60 END) AS partnered
FROM aged JOIN risk AS r USING (sex, age);

-- Couples: women and men of a department by age, a man two years older; children go to a woman of their department old enough.
CREATE OR REPLACE TABLE home AS
WITH women AS (
  SELECT p, person, d, row_number() OVER (PARTITION BY d ORDER BY age + 2 + 3 * u(person, 'pair'), person) AS n FROM resident WHERE sex = 2 AND partnered
), men AS (
  SELECT p, d, row_number() OVER (PARTITION BY d ORDER BY age + 3 * u(person, 'pair'), person) AS n FROM resident WHERE sex = 1 AND partnered
), mothers AS (
  SELECT d, age // 5 AS a, list(person ORDER BY person) AS those FROM resident WHERE sex = 2 AND age BETWEEN 20 AND 69 AND u(person, 'has children') < 0.60 GROUP BY ALL
), children AS (
  SELECT p, person, d, (age + greatest(20, least(44, 31 + 5 * normal(person, 'age of mother'))))::INTEGER // 5 AS a
  FROM resident WHERE age < 18 OR (age < 25 AND u(person, 'at home') < 0.7)
)
SELECT r.p, coalesce(m.those[1 + floor(u(r.person, 'mother') * len(m.those))::INTEGER], w.person, r.person) AS household
FROM resident AS r LEFT JOIN children AS c ON c.p = r.p LEFT JOIN mothers AS m ON m.d = c.d AND m.a = c.a
LEFT JOIN men ON men.p = r.p LEFT JOIN women AS w ON w.d = men.d AND w.n = men.n;

CREATE OR REPLACE TABLE newborn AS
WITH mother AS (
  SELECT r.*, household, u(person, 'twins') < getvariable('twins') AS twins FROM resident AS r JOIN home USING (p)
  WHERE gives_birth IS NOT NULL AND (death IS NULL OR death > gives_birth)
), each AS (
  SELECT m.* EXCLUDE (p), unnest(range(CASE WHEN twins THEN 2 ELSE 1 END)) AS rank FROM mother AS m
)
SELECT (200000 + row_number() OVER (ORDER BY person, rank) - 1)::INTEGER AS p, d, person AS mother, household, gives_birth AS birth, twins, rank,
       CASE WHEN u(person * 2 + CASE WHEN twins AND u(person, 'alike') < 0.65 THEN 0 ELSE rank END, 'sex of newborn') < 0.512 THEN 1 ELSE 2 END::TINYINT AS sex
FROM each;

CREATE OR REPLACE TABLE person AS
WITH everyone AS (
  SELECT p, person, household, NULL::BIGINT AS mother, sex, age, birth, death, d, moved, frail, 1::TINYINT AS twin FROM resident JOIN home USING (p)
  UNION ALL
  SELECT p, getvariable('slice') * 262144 + p, household, mother, sex, 0, birth, NULL, d, NULL, false,
         CASE WHEN rank = 1 AND lag(sex) OVER (PARTITION BY mother ORDER BY rank) = sex THEN 2 ELSE 1 END FROM newborn
), placed AS (
  SELECT e.*, floor(100 * u(household, 'commune') * u(household, 'commune, again'))::INTEGER AS c, u(e.person, 'moves away') < getvariable('elsewhere') AS away, h.d AS elsewhere
  FROM everyone AS e JOIN home_at AS h ON h.q = floor(4096 * u(e.person, 'destination'))::SMALLINT
), numbered AS (
  SELECT *, sex || strftime(birth, '%y%m') || '99'
    || lpad((getvariable('slice') * 1000 + CASE WHEN mother IS NULL THEN 0 ELSE 500 END
             + row_number() OVER (PARTITION BY mother IS NULL, sex, strftime(birth, '%y%m') ORDER BY person))::VARCHAR, 6, '0') AS nir
  FROM placed
)
SELECT p, person, household, mother, sex::TINYINT AS sex, age::TINYINT AS age, band(age) AS b, birth, death, d,
       CASE WHEN moved < coalesce(death, DATE '2025-01-01') THEN moved END AS moved,
       CASE WHEN moved < coalesce(death, DATE '2025-01-01') THEN CASE WHEN away THEN elsewhere ELSE d END END::SMALLINT AS moved_to,
       lpad((c + 1)::VARCHAR, 3, '0') AS commune, lpad(((c * 7 + 13) % 100 + 1)::VARCHAR, 3, '0') AS moved_commune,
       frail, twin, nir, nir_key(nir) AS nir_key,
       id17('S', CASE WHEN mother IS NULL THEN person ELSE -(mother * 8 + sex) END) AS psa, id17('I', person) AS ano,
       CASE WHEN u(household, 'regime') < 0.90 THEN 1 WHEN u(household, 'regime') < 0.955 THEN 2 ELSE 8 END::TINYINT AS regime,
       floor(u(household, 'doctor') * (1 + (t.high - t.low) // 1100))::SMALLINT AS doctor
FROM numbered JOIN department AS t USING (d) ORDER BY p;

CREATE OR REPLACE TABLE condition AS
SELECT person.p, k.condition, day_one() - (60 + floor(u(person.person * 64 + k.condition, 'since') * 5400))::INTEGER AS since,
       u(person.person * 64 + k.condition, 'holder') < k.holders AS holder
FROM person JOIN prevalence AS v USING (sex, age) JOIN condition_kind AS k USING (condition)
WHERE mother IS NULL AND u(person.person * 64 + k.condition, 'condition') < v.share * CASE WHEN v.share > 0.45 THEN 1 WHEN person.frail THEN 2 / (1 + v.frail) ELSE 1 / (1 + v.frail) END;
