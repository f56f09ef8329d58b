-- needs: er_bio_f er_prs_f
SELECT (hash(min(p.snds_er_prs_f_id), b.bio_prs_ide) >> 1)::BIGINT AS measurement_id, p.person_id, p.care_date AS measurement_date,
       b.bio_prs_ide::VARCHAR AS source_code, 'NABM' AS source_system
FROM {er_bio_f} b JOIN {er_prs_f} p USING (snds_er_prs_f_id)
WHERE b.bio_prs_ide IS NOT NULL AND {regular_p}
GROUP BY p.person_id, p.care_date, b.bio_prs_ide, p.pfs_exe_num HAVING sum(coalesce(b.bio_act_qsn, 1)) > 0
