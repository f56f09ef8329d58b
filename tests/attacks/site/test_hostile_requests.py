"""Hostile requests to every route that the resolver knows: a new route is tried without a word here."""

import re
from functools import cache as cache_once
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.urls import resolve

from tests.attacks.site import routes
from tests.house.code import SOURCE

pytestmark = pytest.mark.attack

READ = re.compile(r'request\.GET(?:\.get|\.getlist)?[\(\[]"(\w+)"')
HOSTILE = (
    "' OR 1=1; DROP TABLE ledger_event --",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:99990707 }}{% debug %}",
    "../../../../etc/passwd",
    "\x00",
    "99999999999999999999",
    "-1",
    "١",
    "x" * 3000,
)
TEXTS = (" ".join(HOSTILE[:5]), *HOSTILE[5:])
FIELDS = ("name", "next", "search", "language", "reason", "title", "proof", "checkpoint", "event", "code")
QUESTIONS = {"api:application_methodologies"}  # answers from a table and writes nothing
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "http:evil.example",
    "\thttps://evil.example",
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def forms() -> list[routes.Route]:
    """Return the routes that take a form."""
    return [route for route in routes.pages() if "POST" in route.methods]


def shown() -> list[routes.Route]:
    """Return the routes that show a page."""
    return [route for route in routes.pages() if "GET" in route.methods]


def parameters() -> list[str]:
    """Return every name that a view reads from an address."""
    return sorted({name for path in SOURCE.rglob("*.py") for name in READ.findall(path.read_text("utf-8"))})


def test_no_form_is_taken_without_its_token(busy):
    taken = []
    for who in ("anonymous", "operator"):
        client = busy.client(who, csrf=True)
        for route in [*forms(), routes.Route("set_language", "language/", ("POST",))]:
            cache.clear()
            answer = client.post(route.url(busy.values), {})
            if who == "anonymous" and answer.status_code == 401:
                continue  # refused before its token is looked at
            if answer.status_code != 403 or b"WEB-104" not in answer.content:
                taken.append(f"{route.name} as {who}: {answer.status_code}")
    assert len(forms()) >= 40
    assert not taken


def test_no_call_that_changes_is_taken_without_its_token(busy):
    client, taken = busy.client("operator", csrf=True), []
    for route in routes.operations():
        method = route.methods[0].lower()
        if method == "get" or route.name in QUESTIONS:
            continue
        answer = getattr(client, method)(route.url(busy.values), routes.body(route), content_type="application/json")
        if answer.status_code != 403 or answer.json()["code"] != "WEB-104":
            taken.append(f"{route.name}: {answer.status_code}")
    assert not taken


def test_every_page_tells_the_browser_what_it_may_do(busy):
    bare = []
    for who in ("anonymous", "operator"):
        client = busy.client(who)
        for url in [
            *(route.url(busy.values) for route in shown()),
            "/not/there/",
            "/api/v1/nothing",
            "/api/v1/tasks/x",
        ]:
            cache.clear()
            answer = client.get(url)
            policy = answer.headers.get("Content-Security-Policy", "")
            fine = "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
            if not fine or any(answer.headers.get(name) != value for name, value in HEADERS.items()):
                bare.append(f"{url} as {who}")
            if who == "operator" and not {"no-store", "private"} & set(
                re.split(r",\s*", answer.headers.get("Cache-Control", ""))
            ):
                bare.append(f"{url} may be kept by shared caches")
    assert not bare


@pytest.mark.parametrize(("who", "texts"), [("anonymous", TEXTS[:3]), ("operator", TEXTS)])
def test_what_stands_after_an_address_breaks_nothing_and_is_shown_as_text(busy, who, texts):
    client, wrong, names = busy.client(who), [], parameters()
    assert {"page", "search", "next"} <= set(names)
    for route in shown():
        for text in texts:
            cache.clear()
            answer = client.get(route.url(busy.values), dict.fromkeys(names, text))
            wrong += faults(answer, f"{route.name} {text[:20]!r}")
    assert not wrong


