"""The whole extract in plain Python, from rows, permit and opt-outs: slow, obvious, and without the product's code.

Only the criteria's own oracle is borrowed (`cohorts.oracle`). Cells are what the extract must hold; a row's own number
is left as None, because it says no more than a place in the file.
"""

from __future__ import annotations

import hashlib
import struct
from datetime import date, datetime

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from hygie.access.cohorts import oracle as cohorts

HOME = {  # identifier column -> the table whose keys it holds
    "visit_occurrence_id": "visit_occurrence",
    "preceding_visit_occurrence_id": "visit_occurrence",
    "provider_id": "provider",
    "care_site_id": "care_site",
    "location_id": "location",
}
OWN = {"condition_occurrence_id", "measurement_id", "drug_exposure_id"}
START = {
    "visit_occurrence": "visit_start_date",
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
    "death": "death_date",
}
WITHOUT_PERSON = ("provider", "care_site", "location")
FINE_CODES = {
    "condition_concept_id",
    "condition_source_concept_id",
    "condition_source_value",
    "drug_concept_id",
    "measurement_concept_id",
    "value_as_concept_id",
    "cause_concept_id",
}
RANK = {"time": 0, "day": 1, "month": 2, "year": 3}


def number(key, kind, one):
    block = struct.pack("<q", one) + hashlib.sha256(kind.encode()).digest()[:6] + b"\0\0"
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    return struct.unpack("<Q", encryptor.update(block)[:8])[0] >> 1


class Oracle:
    """One extract: `Oracle(lake, index, out, permit, key).table(dataset, name)`."""

    def __init__(self, lake, index, out, permit, key):
        self.lake, self.index, self.permit, self.key = lake, index, permit, key
        self.out = set() if permit["exception"] else set(out)
        delivered = {self.uid(d, row["person_id"]) for d in lake for row in lake[d]["person"]}
        self.delivered = delivered - {None}
        self.remaining = self.delivered - self.out
        self.cohort = self.criteria()

    def uid(self, dataset, person):
        return self.index.get((dataset, person))

    def criteria(self):
        joined = {}
        for dataset, tables in self.lake.items():
            for name, rows in tables.items():
                joined.setdefault(name, [])
                for row in rows:
                    if "person_id" in row:
                        uid = self.uid(dataset, row["person_id"])
                        delivered = any(p["person_id"] == row["person_id"] for p in tables["person"])
                        if uid is None or uid in self.out or not delivered:
                            continue
                        row = {**row, "person_id": uid, "record": (dataset, row["person_id"])}
                    joined[name].append(row)
        joined["person"] = self.first(joined["person"])
        return cohorts.select(self.permit["cohort"], joined) if joined.get("person") else set()

    @staticmethod
    def first(people):
        """One record for each person: the first by dataset and id."""
        found = {}
        for row in sorted(people, key=lambda row: row["record"]):
            found.setdefault(row["person_id"], row)
        return list(found.values())

    def shown(self, name):
        """The permit's columns of a table that its own minimisation leaves."""
        wanted = set(self.permit["tables"][name]) | ({"person_id"} if name not in WITHOUT_PERSON else set())
        return {column for column in wanted if not self.gone(name, column)}

    def gone(self, name, column):
        permit = self.permit
        if column == "month_of_birth":
            return permit["birth"] == "year"
        if column == "day_of_birth":
            return permit["birth"] != "day"
        if (column == "location_id" or name == "location") and permit["location"] == "none":
            return True
        if column in {"date_offset", "end_date_offset"}:
            return True
        return permit["codes"] == "3-characters" and column in FINE_CODES

    def kept(self, dataset, name):
        """The source rows of a table that are in."""
        rows = self.lake[dataset].get(name, [])
        if name in WITHOUT_PERSON:
            seen = self.pointed(dataset, name)
            return [row for row in rows if row[f"{name}_id"] in seen]
        found = []
        for row in rows:
            uid = self.uid(dataset, row["person_id"])
            delivered = any(p["person_id"] == row["person_id"] for p in self.lake[dataset]["person"])
            if uid not in self.cohort or not delivered:
                continue
            day = row.get(START.get(name))
            if name in START and (day is None or not self.permit["from"] <= day <= self.permit["to"]):
                continue
            found.append(row)
        return found

    def pointed(self, dataset, space):
        """The ids of a space that shown columns of other tables' rows hold."""
        found = set()
        for name in self.permit["tables"]:
            if name == space or name not in self.lake[dataset]:
                continue
            columns = [column for column in self.shown(name) if HOME.get(column) == space]
            for row in self.kept(dataset, name) if columns else []:
                found |= {row[column] for column in columns if row[column] is not None}
        return found

    def known(self, dataset, space):
        """The ids of a space that get a number."""
        home = self.lake[dataset].get(space)
        if home is None or space in WITHOUT_PERSON:
            return self.pointed(dataset, space)
        people = {p["person_id"] for p in self.lake[dataset]["person"]}
        inside = [row for row in home if row["person_id"] in people]
        return {row[f"{space}_id"] for row in inside if self.uid(dataset, row["person_id"]) in self.cohort}

    def stand_in(self, dataset, location):
        """The location that stands for a region: the smallest one that is pointed at."""
        home = self.lake[dataset].get("location")
        if self.permit["location"] != "region" or home is None:
            return location
        seen = self.pointed(dataset, "location")
        regions = {row["location_id"]: (row["state"], row["country_concept_id"]) for row in home}
        if location not in regions:
            return None
        return min(one for one, region in regions.items() if region == regions[location] and one in seen)

    def cell(self, dataset, name, column, row):
        value = row[column]
        if column == "person_id":
            return number(self.key, "person", self.uid(dataset, value))
        if column in HOME:
            space = HOME[column]
            if column == f"{name}_id" and name not in WITHOUT_PERSON and not self.referred(space):
                return None
            if value not in self.known(dataset, space):
                return None
            value = self.stand_in(dataset, value) if space == "location" else value
            return None if value is None else number(self.key, f"{dataset}/{space}", value)
        if column in OWN:
            return None
        if isinstance(value, date):
            return self.coarse(value, self.permit["birth"] if name == "person" else self.permit["dates"])
        if column in {"date_precision", "end_date_precision"} and value in RANK:
            return max(value, self.permit["dates"], key=RANK.get)
        if column == "source_code" and self.permit["codes"] == "3-characters" and name != "visit_occurrence":
            return value if value is None else value[:3]
        return value

    def referred(self, space):
        """Whether a permitted column other than the table's own key holds keys of a space."""
        return any(
            HOME.get(column) == space and column != f"{name}_id"
            for name, columns in self.permit["tables"].items()
            for column in columns
        )

    @staticmethod
    def coarse(value, grain):
        day = value.replace(day=1) if grain != "day" else value
        day = day.replace(month=1) if grain == "year" else day
        return day.replace(hour=0, minute=0, second=0) if isinstance(day, datetime) else day

    def table(self, dataset, name):
        """The rows of one table as sorted tuples over sorted column names; None when it is not in the extract."""
        columns = sorted(self.shown(name))
        if not columns or (name == "location" and self.permit["location"] == "none"):
            return None
        rows = [tuple(self.cell(dataset, name, c, row) for c in columns) for row in self.kept(dataset, name)]
        if name in WITHOUT_PERSON and f"{name}_id" not in columns:
            rows = list(dict.fromkeys(rows))
        if name == "location" and self.permit["location"] == "region":
            rows = list(dict.fromkeys(rows))
        return columns, sorted(rows, key=repr)
