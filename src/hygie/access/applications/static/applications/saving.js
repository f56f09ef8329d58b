// A screen of the form that could not be saved: says so, keeps the text, and saves again once that can succeed.
"use strict";
(() => {
  const WAIT = 4000;
  let failed = null, timer = null;

  const form = () => document.getElementById("section");
  const line = () => document.getElementById("saved");
  const ours = (event) => form()?.contains(event.target);
  const signedOut = () => failed === 401 || failed === 403;

  function fail(status) {
    failed = status;
    const told = line(), words = told.dataset;
    const tag = Object.assign(document.createElement("span"), { className: "tag stop", textContent: words.unsaved });
    const why = signedOut() ? words.signedOut : status === 0 ? words.lost : words.failed;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: words.again });
    button.className = "btn btn-outline-primary btn-sm";
    button.addEventListener("click", again);
    told.replaceChildren(tag, ` ${why} `, button);
    clearTimeout(timer);
    if (!signedOut()) timer = setTimeout(again, WAIT);
  }

  // Signing in again gives another token: the one of a fresh page is put in the place of the form's.
  async function token() {
    const page = await fetch(location.href, { credentials: "same-origin" });
    const read = new DOMParser().parseFromString(await page.text(), "text/html");
    const fresh = read.querySelector('#section input[name="csrfmiddlewaretoken"]')?.value;
    if (!fresh) return;
    for (const each of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) each.value = fresh;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": fresh }));
  }

  async function again() {
    clearTimeout(timer);
    if (failed === null || !form()) return;
    try {
      if (signedOut()) await token();
    } catch {
      return fail(0);
    }
    htmx.trigger(form(), "change");
  }

  document.addEventListener("htmx:sendError", (event) => ours(event) && fail(0));
  document.addEventListener("htmx:timeout", (event) => ours(event) && fail(0));
  document.addEventListener("htmx:responseError", (event) => ours(event) && fail(event.detail.xhr.status));
  document.addEventListener("htmx:afterRequest", (event) => {
    if (ours(event) && event.detail.successful) {
      failed = null;
      clearTimeout(timer);
    }
  });
  window.addEventListener("online", again);
  window.addEventListener("beforeunload", (event) => failed !== null && event.preventDefault());
})();
