-- The small tables that every slice reads; `tables.py` fills them.
CREATE TABLE department (d SMALLINT, code VARCHAR, share DOUBLE, latitude DOUBLE, longitude DOUBLE, low BIGINT, high BIGINT);
CREATE TABLE cell (sex TINYINT, age SMALLINT, share DOUBLE);
CREATE TABLE risk (sex TINYINT, age SMALLINT, dies DOUBLE, frail DOUBLE, moves DOUBLE, births DOUBLE);
CREATE TABLE condition_kind (condition TINYINT, name VARCHAR, ald TINYINT, holders DOUBLE, code VARCHAR);
CREATE TABLE prevalence (condition TINYINT, sex TINYINT, age SMALLINT, share DOUBLE, frail DOUBLE);
CREATE TABLE care (care TINYINT, sex TINYINT, b TINYINT, rate DOUBLE);
CREATE TABLE care_season (care TINYINT, name VARCHAR, season TINYINT);
CREATE TABLE care_of_condition (care TINYINT, condition TINYINT, every SMALLINT, share DOUBLE, slot SMALLINT);
CREATE TABLE act (w SMALLINT, item SMALLINT, name VARCHAR, kind VARCHAR, nature SMALLINT, code VARCHAR, cip7 INTEGER, cip13 BIGINT, atc VARCHAR, bio SMALLINT, specialty TINYINT, activity TINYINT, status TINYINT, prescriber TINYINT, by_doctor BOOLEAN, executor VARCHAR, times TINYINT, price DOUBLE, paid DOUBLE, rate DOUBLE, refunded DOUBLE, supplement TINYINT);
CREATE TABLE care_line (care TINYINT, n TINYINT, w SMALLINT, share DOUBLE, flow TINYINT, later SMALLINT, sampled TINYINT, sampled_share DOUBLE);
CREATE TABLE stay_kind (kind TINYINT, name VARCHAR, dp VARCHAR, ghm VARCHAR, ghs SMALLINT, das VARCHAR, act VARCHAR, days DOUBLE, urgent DOUBLE);
CREATE TABLE stay_by_age (kind TINYINT, sex TINYINT, b TINYINT, rate DOUBLE);
CREATE TABLE stay_of_condition (kind TINYINT, condition TINYINT, rate DOUBLE, women DOUBLE, slot SMALLINT);
CREATE TABLE wave (d SMALLINT, attack DOUBLE, late DOUBLE, before DOUBLE);
CREATE TABLE listed (list VARCHAR, code VARCHAR, label VARCHAR);
