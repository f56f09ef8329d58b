"""The same generated permits through the real path: encrypted in and out, walls up, equal to the one in memory."""

from __future__ import annotations

import pytest

from hygie.access.extracts import making
from hygie.access.extracts.plan import plan
from hygie.base.engine import EncryptedFile, Engine, Walls
from hygie.base.keys import new_data_key
from tests.access.extracts.lakes import KEY, Memory, arrow, extract, held, permit_of
from tests.access.extracts.test_property import thousand


@pytest.mark.slow
def test_encrypted_extracts_equal_those_in_memory(tmp_path):
    turn = 0

    def check(case):
        nonlocal turn
        turn += 1
        home = tmp_path / f"home{turn}"
        home.mkdir()
        memory = Memory(case)
        with Engine(Walls(home, memory="200MB")) as engine:
            views = sealed(engine, case, home)
            for number, permit in enumerate(case.permits):
                made = plan(permit_of(permit), held(case.lake))
                folder = home / f"extract{number}"
                folder.mkdir()
                inputs = making.Inputs(views, "ix", "oo" if made.opt_outs else None)
                result = making.make(engine, made, inputs, key=KEY, folder=folder, vault=folder)
                _, steps, expected, _ = extract(memory, case, permit)
                assert result.steps == steps
                assert {path.name for path in folder.iterdir()} == {
                    f"{piece.file.sha256}.parquet" for piece in (*result.pieces, result.map)
                }
                wanted = {made.outputs(dataset, name): table for (dataset, name), table in expected.items()}
                assert {piece.name for piece in result.pieces} == set(wanted)
                for piece in result.pieces:
                    path = folder / f"{piece.file.sha256}.parquet"
                    assert path.read_bytes()[:4] == b"PARE"
                    engine.attach("piece", [EncryptedFile(path, piece.key)])
                    got = engine.con.execute("SELECT * FROM piece").to_arrow_table()
                    assert got.to_pylist() == wanted[piece.name].to_pylist()
        memory.close()
        return len(case.permits)

    assert thousand(99, lakes=6, count=3, check=check) >= 18


def sealed(engine, case, home):
    """Write a case as encrypted files and attach them; return the views."""

    def seal(view, query):
        key = new_data_key()
        engine.write_encrypted(query, home / f"{view}.parquet", key)
        engine.attach(view, [EncryptedFile(home / f"{view}.parquet", key)])

    views = {}
    for place, (dataset, tables) in enumerate(case.lake.items()):
        views[dataset] = {name: f"sealed{place}_{name}" for name in tables}
        for name, rows in tables.items():
            engine.con.register("rows", arrow(name, rows))
            seal(f"sealed{place}_{name}", "SELECT * FROM rows")
            engine.con.unregister("rows")
    values = ", ".join(f"('{d}', {p}, {u})" for (d, p), u in case.index.items())
    names = "dataset, person_id, person_uid"
    typed = "dataset, person_id::BIGINT AS person_id, person_uid::BIGINT AS person_uid"
    seal("ix", f"SELECT {typed} FROM (VALUES {values}) t({names})")
    out = ", ".join(f"('{dataset}', {uid})" for dataset in case.lake for uid in sorted(case.out)) or "('', -1)"
    seal("oo", f"SELECT dataset, person_uid::BIGINT AS person_uid FROM (VALUES {out}) t(dataset, person_uid)")
    return views
