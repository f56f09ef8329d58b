-- needs: ir_ben_r ki_cci_r
WITH told AS (
  SELECT person_id, ben_dcd_dte AS day, NULL::VARCHAR AS cause, 1 AS rank FROM {ir_ben_r}
  UNION ALL SELECT person_id, ben_dcd_dte, dcd_cim_cod, 0 FROM {ki_cci_r}
), known AS (SELECT * FROM told WHERE day > DATE '1600-01-01' AND person_id IS NOT NULL)
SELECT person_id, min_by(day, (rank, day)) AS death_date, CASE WHEN min(rank) = 0 THEN 32815 ELSE 32810 END AS death_type_concept_id,
       min(cause) AS source_code, 'CIM-10' AS source_system
FROM known GROUP BY person_id
-- otherwise: ir_ben_r
SELECT person_id, min(ben_dcd_dte) AS death_date, 32810 AS death_type_concept_id, NULL::VARCHAR AS source_code, 'CIM-10' AS source_system
FROM {ir_ben_r} WHERE ben_dcd_dte > DATE '1600-01-01' GROUP BY person_id
-- otherwise: ki_cci_r
SELECT person_id, min(ben_dcd_dte) AS death_date, 32815 AS death_type_concept_id, min(dcd_cim_cod) AS source_code, 'CIM-10' AS source_system
FROM {ki_cci_r} WHERE ben_dcd_dte > DATE '1600-01-01' AND person_id IS NOT NULL GROUP BY person_id
-- otherwise: er_prs_f
SELECT person_id, min(ben_dcd_dte) AS death_date, 32810 AS death_type_concept_id, NULL::VARCHAR AS source_code, 'CIM-10' AS source_system
FROM {er_prs_f} WHERE ben_dcd_dte > DATE '1600-01-01' GROUP BY person_id
