-- A synthetic hospital. Every draw is a hash of the row, of what is drawn and of the seed: the same seed gives the same rows.
CREATE MACRO u(k, salt) AS (hash(hash(k, salt, getvariable('seed'))) >> 11)::DOUBLE / 9007199254740992.0;
CREATE MACRO normal(k, salt) AS sqrt(-2 * ln(1 - u(k, salt))) * cos(2 * pi() * u(k, salt || ', angle'));
CREATE MACRO logistic(x) AS 1 / (1 + exp(-x));
CREATE MACRO chosen(k, salt, of_kind) AS CAST(floor(u(k, salt) * (SELECT count(i) FROM code WHERE code.kind = of_kind)) AS INTEGER);

CREATE TABLE person AS
WITH drawn AS (
  SELECT range AS person, greatest(-6.0, least(96.0, 56 + 20 * normal(range, 'age'))) AS age, u(range, 'sex') AS s
  FROM range(getvariable('persons'))
), exposed AS (
  SELECT person, age, CASE WHEN s < 0.002 THEN 'unknown' WHEN s < 0.515 THEN 'female' ELSE 'male' END AS sex,
         CAST(s >= 0.515 AS INTEGER) AS male,
         CAST(age >= 18 AND u(person, 'exposed') < logistic(-1.3 + 0.5 * (age - 55) / 10 + 0.4 * CAST(s >= 0.515 AS INTEGER)) AS INTEGER) AS exposed
  FROM drawn
), fate AS (
  SELECT *,
         DATE '2019-01-01' + CAST(least(36500, 365.25 * -ln(1 - u(person, 'death')) / (0.006 * exp(0.85 * (age - 55) / 10))) AS INTEGER) AS dies,
         DATE '2019-01-01' + CAST(least(36500, floor(365.25 * -ln(1 - u(person, 'outcome')) / (getvariable('base_hazard') * exp(
           getvariable('log_ratio') * exposed + getvariable('log_age') * (age - 55) / 10 + getvariable('log_male') * male)))) AS INTEGER) AS bleeds
  FROM exposed
), places AS (
  SELECT i, sum(share) OVER (ORDER BY i) AS upto, share FROM place
)
SELECT person, sex, exposed, male, DATE '2018-01-01' - CAST(floor(age * 365.2425) AS INTEGER) AS birth,
       CASE WHEN dies <= getvariable('last_day') THEN dies END AS death,
       CASE WHEN exposed = 1 THEN DATE '2018-01-01' + CAST(floor(u(person, 'exposure day') * 365) AS INTEGER) END AS exposure_day,
       CASE WHEN age >= 18 AND bleeds <= DATE '2025-12-31' AND bleeds <= dies THEN bleeds END AS outcome_day,
       age >= 18 AND u(person, 'diabetes') < logistic(-2.4 + 0.4 * (age - 55) / 10) AS diabetic,
       u(person, 'has INS') < 0.95 AS has_ins,
       (SELECT min(i) FROM places WHERE u(person, 'place') * (SELECT sum(share) FROM place) < upto) AS place,
       age >= 18 AND sex <> 'unknown' AND row_number() OVER (ORDER BY age < 18 OR sex = 'unknown', u(person, 'rare')) <= getvariable('rare') AS rare
FROM fate ORDER BY person;

