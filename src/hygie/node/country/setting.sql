-- What every slice shares: the calendar, the establishments, and how identifiers of the PMSI are written.
CREATE TABLE calendar AS
SELECT day::SMALLINT AS day, delay::TINYINT AS delay, day_one() + day::INTEGER AS day_of_care, strftime(day_one() + day::INTEGER, '%Y%m') AS month_of_care,
       CAST(date_trunc('month', day_one() + day::INTEGER) + to_months(delay::INTEGER) AS DATE) AS treated,
       CAST(date_trunc('month', day_one() + day::INTEGER) + to_months(delay::INTEGER + 1) AS DATE) AS distributed
FROM range(-220, 366) AS r(day), range(4) AS s(delay);
CREATE TABLE calendar_day AS SELECT day, day_of_care FROM calendar WHERE delay = 0;
CREATE TABLE hospital_count AS SELECT d, (1 + floor(share * 250))::SMALLINT AS hospitals FROM department;
CREATE TABLE establishment AS
SELECT d, hospital::SMALLINT AS hospital, '9' || lpad(d::VARCHAR, 3, '0') || lpad((hospital + 1)::VARCHAR, 5, '0') AS finess, code
FROM (SELECT d, unnest(range(hospitals)) AS hospital FROM hospital_count) JOIN department USING (d);
CREATE MACRO rsa(person, n) AS (1000000000 + (person * 300 + n) % 8999999999)::VARCHAR;
CREATE MACRO dass(das, severe) AS list_concat(CASE WHEN das = '' THEN [] ELSE [das] END, CASE WHEN severe THEN ['N189'] ELSE [] END);
CREATE MACRO cause(person, age) AS CASE
  WHEN age < 1 THEN 'P072' WHEN age < 30 THEN CASE WHEN u(person, 'cause') < 0.5 THEN 'V892' WHEN u(person, 'cause') < 0.75 THEN 'X709' ELSE 'R99' END
  WHEN age < 75 THEN CASE WHEN u(person, 'cause') < 0.16 THEN 'C349' WHEN u(person, 'cause') < 0.42 THEN 'C80' WHEN u(person, 'cause') < 0.60 THEN 'I219' WHEN u(person, 'cause') < 0.68 THEN 'K703'
    WHEN u(person, 'cause') < 0.75 THEN 'X709' WHEN u(person, 'cause') < 0.82 THEN 'J449' ELSE 'R99' END
  ELSE CASE WHEN u(person, 'cause') < 0.22 THEN 'C80' WHEN u(person, 'cause') < 0.34 THEN 'I509' WHEN u(person, 'cause') < 0.44 THEN 'I219' WHEN u(person, 'cause') < 0.52 THEN 'I64'
    WHEN u(person, 'cause') < 0.63 THEN 'G309' WHEN u(person, 'cause') < 0.72 THEN 'J189' WHEN u(person, 'cause') < 0.76 THEN 'W19' ELSE 'R99' END END;

-- What becomes of those who are admitted on a day: how long they stay, whether they die there, and in which establishment.
CREATE MACRO admitted(drawn) AS TABLE
WITH lasting AS (
  SELECT s.p, s.person, s.n, s.kind, o.d, o.age, o.sex, o.frail, o.death, s.day,
         CASE WHEN s.kind = getvariable('stay_final') THEN (o.death - day_one())::INTEGER - s.day
              WHEN k.days = 0 THEN 0
              ELSE least(60, whole(k.days * (0.35 + 0.65 * -ln(1 - u(s.person * 1024 + s.n, 'length'))), s.person * 1024 + s.n, 'length, rounded')) END AS days
  FROM query_table(drawn) AS s JOIN person AS o USING (p) JOIN stay_kind AS k USING (kind)
  WHERE s.day >= 0 AND day_one() + s.day >= o.birth AND (o.death IS NULL OR day_one() + s.day <= o.death)
)
SELECT p, person, n, kind, d, day, least(days, coalesce((death - day_one())::INTEGER - day, days), 365 - day) AS days, age, sex, frail,
       coalesce(death = day_one() + day + least(days, coalesce((death - day_one())::INTEGER - day, days), 365 - day), false) AS dies,
       kind = getvariable('stay_heart_failure') AND u(person * 1024 + n, 'severe') < getvariable('severe') AS severe, hospital, finess
FROM (SELECT l.*, floor(u(person * 1024 + n, 'hospital') * h.hospitals)::SMALLINT AS hospital FROM lasting AS l JOIN hospital_count AS h USING (d))
JOIN establishment USING (d, hospital);
