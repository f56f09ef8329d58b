-- One slice of the country's people: who they are, where they live and with whom, who moves, is born and dies in 2024.
CREATE OR REPLACE TABLE resident AS
WITH here AS (
  SELECT d, unnest(range(greatest(low, getvariable('low')), least(high, getvariable('high')))) AS g
  FROM department WHERE low < getvariable('high') AND high > getvariable('low')
), drawn AS (
  SELECT (g - getvariable('low'))::INTEGER AS p, getvariable('slice') * 131072 + (g - getvariable('low')) AS person, d,
         floor(4096 * ((g * 0.6180339887498949 + getvariable('shift')) % 1))::SMALLINT AS q
  FROM here
), aged AS (
  SELECT p, person, d, c.sex, c.age, make_date(2023 - c.age, 1, 1) + floor(u(person, 'birthday') * 365)::INTEGER AS birth
  FROM drawn JOIN cell_at AS c USING (q)
)
SELECT p, person, d, sex, age, birth, u(person, 'frail') < r.frail AS frail,
       CASE WHEN u(person, 'death') < r.dies * CASE WHEN u(person, 'frail') < r.frail THEN 2 / (1 + r.frail) ELSE 1 / (1 + r.frail) END
            THEN day_one() + floor(u(person, 'day of death') * 366)::INTEGER END AS death,
       CASE WHEN u(person, 'moves') < r.moves THEN day_one() + floor(u(person, 'day of move') * 366)::INTEGER END AS moved,
       CASE WHEN u(person, 'gives birth') < r.births THEN day_one() + floor(u(person, 'day of birth') * 366)::INTEGER END AS gives_birth,
       age < 18 OR u(person, 'at home') < (CASE WHEN age < 25 THEN 0.78 WHEN age < 30 THEN 0.25 ELSE 0 END) AS at_home
FROM aged JOIN risk AS r USING (sex, age);

-- Couples: as many in a department as are published, a man two years older than the woman. Of the women, and men alone, who may have children at
-- home, in random order, as many as it takes have a number of places for them; the department's children take these by age, brothers and sisters near
-- each other.
CREATE OR REPLACE TABLE home AS
WITH adult AS (
  SELECT p, person, d, sex, age, row_number() OVER (PARTITION BY d, sex ORDER BY u(person, 'partner') / CASE sex
    WHEN 1 THEN CASE WHEN age < 25 THEN 0.30 WHEN age < 30 THEN 0.55 WHEN age < 60 THEN 0.72 ELSE 0.85 END
    ELSE CASE WHEN age < 25 THEN 0.45 WHEN age < 30 THEN 0.68 WHEN age < 60 THEN 0.76 WHEN age < 75 THEN 0.72 ELSE 0.36 END END, person) AS r
  FROM resident WHERE NOT at_home
), couples AS (
  SELECT d, round(getvariable('couples') * count(*)) AS couples FROM resident GROUP BY d
), women AS (
  SELECT p, person, d, row_number() OVER (PARTITION BY d ORDER BY age + 2 + 3 * u(person, 'pair'), person) AS n FROM adult JOIN couples USING (d) WHERE sex = 2 AND r <= couples
), men AS (
  SELECT p, d, row_number() OVER (PARTITION BY d ORDER BY age + 3 * u(person, 'pair'), person) AS n FROM adult JOIN couples USING (d) WHERE sex = 1 AND r <= couples
), couple AS (
  SELECT w.p, w.person, m.p AS man FROM women AS w JOIN men AS m USING (d, n)
), children AS (
  SELECT p, d, row_number() OVER (PARTITION BY d ORDER BY age + u(person, 'age in days'), person) - 1 AS k FROM resident WHERE at_home
), wanted AS (
  SELECT d, count(*) AS children FROM children GROUP BY d
), parent AS (
  SELECT r.person, r.d, r.age, c.man IS NULL AS alone, u(r.person, 'children') AS x FROM adult AS r LEFT JOIN couple AS c USING (p)
  WHERE p NOT IN (SELECT man FROM couple) AND u(r.person, 'has children') < CASE WHEN sex = 1 THEN 0.19 WHEN c.man IS NULL THEN 0.73 ELSE 0.89 END *
    CASE WHEN age < 20 THEN 0 WHEN age < 25 THEN 0.15 WHEN age < 30 THEN 0.45 WHEN age < 50 THEN 1 WHEN age < 55 THEN 0.75 WHEN age < 60 THEN 0.4 WHEN age < 65 THEN 0.15 ELSE 0 END
), sized AS (
  SELECT person, d, age, CASE WHEN alone THEN CASE WHEN x < 0.56 THEN 1 WHEN x < 0.86 THEN 2 WHEN x < 0.96 THEN 3 ELSE 4 END
    ELSE CASE WHEN x < 0.40 THEN 1 WHEN x < 0.81 THEN 2 WHEN x < 0.95 THEN 3 WHEN x < 0.985 THEN 4 ELSE 5 END END AS places FROM parent
), chosen AS (
  SELECT *, sum(places) OVER (PARTITION BY d ORDER BY u(person, 'chosen'), person) - places AS before FROM sized
), place AS (
  SELECT person, d, age, children, unnest(range(places)) AS i FROM chosen JOIN wanted USING (d) WHERE before < children
), ordered AS (
  SELECT person, d, row_number() OVER (PARTITION BY d ORDER BY age + 3 * normal(person * 8 + i, 'age of parent'), person, i) - 1 AS k, least(1, count(*) OVER (PARTITION BY d) / children) AS enough FROM place
)
SELECT r.p, coalesce(o.person, w.person, r.person) AS household
FROM resident AS r LEFT JOIN children AS c ON c.p = r.p LEFT JOIN (SELECT DISTINCT d, enough FROM ordered) AS t ON t.d = c.d
LEFT JOIN ordered AS o ON o.d = c.d AND o.k = floor(c.k * t.enough) LEFT JOIN couple AS w ON w.man = r.p;

CREATE OR REPLACE TABLE newborn AS
WITH mother AS (
  SELECT r.*, household, u(person, 'twins') < getvariable('twins') AS twins FROM resident AS r JOIN home USING (p)
  WHERE gives_birth IS NOT NULL AND (death IS NULL OR death > gives_birth)
), each AS (
  SELECT m.* EXCLUDE (p), unnest(range(CASE WHEN twins THEN 2 ELSE 1 END)) AS rank FROM mother AS m
)
SELECT (100000 + row_number() OVER (ORDER BY person, rank) - 1)::INTEGER AS p, d, person AS mother, household, gives_birth AS birth, twins, rank,
       CASE WHEN u(person * 2 + CASE WHEN twins AND u(person, 'alike') < 0.65 THEN 0 ELSE rank END, 'sex of newborn') < 0.512 THEN 1 ELSE 2 END::TINYINT AS sex
FROM each;

CREATE OR REPLACE TABLE person AS
WITH everyone AS (
  SELECT p, person, household, NULL::BIGINT AS mother, sex, age, birth, death, d, moved, frail, 1::TINYINT AS twin FROM resident JOIN home USING (p)
  UNION ALL
  SELECT p, getvariable('slice') * 131072 + p, household, mother, sex, 0, birth, NULL, d, NULL, false,
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
