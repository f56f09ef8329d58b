-- needs: ir_ben_r
SELECT m.person_id, CASE min(b.ben_sex_cod) WHEN 1 THEN 8507 WHEN 2 THEN 8532 ELSE 0 END AS gender_concept_id,
       min(CASE WHEN b.ben_nai_ann BETWEEN 1850 AND 2100 THEN b.ben_nai_ann END) AS year_of_birth,
       min(CASE WHEN b.ben_nai_moi BETWEEN 1 AND 12 THEN b.ben_nai_moi END) AS month_of_birth,
       0 AS race_concept_id, 0 AS ethnicity_concept_id, min(b.ben_idt_ano) AS person_source_value,
       min(b.ben_sex_cod)::VARCHAR AS gender_source_value,
       CASE WHEN max(b.ben_res_dpt) IS NOT NULL THEN (hash(max_by(b.ben_res_dpt, coalesce(b.ben_dte_maj, DATE '1600-01-01')), max_by(coalesce(b.ben_res_com, ''), coalesce(b.ben_dte_maj, DATE '1600-01-01'))) >> 1)::BIGINT END AS location_id
FROM {person_map} m LEFT JOIN {ir_ben_r} b ON b.person_id = m.person_id
GROUP BY m.person_id
-- otherwise: er_prs_f
SELECT m.person_id, CASE min(b.ben_sex_cod) WHEN 1 THEN 8507 WHEN 2 THEN 8532 ELSE 0 END AS gender_concept_id,
       min(CASE WHEN b.ben_nai_ann BETWEEN 1850 AND 2100 THEN b.ben_nai_ann END) AS year_of_birth,
       0 AS race_concept_id, 0 AS ethnicity_concept_id, min(b.ben_sex_cod)::VARCHAR AS gender_source_value
FROM {person_map} m LEFT JOIN {er_prs_f} b ON b.person_id = m.person_id
GROUP BY m.person_id
-- otherwise: t_mcoaac t_mcoaab
SELECT m.person_id, CASE min(b.cod_sex) WHEN '1' THEN 8507 WHEN '2' THEN 8532 ELSE 0 END AS gender_concept_id,
       min(year(c.care_date) - b.age_ann) AS year_of_birth, 0 AS race_concept_id, 0 AS ethnicity_concept_id,
       min(b.cod_sex) AS gender_source_value
FROM {person_map} m LEFT JOIN {t_mcoaac} c ON c.person_id = m.person_id
LEFT JOIN {t_mcoaab} b ON b.snds_t_mcoaac_id = c.snds_t_mcoaac_id
GROUP BY m.person_id
-- otherwise:
SELECT person_id, 0 AS gender_concept_id, 0 AS race_concept_id, 0 AS ethnicity_concept_id FROM {person_map}
