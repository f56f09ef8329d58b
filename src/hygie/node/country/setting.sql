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
