"""No English sentence is left on a French page: each page that the resolver knows, read by who may read it."""

import csv
import html
import re
from pathlib import Path

from django.apps import apps

from tests.attacks.site import routes

TABLE = Path(__file__).with_name("access.csv")
ENGLISH = re.compile(
    r"\b(the|of|and|with|from|which|this|that|are|was|were|has|have|been|their|they|must|should|until|every|when|where"
    r"|who|not|before|after|because|by|for|into|only|under|is|at least|its|you|your)\b"
)
# what is shown as it is: code, what another language's button says, what people wrote, marked by its language
SILENT = re.compile(
    r"<(script|style|code|pre|template|textarea)\b.*?</\1>|<(\w+)[^>]*\blang=\"en\"[^>]*>.*?</\2>", re.DOTALL
)
MARKS = re.compile(r"<[^>]+>")
READERS = ("anonymous", "user", "officer", "steward", "checker", "auditor", "operator")


def written():
    """Every text with an English word that the database holds: what people wrote is shown as they wrote it."""
    found = set()

    def gather(value):
        if isinstance(value, str) and ENGLISH.search(value):
            found.update(" ".join(line.split()) for line in value.splitlines())
        elif isinstance(value, dict):
            for each in value.values():
                gather(each)
        elif isinstance(value, list):
            for each in value:
                gather(each)

    for model in apps.get_models():
        for row in model._default_manager.values_list()[:500]:
            for value in row:
                gather(value)
    return sorted(found, key=len, reverse=True)


def english(body, known):
    """The texts of a page with English words in them, without what people wrote."""
    main = SILENT.sub(" ", body[body.index("<body") :])
    left = []
    for part in MARKS.split(main):
        text = " ".join(html.unescape(part).split())
        if not ENGLISH.search(text):
            continue
        for each in known:
            text = text.replace(each, "")
        if ENGLISH.search(text):
            left.append(text)
    return left


def readers():
    """Who may read each page, by the access table."""
    for row in csv.DictReader(TABLE.read_text("utf-8").splitlines()):
        if row["method"] == "GET" and not row["route"].startswith("api:"):
            yield row["route"], [name for name in READERS if name in row["who"].split()] or [*READERS[1:2]]


def test_no_english_is_left_on_a_french_page(busy):
    known, by_name, left, read = written(), {route.name: route for route in routes.pages()}, {}, 0
    for name, who in readers():
        route = by_name[name]
        if "GET" not in route.methods:
            continue
        for reader in who:
            answer = busy.client(reader).get(route.url(busy.values), headers={"accept-language": "fr"}, follow=True)
            if "text/html" not in answer.headers.get("Content-Type", ""):
                continue
            read += 1
            if found := english(answer.content.decode(), known):
                left[f"{name} as {reader}: {answer.status_code}"] = found[:5]
    assert read >= 90
    assert left == {}