@pytest.mark.parametrize(("who", "texts"), [("user", TEXTS[:2]), ("operator", (HOSTILE[4], *TEXTS))])
def test_what_stands_in_an_address_breaks_nothing(busy, who, texts):
    client, wrong = busy.client(who), []
    for route in [each for each in routes.pages() if each.parameters]:
        for kind, name in route.parameters:
            for text in texts if kind != "int" else ("99999999999999999999", "0", "2147483648", "9223372036854775808"):
                room = route.name.partition(":")[0]
                url = route.url(busy.values | {name: encoded(text), f"{room}.{name}": encoded(text)})
                answer = client.get(url) if "GET" in route.methods else client.post(url, {})
                wrong += faults(answer, f"{route.name} {name}={text[:20]!r}")
    assert not wrong


def encoded(text: str) -> str:
    """Return a text as one step of an address."""
    from urllib.parse import quote

    return quote(text, safe="")


def faults(answer, what: str) -> list[str]:
    """Return what is wrong with an answer to a hostile request."""
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    found = [f"{what}: {answer.status_code}"] if answer.status_code >= 500 and answer.status_code != 503 else []
    signs = [b"<script>alert", b"<img src=x", b"root:x:", b"Traceback"] + [b"99990714"] * ("{{" in what)
    if any(each in text for each in signs):
        found += [f"{what}: shown as it came"] if "html" in answer.headers.get("Content-Type", "") else []
    return found


def test_no_form_breaks_on_fields_that_are_not_its_own(busy):
    """Most are refused for what they lack; `test_hostile_forms` sends those that are taken."""
    wrong = []
    for route in forms():
        for who, texts in (("anonymous", TEXTS[:1]), ("user", TEXTS[:2])):
            for text in texts:
                cache.clear()
                answer = busy.client(who).post(route.url(busy.values), dict.fromkeys(FIELDS, text))
                wrong += faults(answer, f"{route.name} as {who} {text[:130]!r}")
                busy.again()
    assert not wrong


def test_another_host_is_not_served(busy):
    for url in ("/", "/register/", "/api/v1/permits/", "/people/sign-in/"):
        answer = busy.client("anonymous").get(url, headers={"host": "evil.example"})
        assert answer.status_code == 400
        assert b"evil.example" not in answer.content
        behind = busy.client("anonymous").get(url, headers={"x-forwarded-host": "evil.example"})
        assert b"evil.example" not in behind.content


@pytest.mark.parametrize("url", ["/people/sign-in/", "/catalogue/bench-0/count/", "/applications/new/", "/language/"])
def test_a_body_that_is_too_large_is_refused(busy, url):
    cache.clear()
    answer = busy.client("user").post(url, {"name": "x" * (6 * 2**20)})
    assert answer.status_code == 413
    many = busy.client("user").post(url, {f"field{number}": "" for number in range(5001)})
    assert many.status_code == 413


def test_nobody_is_led_elsewhere(busy):
    led, leading = [], set()
    for route in [*shown(), *forms(), routes.Route("set_language", "language/", ("POST",))]:
        url = route.url(busy.values)
        leads = resolve(url).func.__module__ in readers_of_next()
        leading |= {route.name} if leads else set()
        for goal in ELSEWHERE if leads else ELSEWHERE[:1] if route in forms() else ():
            cache.clear()
            client = busy.client("user")
            method = client.post if route in forms() or route.name == "set_language" else client.get
            answer = method(f"{url}?next={encoded(goal)}", {"next": goal})
            target = urlsplit(answer.headers.get("Location", ""))
            if target.netloc not in ("", "localhost") or target.scheme not in ("", "http"):
                led.append(f"{route.name}: {goal} -> {answer.headers['Location']}")
            if answer.headers.get("Location", "").startswith(("//", "/\\")):
                led.append(f"{route.name}: {goal}")
            busy.again()
    assert not led
    assert {"people:sign-in", "people:step-up", "people:passkey-enter", "set_language"} <= leading


@cache_once
def readers_of_next() -> frozenset[str]:
    """Return the modules whose views read where to go on from a request, and Django's own."""
    read = re.compile(r'(?:GET|POST)(?:\.get)?[\(\[]"next"')
    ours = {
        ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for path in SOURCE.rglob("*.py")
        if read.search(path.read_text("utf-8"))
    }
    return frozenset({*ours, "django.views.i18n"})
