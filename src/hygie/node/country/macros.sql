-- Every draw is a hash of the row, of what is drawn and of the seed: the same seed gives the same country, on any number of threads.
CREATE MACRO u(k, salt) AS (hash(hash(k, salt, getvariable('seed'))) >> 11)::DOUBLE / 9007199254740992.0;
CREATE MACRO normal(k, salt) AS sqrt(-2 * ln(1 - u(k, salt))) * cos(2 * pi() * u(k, salt || ', angle'));
CREATE MACRO whole(x, k, salt) AS CAST(floor(x + u(k, salt)) AS INTEGER);
CREATE MACRO id17(letter, k) AS letter || lpad(to_hex(hash(hash(k, letter, getvariable('seed')))), 16, '0');
CREATE MACRO nir_key(body) AS lpad(CAST(97 - CAST(body AS BIGINT) % 97 AS VARCHAR), 2, '0');
CREATE MACRO day_one() AS DATE '2024-01-01';
CREATE MACRO band(age) AS CAST(CASE WHEN age < 2 THEN 0 WHEN age < 6 THEN 1 WHEN age < 16 THEN 2 WHEN age < 30 THEN 3
  WHEN age < 45 THEN 4 WHEN age < 60 THEN 5 WHEN age < 75 THEN 6 ELSE 7 END AS TINYINT);

-- Quantiles by which ages, destinations, contacts and stays are drawn.
CREATE TABLE cell_at AS
WITH stairs AS (SELECT sex, age, sum(share) OVER (ORDER BY age, sex) AS upto FROM cell)
SELECT q::SMALLINT AS q, s.sex, s.age FROM range(4096) AS r(q) ASOF JOIN stairs AS s ON (q + 0.5) / 4096 <= s.upto;
CREATE TABLE home_at AS
WITH stairs AS (SELECT d, sum(share) OVER (ORDER BY d) AS upto FROM department)
SELECT q::SMALLINT AS q, s.d FROM range(4096) AS r(q) ASOF JOIN stairs AS s ON (q + 0.5) / 4096 <= s.upto;
CREATE TABLE care_rate AS
SELECT sex, b, CAST(sum(rate) AS DOUBLE) AS rate FROM care GROUP BY sex, b;
CREATE TABLE care_at AS
WITH stairs AS (SELECT sex, b, care, sum(rate) OVER (PARTITION BY sex, b ORDER BY care) / sum(rate) OVER (PARTITION BY sex, b) AS upto FROM care WHERE rate > 0)
SELECT a.sex, a.b, a.q::SMALLINT AS q, s.care FROM (SELECT sex, b, q, (q + 0.5) / 4096 AS x FROM care_rate, range(4096) AS r(q) WHERE rate > 0) AS a
ASOF JOIN stairs AS s ON a.sex = s.sex AND a.b = s.b AND a.x <= s.upto;
CREATE TABLE stay_rate AS
SELECT sex, b, CAST(sum(rate) AS DOUBLE) AS rate FROM stay_by_age GROUP BY sex, b;
CREATE TABLE stay_at AS
WITH stairs AS (SELECT sex, b, kind, sum(rate) OVER (PARTITION BY sex, b ORDER BY kind) / sum(rate) OVER (PARTITION BY sex, b) AS upto FROM stay_by_age WHERE rate > 0)
SELECT a.sex, a.b, a.q::SMALLINT AS q, s.kind FROM (SELECT sex, b, q, (q + 0.5) / 4096 AS x FROM stay_rate, range(4096) AS r(q) WHERE rate > 0) AS a
ASOF JOIN stairs AS s ON a.sex = s.sex AND a.b = s.b AND a.x <= s.upto;
