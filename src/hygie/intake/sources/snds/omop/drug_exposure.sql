-- needs: er_pha_f er_prs_f
SELECT (hash(min(p.snds_er_prs_f_id), d.cip13, d.cip7) >> 1)::BIGINT AS drug_exposure_id, p.person_id, p.care_date AS drug_exposure_start_date,
       p.care_date AS drug_exposure_end_date, sum(d.times)::DOUBLE AS quantity, coalesce(d.cip13, d.cip7)::VARCHAR AS drug_source_value,
       coalesce(any_value(k.atc), coalesce(d.cip13, d.cip7)::VARCHAR) AS source_code,
       CASE WHEN any_value(k.atc) IS NOT NULL THEN 'ATC' WHEN d.cip13 IS NOT NULL THEN 'CIP13' ELSE 'CIP7' END AS source_system
FROM (SELECT snds_er_prs_f_id, nullif(pha_prs_c13, 0) AS cip13, nullif(pha_prs_ide, 0) AS cip7, coalesce(pha_act_qsn, 1) AS times FROM {er_pha_f}) d
JOIN {er_prs_f} p USING (snds_er_prs_f_id) LEFT JOIN {drug_codes} k ON k.code = coalesce(d.cip13, d.cip7)
WHERE coalesce(d.cip13, d.cip7) IS NOT NULL AND {regular_p}
GROUP BY p.person_id, p.care_date, d.cip13, d.cip7, p.pfs_exe_num HAVING sum(d.times) > 0
-- needs: er_ucd_f er_prs_f
SELECT (hash(min(p.snds_er_prs_f_id), d.ucd) >> 1)::BIGINT AS drug_exposure_id, p.person_id, p.care_date AS drug_exposure_start_date,
       p.care_date AS drug_exposure_end_date, sum(d.times)::DOUBLE AS quantity, d.ucd AS drug_source_value,
       coalesce(any_value(k.atc), d.ucd) AS source_code, CASE WHEN any_value(k.atc) IS NOT NULL THEN 'ATC' ELSE 'UCD' END AS source_system
FROM (SELECT snds_er_prs_f_id, ucd_ucd_cod AS ucd, coalesce(ucd_dlv_nbr, 1) AS times FROM {er_ucd_f} WHERE ucd_ucd_cod IS NOT NULL) d
JOIN {er_prs_f} p USING (snds_er_prs_f_id) LEFT JOIN {ucd_codes} k ON k.code = TRY_CAST(d.ucd AS BIGINT)
WHERE {regular_p}
GROUP BY p.person_id, p.care_date, d.ucd, p.pfs_exe_num HAVING sum(d.times) > 0
