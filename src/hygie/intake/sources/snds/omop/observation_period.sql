-- needs: er_prs_f
WITH span AS (SELECT min(care_date) AS first, max(care_date) AS last FROM {er_prs_f} WHERE care_date > DATE '1600-01-01'),
of AS (
  SELECT p.person_id, greatest(s.first, make_date(p.year_of_birth, coalesce(p.month_of_birth, 1), 1)) AS starts, least(s.last, d.death_date) AS ends
  FROM {person} p CROSS JOIN span s LEFT JOIN {death} d ON d.person_id = p.person_id
)
SELECT (hash(person_id, starts) >> 1)::BIGINT AS observation_period_id, person_id,
       starts AS observation_period_start_date, ends AS observation_period_end_date, 32810 AS period_type_concept_id
FROM of WHERE ends >= starts
