-- What two hospital warehouses see of a slice's people: residents of their departments who stayed in hospital, under numbers of their own.
CREATE OR REPLACE TABLE patient AS
WITH seen AS (
  SELECT DISTINCT s.p, w.hospital FROM stay AS s JOIN known AS k USING (p) JOIN department AS t ON t.d = k.d JOIN warehouse AS w ON w.code = t.code
  WHERE u(k.person * 2 + w.hospital, 'goes there') < w.share
)
SELECT hospital, p, k.person, k.person * 2 + 1 AS k, k.sex, CASE WHEN u(k.person * 2 + hospital, 'birth typed') < getvariable('birth_typed')
         THEN make_date(year(birth), month(birth), 1 + floor(u(k.person * 2 + hospital, 'birth') * 28)::INTEGER) ELSE birth END AS birth, death,
       CASE WHEN u(k.person * 2 + hospital, 'no ins') < getvariable('patient_without_ins') THEN NULL ELSE ins END AS ins,
       getvariable('family')[1 + floor(u(household, 'family name') * len(getvariable('family')))::INTEGER] AS family,
       CASE k.sex WHEN 1 THEN getvariable('men')[1 + floor(u(k.person, 'given name') * len(getvariable('men')))::INTEGER]
                  ELSE getvariable('women')[1 + floor(u(k.person, 'given name') * len(getvariable('women')))::INTEGER] END AS given
FROM seen JOIN known AS k USING (p);

CREATE OR REPLACE TABLE admission AS
SELECT a.hospital, a.person, s.n, day_one() + s.day AS first, day_one() + (s.day + s.days)::INTEGER AS last, i.dp, i.act, i.name AS kind, s.severe
FROM stay AS s JOIN known AS k USING (p) JOIN patient AS a ON a.person = k.person JOIN stay_kind AS i USING (kind);

CREATE OR REPLACE TABLE laboratory AS
WITH drawn AS (
  SELECT hospital, person, n, i, (person * 512 + n) * 8 + i AS k, first + least(1, last - first)::INTEGER AS day, code, unit, mean, sd, least, digits,
         CASE WHEN kind = l.shifted OR severe AND l.shifted = 'severe' THEN shift ELSE 0 END AS shift
  FROM admission JOIN analyte AS l ON u((person * 512 + n) * 8 + i, 'measured') < l.share
)
SELECT hospital, person, n, k, day, code, unit, round(greatest(least, mean + shift + sd * normal(k, 'value')), digits) AS value FROM drawn;
