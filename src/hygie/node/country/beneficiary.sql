-- What every table of the SNDS says of a person, once a person; texts of few values are enumerations, cheap to write.
CREATE OR REPLACE TABLE beneficiary AS
SELECT p, person, psa, CASE WHEN u(person, 'changes') < 0.005 THEN id17('T', person) ELSE psa END AS later_psa,
       CASE WHEN u(person, 'changes') < 0.005 THEN floor(366 * u(person, 'changes on')) ELSE 999 END::SMALLINT AS changes,
       twin, birth, CASE WHEN u(person, 'implausible') < 0.0005 THEN 1600 ELSE year(birth) END::SMALLINT AS born, sex, age::SMALLINT AS ama, death, (t.code)::dpt AS department, coalesce(m.code, t.code)::dpt AS moved_department,
       commune::com AS commune, coalesce(moved_commune, commune)::com AS moved_commune, coalesce(moved - day_one(), 999)::SMALLINT AS moves,
       ('01C' || t.code || '000')::org AS organisation, regime, CASE WHEN u(household, 'cmu') < 0.10 THEN 1 ELSE 0 END::TINYINT AS cmu,
       CASE WHEN i.p IS NULL THEN 0 ELSE 42 END::TINYINT AS exempt, 10::TINYINT AS assurance,
       lpad((t.d + 1)::VARCHAR, 3, '0') || '1' || lpad(doctor::VARCHAR, 5, '0') AS doctor,
       lpad((t.d + 1)::VARCHAR, 3, '0') || lpad((doctor % 40)::VARCHAR, 2, '0') AS zone
FROM person JOIN department AS t USING (d) LEFT JOIN department AS m ON m.d = person.moved_to
LEFT JOIN (SELECT DISTINCT p FROM condition WHERE holder) AS i USING (p);
