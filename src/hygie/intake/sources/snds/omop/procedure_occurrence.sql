-- needs: t_mcoaaa t_mcoaac
SELECT (hash(c.snds_t_mcoaac_id, a.cdc_act, a.day) >> 1)::BIGINT AS procedure_occurrence_id, c.person_id,
       c.care_date + coalesce(a.day, 0)::INTEGER AS procedure_date, a.times AS quantity, c.snds_t_mcoaac_id AS visit_occurrence_id,
       a.cdc_act AS source_code, 'CCAM' AS source_system
FROM (
  SELECT snds_t_mcoaac_id, cdc_act, CASE WHEN ent_dat_del BETWEEN 0 AND 2999 THEN ent_dat_del END AS day, sum(greatest(coalesce(nbr_exe_act, 1), 1))::INTEGER AS times
  FROM {t_mcoaaa} WHERE cdc_act IS NOT NULL GROUP BY ALL
) a JOIN {t_mcoaac} c USING (snds_t_mcoaac_id)
WHERE c.person_id IS NOT NULL AND c.care_date > DATE '1600-01-01'
-- needs: er_cam_f er_prs_f
SELECT (hash(min(p.snds_er_prs_f_id), a.cam_prs_ide) >> 1)::BIGINT AS procedure_occurrence_id, p.person_id, p.care_date AS procedure_date,
       sum(coalesce(p.prs_act_qte, 1))::INTEGER AS quantity, a.cam_prs_ide AS source_code, 'CCAM' AS source_system
FROM {er_cam_f} a JOIN {er_prs_f} p USING (snds_er_prs_f_id)
WHERE a.cam_prs_ide IS NOT NULL AND {regular_p}
GROUP BY p.person_id, p.care_date, a.cam_prs_ide, p.pfs_exe_num HAVING sum(coalesce(p.prs_act_qte, 1)) > 0
-- needs: er_prs_f
SELECT (hash(min(snds_er_prs_f_id), prs_nat_ref) >> 1)::BIGINT AS procedure_occurrence_id, person_id, care_date AS procedure_date,
       sum(coalesce(prs_act_qte, 1))::INTEGER AS quantity, prs_nat_ref::VARCHAR AS source_code, 'PRS_NAT' AS source_system
FROM {er_prs_f}
WHERE prs_nat_ref IN ({supplements}) AND coalesce(dpn_qlf, 0) <> 71 AND coalesce(prs_dpn_qlp, 0) <> 71 AND person_id IS NOT NULL AND care_date > DATE '1600-01-01'
GROUP BY person_id, care_date, prs_nat_ref, pfs_exe_num HAVING sum(coalesce(prs_act_qte, 1)) > 0
