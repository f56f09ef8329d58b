-- How ids, names and times are written. No name is anyone's: each says that it is made up, and carries a number.
CREATE MACRO patient(p) AS 'p' || lpad(CAST(p AS VARCHAR), 8, '0');
CREATE MACRO visit(e) AS 'e' || e;
CREATE MACRO hospital_number(p) AS '8' || lpad(CAST(p AS VARCHAR), 9, '0');
CREATE MACRO stamp(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S')
  || CASE WHEN month(t) BETWEEN 4 AND 10 THEN '+02:00' ELSE '+01:00' END;
CREATE MACRO one_of(names, number) AS names[1 + CAST(number % len(names) AS INTEGER)];
CREATE MACRO family(p) AS one_of(getvariable('family'), p) || '-' || lpad(CAST(p AS VARCHAR), 6, '0');
CREATE MACRO given(p, sex) AS one_of(CASE sex WHEN 'female' THEN getvariable('female') ELSE getvariable('male') END, hash(p));
-- The form of the French national identity number, born abroad (99), so that it is no one's.
CREATE MACRO nir(p, sex, birth) AS CASE sex WHEN 'female' THEN '2' ELSE '1' END || strftime(birth, '%y%m') || '99'
  || lpad(CAST((p // 1000) % 1000 AS VARCHAR), 3, '0') || lpad(CAST(p % 1000 AS VARCHAR), 3, '0');
CREATE MACRO ins(p, sex, birth) AS nir(p, sex, birth)
  || lpad(CAST(97 - CAST(nir(p, sex, birth) AS BIGINT) % 97 AS VARCHAR), 2, '0');
