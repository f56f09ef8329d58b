-- needs: t_mcoaac
SELECT snds_t_mcoaac_id AS visit_occurrence_id, person_id, 9201 AS visit_concept_id, care_date AS visit_start_date,
       greatest(care_date, coalesce(exe_soi_dtf::DATE, sor_dat, care_date)) AS visit_end_date, 'MCO' AS source_code, 'SNDS' AS source_system
FROM {t_mcoaac} WHERE person_id IS NOT NULL AND care_date > DATE '1600-01-01' AND snds_t_mcoaac_id IS NOT NULL
-- needs: t_ssraac
SELECT snds_t_ssraac_id AS visit_occurrence_id, person_id, 9201 AS visit_concept_id, care_date AS visit_start_date,
       greatest(care_date, coalesce(exe_soi_dtf::DATE, sor_dat, care_date)) AS visit_end_date, 'SSR' AS source_code, 'SNDS' AS source_system
FROM {t_ssraac} WHERE person_id IS NOT NULL AND care_date > DATE '1600-01-01' AND snds_t_ssraac_id IS NOT NULL
-- needs: t_ripaac
SELECT snds_t_ripaac_id AS visit_occurrence_id, person_id, 9201 AS visit_concept_id, care_date AS visit_start_date,
       greatest(care_date, coalesce(exe_soi_dtf::DATE, sor_dat, care_date)) AS visit_end_date, 'RIM-P' AS source_code, 'SNDS' AS source_system
FROM {t_ripaac} WHERE person_id IS NOT NULL AND care_date > DATE '1600-01-01' AND snds_t_ripaac_id IS NOT NULL
-- needs: t_hadaac
SELECT snds_t_hadaac_id AS visit_occurrence_id, person_id, 581476 AS visit_concept_id, care_date AS visit_start_date,
       greatest(care_date, coalesce(exe_soi_dtf::DATE, sor_dat, care_date)) AS visit_end_date, 'HAD' AS source_code, 'SNDS' AS source_system
FROM {t_hadaac} WHERE person_id IS NOT NULL AND care_date > DATE '1600-01-01' AND snds_t_hadaac_id IS NOT NULL
-- needs: er_prs_f
SELECT min(snds_er_prs_f_id) AS visit_occurrence_id, person_id,
       CASE WHEN prs_nat_ref BETWEEN 1209 AND 1222 THEN 581476 WHEN prs_nat_ref IN (1096, 1164, 1191, 1192) THEN 5083 ELSE 9202 END AS visit_concept_id,
       care_date AS visit_start_date, care_date AS visit_end_date, prs_nat_ref::VARCHAR AS source_code, 'PRS_NAT' AS source_system
FROM {er_prs_f}
WHERE {regular} AND prs_nat_ref IN ({visits})
GROUP BY person_id, care_date, prs_nat_ref, pfs_exe_num HAVING sum(coalesce(prs_act_qte, 1)) > 0 AND min(snds_er_prs_f_id) IS NOT NULL