CREATE TABLE encounter AS
WITH lives AS (
  SELECT person, birth, greatest(birth, DATE '2016-01-01') AS first_day, least(coalesce(death, getvariable('last_day')), getvariable('last_day')) AS last_day,
         least(40, 1 + CAST(floor(-ln(1 - u(person, 'visits')) * (1.0 + greatest(0, 2018 - year(birth)) / 30)) AS INTEGER)) AS visits
  FROM person
), background AS (
  SELECT person, k, person * 64 + k AS encounter, first_day, last_day FROM (SELECT *, unnest(range(visits)) AS k FROM lives)
), drawn AS (
  SELECT encounter, person, 'background' AS why, last_day, first_day + CAST(floor(u(encounter, 'day') * (last_day - first_day)) AS INTEGER) AS day,
         CASE WHEN u(encounter, 'class') < 0.72 THEN 'AMB' WHEN u(encounter, 'class') < 0.90 THEN 'IMP' ELSE 'EMER' END AS class
  FROM background
  UNION ALL
  SELECT person * 64 + 60, person, 'exposure', getvariable('last_day'), exposure_day, 'AMB' FROM person WHERE exposed = 1
  UNION ALL
  SELECT person * 64 + 61, person, 'outcome', getvariable('last_day'), outcome_day, 'IMP' FROM person WHERE outcome_day IS NOT NULL
  UNION ALL
  SELECT person * 64 + 62, person, 'rare', getvariable('last_day'), DATE '2018-06-01' + CAST(floor(u(person, 'rare day') * 200) AS INTEGER), 'AMB'
  FROM person WHERE rare
), timed AS (
  SELECT *, CAST(day AS TIMESTAMP) + to_minutes(CAST(480 + floor(u(encounter, 'minute') * 600) AS BIGINT)) AS starts FROM drawn
)
SELECT encounter, person, why, day, class, starts,
       starts + to_minutes(CAST(CASE class WHEN 'AMB' THEN 20 + floor(u(encounter, 'length') * 60) WHEN 'EMER' THEN 120 + floor(u(encounter, 'length') * 600)
                                ELSE 1440 * (1 + floor(u(encounter, 'length') * 9)) END AS BIGINT)) AS ends,
       CAST(floor(u(encounter, 'ward') * 8) AS INTEGER) AS ward, CAST(floor(u(encounter, 'doctor') * 40) AS INTEGER) AS doctor,
       date_diff('year', p.birth, day) AS age, p.sex, p.diabetic, row_number() OVER (ORDER BY encounter) - 1 AS n
FROM timed JOIN person AS p USING (person) ORDER BY encounter;

CREATE TABLE condition AS
WITH drawn AS (
  SELECT encounter * 8 + slot AS event, slot, e.* FROM encounter AS e, (SELECT unnest(range(2)) AS slot) WHERE why = 'background'
), kept AS (
  SELECT event, encounter, person, c.code_id FROM drawn JOIN code AS c ON c.kind = 'condition' AND c.i = chosen(event, 'condition', 'condition')
  WHERE u(event, 'condition kept') < c.weight AND age BETWEEN c.youngest AND c.oldest AND (c.sex = '' OR c.sex = drawn.sex)
  UNION ALL
  SELECT encounter * 8 + 6, encounter, person, c.code_id FROM encounter JOIN code AS c
    ON c.kind = 'condition' AND c.why = CASE WHEN u(person, 'diabetes coded') < 0.5 THEN 'diabetes' ELSE 'diabetes as SNOMED' END
  WHERE diabetic AND encounter % 64 = 0
  UNION ALL
  SELECT encounter * 8 + 7, encounter, person, c.code_id FROM encounter AS e JOIN code AS c ON c.kind = 'condition' AND c.why = 'outcome' WHERE e.why = 'outcome'
)
SELECT kept.*, e.day, e.starts, e.class, row_number() OVER (ORDER BY event) - 1 AS n FROM kept JOIN encounter AS e USING (encounter) ORDER BY event;

CREATE TABLE prescription AS
WITH drawn AS (
  SELECT encounter * 8 + slot AS event, slot, e.* FROM encounter AS e, (SELECT unnest(range(2)) AS slot) WHERE why = 'background'
), kept AS (
  SELECT event, encounter, person, c.code_id FROM drawn JOIN code AS c ON c.kind = 'drug' AND c.i = chosen(event, 'drug', 'drug')
  WHERE u(event, 'drug kept') < c.weight AND age BETWEEN c.youngest AND c.oldest
  UNION ALL
  SELECT encounter * 8 + 6, encounter, person, c.code_id FROM encounter AS e JOIN code AS c ON c.kind = 'drug' AND c.why = 'diabetes'
  WHERE diabetic AND e.why = 'background' AND u(encounter, 'metformin') < 0.6
  UNION ALL
  SELECT encounter * 8 + 7, encounter, person, c.code_id FROM encounter AS e JOIN code AS c ON c.kind = 'drug' AND c.why = e.why WHERE e.why IN ('exposure', 'rare')
)
SELECT kept.*, e.day, e.starts, e.class, e.doctor, CAST(5 + floor(u(event, 'days') * 26) AS INTEGER) AS days, row_number() OVER (ORDER BY event) - 1 AS n
FROM kept JOIN encounter AS e USING (encounter) ORDER BY event;

CREATE TABLE administration AS
SELECT event, encounter, person, code_id, starts + INTERVAL 2 HOUR AS moment, day, row_number() OVER (ORDER BY event) - 1 AS n
FROM prescription JOIN code USING (code_id) WHERE class = 'IMP' AND u(event, 'given') < 0.8 ORDER BY event;

