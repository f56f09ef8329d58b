"""The table of an answer that is sent: without its token, with hostile names, labels and fields, too large."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

TABLE = b"sex,n\nfemale,40\nmale,35\n"
FIELDS = {"title": "By sex", "groups": "sex", "persons": "n"}
BODY = {"title": "By sex", "csv": TABLE.decode(), "groups": ["sex"], "persons": "n"}
LABELS = (
    "<script>alert(1)</script>",
    '"=HYPERLINK(""http://evil.example"")"',
    "@SUM(1)",
    "[x](javascript:alert(1))",
    "a\u202eb",
    "a\x00b",
)
NAMES = ("../../../node.toml", "..\\..\\keys", "/etc/passwd", "t.csv\x00.exe", "%2e%2e%2fkeys", "x" * 300)

pytestmark = pytest.mark.attack


@pytest.fixture
def due(busy):
    """The address of a request that waits for its answer, and its id."""
    from hygie.access.applications.models import ApplicationRow

    made = busy.values["application_id"]
    rows = ApplicationRow.objects.filter(id=made)
    before = rows.values("kind", "state", "outcome").get()
    rows.update(kind="request", state="decided", outcome="granted")
    yield f"/applications/{made}/answer/", made
    rows.update(**before)


def files(busy):
    """Every file of the node but what the control database and its journal hold."""
    found = (path for path in busy.node.home.rglob("*") if path.is_file() and "sqlite3" not in path.name)
    return {str(path.relative_to(busy.node.home)): path.stat().st_size for path in found}


def test_no_table_is_taken_without_the_forms_token(busy, due):
    url, made = due
    client, before = busy.client("officer", csrf=True), files(busy)
    file = {"file": SimpleUploadedFile("t.csv", TABLE)}
    for address, more in ((url, file), (f"{url}table-1/drop/", {})):
        answer = client.post(address, {**FIELDS, **more})
        assert (answer.status_code, b"WEB-104" in answer.content) == (403, True)
    api = f"/api/v1/applications/{made}/tables"
    assert client.post(api, BODY, content_type="application/json").json()["code"] == "WEB-104"
    assert client.post(f"{api}/table-1/take").json()["code"] == "WEB-104"
    assert client.delete(f"{api}/table-1").json()["code"] == "WEB-104"
    assert files(busy) == before


def test_names_of_files_and_tables_lead_nowhere(busy, due):
    from hygie.access.applications.models import AnswerTableRow

    url, made = due
    before = files(busy)
    for name in NAMES:
        sent = {**FIELDS, "title": name.replace("\x00", ""), "file": SimpleUploadedFile(name, TABLE)}
        assert busy.client("officer").post(url, sent).status_code in (302, 422)
    kept = set(AnswerTableRow.objects.filter(application=made).values_list("id", flat=True))
    assert kept
    new = set(files(busy)) - set(before)
    assert {name for name in new if not name.startswith("keys/")} == {f"answers/{each}.sealed" for each in kept}
    assert not b"".join((busy.node.home / f"answers/{each}.sealed").read_bytes() for each in kept).count(b"female")
    for name in ("..%2F..%2Fnode.toml", "..", "%00", "x" * 300, "' OR 1=1 --"):
        for way in ("drop", "take"):
            answer = busy.client("officer" if way == "drop" else "user").post(f"{url}{name}/{way}/")
            assert answer.status_code in (400, 403, 404)
    assert set(AnswerTableRow.objects.filter(application=made).values_list("id", flat=True)) == kept
    for each in kept:
        assert busy.client("officer").post(f"{url}{each}/drop/").status_code == 302
    assert not [name for name in files(busy) if name.startswith("answers/")]


@pytest.mark.parametrize("label", LABELS)
def test_what_would_act_where_it_is_opened_is_refused_and_shown_as_text(busy, due, label):
    url, made = due
    data = f"sex,n\n{label},40\nmale,35\n".encode()
    answer = busy.client("officer").post(url, {**FIELDS, "file": SimpleUploadedFile("t.csv", data)})
    assert answer.status_code == 422
    assert b"APP-28" in answer.content
    assert b"<script>alert" not in answer.content
    body = {**BODY, "csv": data.decode()}
    told = busy.client("officer").post(f"/api/v1/applications/{made}/tables", body, content_type="application/json")
    assert told.status_code == 422


def test_hostile_columns_and_fields_change_nothing_else(busy, due):
    from hygie.access.applications.models import AnswerTableRow, ApplicationRow

    url, made = due
    before = ApplicationRow.objects.values().get(id=made)
    for name in ("'; DROP TABLE applications_answertablerow; --", "<b onload=alert(1)>", "{{ 7|add:1 }}", "sex,n"):
        sent = {**FIELDS, "groups": name, "persons": name, "title": name, "file": SimpleUploadedFile("t.csv", TABLE)}
        answer = busy.client("officer").post(url, sent)
        assert answer.status_code == 422
        assert b"<b onload" not in answer.content
    for more in ({"sha256": "0" * 64}, {"application": "app-2"}, {"by": "officer2"}, {"preset": "ohdsi-5"}):
        call = {**BODY, **more}
        told = busy.client("officer").post(f"/api/v1/applications/{made}/tables", call, content_type="application/json")
        assert told.status_code == 422
    for body in (b"PK\x03\x04" + b"\x00" * 100, b"\xff\xfe", b"x" * (2 << 20), b"a,b\n" * 6000, b'sex,n\n"', b""):
        answer = busy.client("officer").post(url, {**FIELDS, "file": SimpleUploadedFile("t.csv", body)})
        assert answer.status_code == 422
    assert not AnswerTableRow.objects.filter(application=made).exists()
    assert ApplicationRow.objects.values().get(id=made) == before
