// The date slider: says the day and its verdicts while it moves; the page follows when it rests. Without it: a form.
"use strict";
(() => {
  const LENGTH = 86400000;
  const slider = () => document.getElementById("day-slider");
  const marks = () => [...document.querySelectorAll("#turning-days option")];
  const place = (mark) => Number(mark.value);

  function written(day) {
    const french = document.documentElement.lang === "fr";
    const shape = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
    const words = new Intl.DateTimeFormat(french ? "fr-FR" : "en-GB", shape).format(day);
    return french ? words.replace(/^1 /, "1er ") : words;
  }

  function say() {
    const at = Number(slider().value);
    const day = new Date(Date.parse(slider().dataset.first) + at * LENGTH);
    const mark = marks().findLast((each) => place(each) <= at);
    const words = `${written(day)}, ${mark ? mark.dataset.said : ""}`;
    slider().setAttribute("aria-valuetext", words);
    document.getElementById("day-said").textContent = words;
    return day.toISOString().slice(0, 10);
  }

  function moved() {
    document.getElementById("as_of").value = say();
  }

  // Page Up and Page Down go to the next and the last day on which a verdict turns.
  function turned(event) {
    const at = Number(slider().value), days = marks().map(place);
    const next = event.key === "PageUp" ? days.find((each) => each > at) : days.findLast((each) => each < at);
    event.preventDefault();
    if (next === undefined) return;
    slider().value = next;
    moved();
    slider().dispatchEvent(new Event("change", { bubbles: true }));
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!slider()) return;
    document.getElementById("day-slide").hidden = false;
    say();
    slider().addEventListener("input", moved);
    slider().addEventListener("keydown", (event) => /^Page(Up|Down)$/.test(event.key) && turned(event));
    for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"])
      document.addEventListener(failure, (event) => event.target.id === "days" && event.target.submit());
  });
})();
