-- The drug's harm, once dispensings are known: stays at each person's own rate, and more of them in the days after a dispensing.
CREATE OR REPLACE TABLE exposed AS
WITH dispensed AS (
  SELECT p, day FROM line JOIN act USING (w) WHERE name = getvariable('harm_drug') AND mark = 0 AND day BETWEEN 0 AND 365 GROUP BY ALL
  HAVING bool_or((claim, n) NOT IN (SELECT (claim, (n - 40)::TINYINT) FROM line WHERE mark = 1))
), windows AS (
  SELECT p, day, lead(day) OVER (PARTITION BY p ORDER BY day) AS following FROM dispensed
)
SELECT w.p, w.day, least(w.day + getvariable('harm_days'), coalesce(following, 366), coalesce((o.death - day_one())::INTEGER, 366), 366) - w.day AS days
FROM windows AS w JOIN person AS o USING (p) WHERE age >= 18;

CREATE OR REPLACE TABLE bleeding AS
WITH rated AS (
  SELECT p, person, least(0.3, getvariable('harm_base') * 2 ** ((age - 60) / 15) * CASE WHEN frail THEN getvariable('harm_frail') ELSE 1 END) AS rate FROM person WHERE age >= 18
), more AS (
  SELECT r.p, r.person, e.day + floor(u(r.person * 512 + e.day, 'bleeds on') * e.days)::INTEGER AS day
  FROM exposed AS e JOIN rated AS r USING (p)
  WHERE u(r.person * 512 + e.day, 'bleeds more') < r.rate * (getvariable('harm_ratio') - 1) * e.days / 366
)
SELECT p, person, 284 AS n, getvariable('stay_bleeding') AS kind, floor(u(person, 'day of bleeding') * 366)::INTEGER AS day FROM rated WHERE u(person, 'bleeds') < rate
UNION ALL
SELECT p, person, 284 + row_number() OVER (PARTITION BY p ORDER BY day), getvariable('stay_bleeding'), day FROM more QUALIFY row_number() OVER (PARTITION BY p ORDER BY day) < 10;
INSERT INTO stay FROM admitted('bleeding');
