-- needs: t_mcoaab t_mcoaac
SELECT (hash(c.snds_t_mcoaac_id, 'DP') >> 1)::BIGINT AS condition_occurrence_id, c.person_id, c.care_date AS condition_start_date,
       c.snds_t_mcoaac_id AS visit_occurrence_id, 32902 AS condition_status_concept_id, 'DGN_PAL' AS condition_status_source_value,
       b.dgn_pal AS source_code, 'CIM-10' AS source_system
FROM {t_mcoaab} b JOIN {t_mcoaac} c USING (snds_t_mcoaac_id)
WHERE b.dgn_pal IS NOT NULL AND c.person_id IS NOT NULL AND c.care_date > DATE '1600-01-01'
-- needs: t_mcoaab t_mcoaac
SELECT (hash(c.snds_t_mcoaac_id, 'DR') >> 1)::BIGINT AS condition_occurrence_id, c.person_id, c.care_date AS condition_start_date,
       c.snds_t_mcoaac_id AS visit_occurrence_id, 32908 AS condition_status_concept_id, 'DGN_REL' AS condition_status_source_value,
       b.dgn_rel AS source_code, 'CIM-10' AS source_system
FROM {t_mcoaab} b JOIN {t_mcoaac} c USING (snds_t_mcoaac_id)
WHERE b.dgn_rel IS NOT NULL AND c.person_id IS NOT NULL AND c.care_date > DATE '1600-01-01'
-- needs: t_mcoaad t_mcoaac
SELECT (hash(c.snds_t_mcoaac_id, d.ass_dgn) >> 1)::BIGINT AS condition_occurrence_id, c.person_id, c.care_date AS condition_start_date,
       c.snds_t_mcoaac_id AS visit_occurrence_id, 32908 AS condition_status_concept_id, 'ASS_DGN' AS condition_status_source_value,
       d.ass_dgn AS source_code, 'CIM-10' AS source_system
FROM (SELECT DISTINCT snds_t_mcoaac_id, ass_dgn FROM {t_mcoaad} WHERE ass_dgn IS NOT NULL) d JOIN {t_mcoaac} c USING (snds_t_mcoaac_id)
WHERE c.person_id IS NOT NULL AND c.care_date > DATE '1600-01-01'
-- needs: ir_imb_r
SELECT DISTINCT (hash(person_id, med_mtf_cod, imb_ald_dtd, imb_ald_dtf) >> 1)::BIGINT AS condition_occurrence_id, person_id,
       care_date AS condition_start_date, CASE WHEN imb_ald_dtf > DATE '1600-01-01' THEN imb_ald_dtf END AS condition_end_date,
       'ALD' AS condition_status_source_value, med_mtf_cod AS source_code, 'CIM-10' AS source_system
FROM {ir_imb_r} WHERE med_mtf_cod IS NOT NULL AND person_id IS NOT NULL AND care_date > DATE '1600-01-01'