CREATE TABLE measurement AS
WITH drawn AS (
  SELECT encounter * 8 + slot AS event, slot, e.* FROM encounter AS e, (SELECT unnest(range(3)) AS slot) WHERE why = 'background'
), kept AS (
  SELECT event, encounter, person, c.code_id FROM drawn JOIN code AS c ON c.kind = 'measurement' AND c.i = chosen(event, 'measurement', 'measurement')
  WHERE u(event, 'measurement kept') < c.weight
  UNION ALL
  SELECT encounter * 8 + 5, encounter, person, c.code_id FROM encounter AS e JOIN code AS c ON c.kind = 'measurement' AND c.why = 'diabetes'
  WHERE e.why = 'background' AND (diabetic OR u(encounter, 'A1c') < 0.05)
  UNION ALL
  SELECT encounter * 8 + 6, encounter, person, c.code_id FROM encounter AS e JOIN code AS c ON c.kind = 'measurement' AND c.why = 'panel'
  WHERE e.why = 'background' AND age >= 18 AND u(encounter, 'panel') < 0.4
  UNION ALL
  SELECT encounter * 8 + 7, encounter, person, c.code_id FROM encounter AS e JOIN code AS c ON c.kind = 'measurement' AND c.why = 'smoking'
  WHERE e.encounter % 64 = 0 AND age >= 15
)
SELECT kept.*, e.day, e.starts + INTERVAL 15 MINUTE AS moment, c.why,
       round(CASE WHEN c.why = 'diabetes' AND NOT e.diabetic THEN 5.4 + 0.3 * normal(event, 'value') ELSE c.mean + c.sd * normal(event, 'value') END, 1) AS value,
       round(0.6 * (c.mean + c.sd * normal(event, 'value')), 1) AS second_value, u(event, 'smoking') AS smoking, row_number() OVER (ORDER BY event) - 1 AS n
FROM kept JOIN encounter AS e USING (encounter) JOIN code AS c USING (code_id) ORDER BY event;

CREATE TABLE act AS
SELECT encounter * 8 AS event, encounter, person, c.code_id, day, starts + INTERVAL 1 HOUR AS moment, row_number() OVER (ORDER BY encounter) - 1 AS n
FROM encounter AS e JOIN code AS c ON c.kind = 'procedure' AND c.i = chosen(encounter, 'procedure', 'procedure')
WHERE e.why = 'background' AND u(encounter, 'procedure kept') < c.weight AND age BETWEEN c.youngest AND c.oldest ORDER BY encounter;

CREATE TABLE vaccination AS
SELECT encounter * 8 AS event, encounter, person, c.code_id, day, row_number() OVER (ORDER BY encounter) - 1 AS n
FROM encounter AS e JOIN code AS c ON c.kind = 'vaccine' AND c.i = chosen(encounter, 'vaccine', 'vaccine')
WHERE e.why = 'background' AND class = 'AMB' AND u(encounter, 'vaccine kept') < 0.2 * c.weight ORDER BY encounter;

CREATE TABLE allergy AS
SELECT person, c.code_id, greatest(birth + 400, DATE '2016-03-01') AS day, row_number() OVER (ORDER BY person) - 1 AS n
FROM person JOIN code AS c ON c.kind = 'allergy' AND c.i = chosen(person, 'allergy', 'allergy')
WHERE birth < DATE '2020-01-01' AND u(person, 'allergy kept') < 0.15 * c.weight ORDER BY person;

CREATE TABLE device AS
SELECT person, c.code_id, DATE '2017-01-01' + CAST(floor(u(person, 'device day') * 700) AS INTEGER) AS day, row_number() OVER (ORDER BY person) - 1 AS n
FROM person JOIN code AS c ON c.kind = 'device' AND c.i = chosen(person, 'device', 'device')
WHERE year(birth) < 1960 AND u(person, 'device kept') < 0.15 * c.weight ORDER BY person;

CREATE TABLE report AS
WITH results AS (
  SELECT encounter, person, day, min(event) AS result, any_value(moment) AS moment
  FROM measurement JOIN code USING (code_id) WHERE category = 'laboratory' AND u(encounter, 'report') < 0.5 GROUP BY encounter, person, day
)
SELECT *, row_number() OVER (ORDER BY encounter) - 1 AS n FROM results ORDER BY encounter;

CREATE TABLE document AS
SELECT encounter, person, day, ends AS moment, doctor, row_number() OVER (ORDER BY encounter) - 1 AS n
FROM encounter WHERE u(encounter, 'document') < CASE class WHEN 'IMP' THEN 0.8 ELSE 0.1 END ORDER BY encounter;
