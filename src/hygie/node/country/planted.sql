-- What is planted in one slice before care is drawn: who falls ill of the epidemic, and who is seen soon after a stay for heart failure.
CREATE OR REPLACE TABLE infected AS
WITH ill AS (
  SELECT o.p, o.person, o.d, o.age, o.death, u(o.person, 'week of illness') * (1 - w.before) + w.before AS x, w.late
  FROM person AS o JOIN wave AS w USING (d) WHERE mother IS NULL AND u(o.person, 'infected') < w.attack
), dated AS (
  SELECT p, person, d, death, (getvariable('epidemic_starts') - day_one())::INTEGER + floor(7 * (late + getvariable('epidemic_rise') + getvariable('epidemic_spread') * ln(x / (1 - x))))::INTEGER AS day,
         u(person, 'admitted with it') < least(0.5, getvariable('epidemic_hospital') * 2 ** ((age - 40) / 20)) AS admitted
  FROM ill
)
SELECT p, person, d, day, admitted FROM dated WHERE day <= 365 AND (death IS NULL OR death > day_one() + day);

CREATE OR REPLACE TABLE followed AS
WITH discharged AS (
  SELECT s.p, s.person, s.severe, s.day + s.days AS day, least(365, coalesce((o.death - day_one())::INTEGER, 365)) AS until,
         CASE WHEN s.severe THEN getvariable('pathway_rate_severe') ELSE getvariable('pathway_rate') END AS rate,
         CASE WHEN u(s.person, 'seen') < CASE WHEN s.severe THEN getvariable('pathway_contact_severe') ELSE getvariable('pathway_contact') END
              THEN 1 + floor(14 * u(s.person, 'seen after'))::INTEGER END AS contact,
         -ln(1 - u(s.person, 'readmitted')) AS x
  FROM stay AS s JOIN person AS o USING (p) WHERE s.kind = getvariable('stay_heart_failure') AND NOT s.dies
), timed AS (
  SELECT *, 1 + floor(CASE WHEN contact IS NULL OR x < rate * contact THEN x / rate ELSE contact + (x - rate * contact) / (rate * getvariable('pathway_ratio')) END)::BIGINT AS returns
  FROM discharged
), observed AS (
  SELECT p, person, severe, day, least(getvariable('pathway_days'), until - day)::INTEGER AS watched, CASE WHEN returns <= least(getvariable('pathway_days'), until - day) THEN returns::INTEGER END AS returns,
         CASE WHEN contact < returns AND contact <= until - day THEN contact END AS contact
  FROM timed WHERE until > day
)
SELECT * FROM observed;

CREATE OR REPLACE TABLE stay_planted AS
SELECT p, person, 283 AS n, getvariable('stay_epidemic') AS kind, day + 2 AS day FROM infected WHERE admitted
UNION ALL
SELECT p, person, 294, getvariable('stay_readmission'), day + returns FROM followed WHERE returns IS NOT NULL;
INSERT INTO stay FROM admitted('stay_planted');
