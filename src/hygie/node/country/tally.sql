-- What one slice holds, to be added up over the slices: the figures that are published, and the true sizes of what is planted.
CREATE OR REPLACE TABLE tally (what VARCHAR, part VARCHAR, of VARCHAR, n DOUBLE);
INSERT INTO tally SELECT 'pyramid', sex::VARCHAR, (least(age, 100) // 5 * 5)::VARCHAR, count(*) FROM person WHERE mother IS NULL GROUP BY ALL;
INSERT INTO tally SELECT 'department', '', t.code, count(*) FROM person JOIN department AS t USING (d) WHERE mother IS NULL GROUP BY ALL;
INSERT INTO tally
WITH home AS (
  SELECT count(*) AS persons, count(*) FILTER (at_home) AS children, count(*) FILTER (NOT at_home) AS adults FROM person JOIN resident USING (p) GROUP BY household
)
SELECT 'composition', CASE WHEN persons = 1 THEN 'living_alone' WHEN adults < 2 THEN 'single_parents' WHEN children = 0 THEN 'couples_without_children' ELSE 'couples_with_children' END, '', count(*) FROM home GROUP BY ALL;
INSERT INTO tally SELECT 'household', '', least(persons, 6)::VARCHAR, count(*) FROM (SELECT count(*) AS persons FROM person WHERE mother IS NULL GROUP BY household) GROUP BY ALL;
INSERT INTO tally SELECT 'condition', '', k.name, count(*) FROM condition JOIN condition_kind AS k USING (condition) GROUP BY ALL;
INSERT INTO tally SELECT 'single', '', unnest(['births', 'deaths', 'moves', 'moves_department', 'from_65', 'from_80', 'frail']),
  unnest([count(mother), count(death) FILTER (mother IS NULL), count(moved), count(*) FILTER (moved_to <> d), count(*) FILTER (age >= 65), count(*) FILTER (age >= 80), count(*) FILTER (frail)]) FROM person;
INSERT INTO tally SELECT 'single', '', 'ald', count(DISTINCT p) FROM condition WHERE holder;
INSERT INTO tally SELECT 'single', '', unnest(['stays', 'day_stays', 'nights']),
  unnest([count(*), count(*) FILTER (s.days = 0), sum(s.days)]) FROM stay AS s JOIN stay_kind AS k USING (kind) WHERE NOT starts_with(k.ghm, '28');
INSERT INTO tally SELECT 'single', '', 'sessions', count(*) FROM stay JOIN stay_kind AS k USING (kind) WHERE starts_with(k.ghm, '28');
INSERT INTO tally SELECT 'lines', a.kind || a.nature, a.atc, sum(a.times * c.n)
FROM (SELECT w, count(*) AS n FROM line WHERE mark = 0 GROUP BY w) AS c JOIN act AS a USING (w) GROUP BY ALL;
INSERT INTO tally SELECT 'marked', '', mark::VARCHAR, count(*) FROM line GROUP BY ALL;
INSERT INTO tally SELECT 'single', '', 'supplements', count(*) FROM line JOIN act USING (w) WHERE supplement = 2;
INSERT INTO tally SELECT 'single', '', 'assays', count(*) FROM assay SEMI JOIN line USING (claim, n);
INSERT INTO tally SELECT 'single', '', 'boxes_from_80', sum(times) FROM line JOIN act USING (w) JOIN person USING (p) WHERE mark = 0 AND kind = 'M' AND age >= 80;
INSERT INTO tally SELECT 'single', '', 'flu_from_65', count(DISTINCT p) FROM event JOIN person USING (p) WHERE care = getvariable('care_flu_vaccination') AND age >= 65;
INSERT INTO tally SELECT 'single', '', unnest(['two identifiers', 'year of birth 1600', 'twins under one identifier']),
  unnest([count(*) FILTER (changes < 999), count(*) FILTER (born = 1600), count(*) FILTER (twin = 2)]) FROM beneficiary;

INSERT INTO tally SELECT 'epidemic', t.code, (1 + (day - (getvariable('epidemic_starts') - day_one())) // 7)::VARCHAR, count(*) FROM infected JOIN department AS t USING (d) GROUP BY ALL;
INSERT INTO tally SELECT 'single', '', 'epidemic_admitted', count(*) FROM stay WHERE kind = getvariable('stay_epidemic');
INSERT INTO tally
WITH days AS (
  SELECT o.p, o.frail, least(366, coalesce((o.death - day_one())::INTEGER, 366)) AS lived, coalesce(e.days, 0) AS exposed
  FROM person AS o LEFT JOIN (SELECT p, sum(days) AS days FROM exposed GROUP BY p) AS e USING (p) WHERE age >= 18
), events AS (
  SELECT s.p, bool_or(e.p IS NOT NULL) AS within FROM stay AS s LEFT JOIN exposed AS e ON e.p = s.p AND s.day >= e.day AND s.day < e.day + e.days
  WHERE s.kind = getvariable('stay_bleeding') GROUP BY s.p, s.n
)
SELECT 'harm', unnest(['days', 'days', 'events', 'events']), unnest(['within', 'outside', 'within', 'outside']),
  unnest([sum(exposed), sum(lived - exposed), (SELECT count(*) FILTER (within) FROM events), (SELECT count(*) FILTER (NOT within) FROM events)]) FROM days;
-- Self-controlled: within each exposed person, the events expected in the window if days alone decided.
INSERT INTO tally
WITH each AS (
  SELECT s.p, s.n, bool_or(s.day >= e.day AND s.day < e.day + e.days) AS within FROM stay AS s JOIN exposed AS e USING (p) WHERE s.kind = getvariable('stay_bleeding') GROUP BY ALL
), share AS (
  SELECT e.p, sum(e.days) / least(366, any_value(coalesce((o.death - day_one())::INTEGER, 366))) AS x FROM exposed AS e JOIN person AS o USING (p) GROUP BY e.p
)
SELECT 'scan', within::VARCHAR, (round(x, 3))::VARCHAR, count(*) FROM each JOIN share USING (p) GROUP BY ALL;
INSERT INTO tally
SELECT 'pathway', CASE WHEN severe THEN 'severe' ELSE 'other' END, unnest(['stays', 'seen', 'readmitted', 'days seen', 'days unseen', 'readmitted seen', 'readmitted unseen']),
  unnest([count(*), count(contact), count(returns), sum(CASE WHEN contact IS NULL THEN 0 ELSE coalesce(returns, watched) - contact END), sum(coalesce(contact, returns, watched)),
          count(*) FILTER (contact IS NOT NULL AND returns IS NOT NULL), count(*) FILTER (contact IS NULL AND returns IS NOT NULL)])
FROM followed GROUP BY severe;
