-- needs: ir_ben_r
SELECT DISTINCT (hash(ben_res_dpt, coalesce(ben_res_com, '')) >> 1)::BIGINT AS location_id, ben_res_dpt AS state,
       CASE WHEN ben_res_com IS NOT NULL THEN ben_res_dpt || ben_res_com END AS county,
       ben_res_dpt || coalesce(ben_res_com, '') AS location_source_value, 'FR' AS country_source_value
FROM {ir_ben_r} WHERE ben_res_dpt IS NOT NULL
