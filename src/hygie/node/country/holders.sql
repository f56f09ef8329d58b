-- What other holders know of a slice's people, under numbers of their own.
CREATE OR REPLACE TABLE known AS
SELECT o.*, t.code AS department, nir || nir_key AS ins FROM person AS o JOIN department AS t USING (d) WHERE mother IS NULL;

CREATE OR REPLACE TABLE cancer_case AS
WITH drawn AS (SELECT k.*, u(person, 'cancer') AS x, floor(u(person, 'day of cancer') * 366)::INTEGER AS day FROM known AS k JOIN cancer_total AS t USING (sex, age) WHERE u(person, 'cancer') < t.rate)
SELECT d.*, a.code, d.birth AS born FROM drawn AS d JOIN cancer_at AS a ON a.sex = d.sex AND a.age = d.age AND d.x >= a.low AND d.x < a.high
WHERE death IS NULL OR day_one() + day <= death;

CREATE OR REPLACE TABLE vaccination AS
WITH due AS (
  SELECT k.person, k.ins, k.birth, k.sex, k.department, k.death, v.code, v.share, v.second, v.from_day, v.to_day, v.from_age, v.to_age,
         u(k.person * 16 + v.n, 'vaccinated') AS x, v.n
  FROM known AS k JOIN vaccine AS v ON k.age BETWEEN v.low AND v.high AND (v.sex = 0 OR v.sex = k.sex)
), given AS (
  SELECT *, unnest(CASE WHEN x < second THEN [1, 2] ELSE [1] END)::TINYINT AS dose FROM due WHERE x < share
)
SELECT *, CASE WHEN from_day IS NOT NULL THEN day_one() + from_day + floor(u(person * 16 + n, 'day of vaccine') * (to_day - from_day + 1))::INTEGER
  ELSE birth + (366 * from_age + floor(u(person * 16 + n, 'day of vaccine') * 366 * (to_age - from_age) + 150 * (dose - 1))::INTEGER)::INTEGER END AS given_on
FROM given WHERE death IS NULL OR death > DATE '2024-12-31';

CREATE OR REPLACE TABLE wearer AS
SELECT *, 58 + floor(20 * u(person, 'heart'))::INTEGER AS heart, 2000 + floor(9000 * u(person, 'steps'))::INTEGER AS steps
FROM known WHERE age BETWEEN 16 AND 90 AND u(person, 'watch') < getvariable('wearables') AND death IS NULL;
CREATE OR REPLACE TABLE device_point AS
WITH days AS (SELECT w.*, day, DATE '2024-10-01' + day::INTEGER AS date FROM wearer AS w, range(14) AS r(day)),
beats AS (
  SELECT person, date, 'heart-rate' AS kind, printf('%sT%02d:00:00+02:00', date, hour) AS moment,
         printf('"heart_rate":{"value":%d,"unit":"beats/min"}', (heart + 25 * u(person * 512 + day * 24 + hour, 'beat'))::INTEGER) AS body
  FROM days, (VALUES (8), (12), (17), (22)) AS h(hour)
), steps AS (
  SELECT person, date, 'step-count', printf('%sT23:59:00+02:00', date), printf('"step_count":%d', (steps * (0.4 + 1.2 * u(person * 512 + day, 'steps of day')))::INTEGER) FROM days
), nights AS (
  SELECT person, date, 'sleep-duration', printf('%sT06:30:00+02:00', date), printf('"sleep_duration":{"value":%.1f,"unit":"h"}', 5.5 + 3 * u(person * 512 + day, 'sleep')) FROM days
)
SELECT person, moment, kind, printf('{"header":{"id":"%s-%s-%s","schema_id":{"namespace":"omh","name":"%s","version":"2.0"},"user_id":"%s","acquisition_provenance":{"source_name":"wrist device","modality":"sensed"}},"body":{%s,"effective_time_frame":{"date_time":"%s"}}}',
  id17('W', person), kind, moment, kind, id17('W', person), body, moment) AS raw
FROM (FROM beats UNION ALL FROM steps UNION ALL FROM nights);

CREATE OR REPLACE TABLE identity AS
WITH listed AS (
  SELECT *, unnest(CASE WHEN u(person, 'identity twice') < getvariable('identities_twice') THEN [0, 1] ELSE [0] END)::TINYINT AS record
  FROM known WHERE u(person, 'identity') < getvariable('identities')
), written AS (
  SELECT *, person * 2 + record AS k, getvariable('family')[1 + floor(u(household, 'family name') * len(getvariable('family')))::INTEGER] AS family,
         CASE sex WHEN 1 THEN getvariable('men')[1 + floor(u(person, 'given name') * len(getvariable('men')))::INTEGER]
                  ELSE getvariable('women')[1 + floor(u(person, 'given name') * len(getvariable('women')))::INTEGER] END AS given
  FROM listed
)
SELECT person, id17('E', k) AS record, CASE WHEN wrong(k, 'family') THEN typed(family, k) ELSE family END AS family,
       CASE WHEN wrong(k, 'given') THEN typed(given, k + 1) ELSE given END AS given,
       CASE WHEN record = 1 AND u(k, 'birth wrong') < 0.1 THEN make_date(year(birth), month(birth), 1 + floor(u(k, 'birth') * 28)::INTEGER) ELSE birth END AS birth,
       sex, department, commune, CASE WHEN u(k, 'no nir') < getvariable('identities_without_nir') THEN NULL ELSE ins END AS ins
FROM written;

CREATE OR REPLACE TABLE insured AS SELECT ano AS ben_idt_ano, ins FROM known ORDER BY person;
CREATE OR REPLACE TABLE refusing AS SELECT ins FROM known WHERE u(person, 'opts out') < getvariable('opt_outs');
CREATE OR REPLACE TABLE who_is_who AS SELECT record, person FROM identity;
