// Filters the requirements, and opens what a link leads to.
"use strict";

function opened(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

function filter(form) {
  const rows = [...document.querySelectorAll(".requirement")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const groups = [...document.querySelectorAll("details.group")];
  const folded = new Map(groups.map((group) => [group, !group.open]));
  let narrowed = false;
  const apply = () => {
    const { status, stage, dimension, text } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const seen = stage ? row.dataset[stage] : row.dataset.status;
      row.hidden =
        !seen ||
        (status && (status === "waived" ? !("waived" in row.dataset) : seen !== status)) ||
        (dimension && row.closest(".chapter").dataset.dimension !== dimension) ||
        !words.every((word) => texts.get(row).includes(word));
    }
    const narrows = Boolean(status || words.length);
    for (const group of groups) {
      const left = group.querySelectorAll(".requirement:not([hidden])").length;
      group.hidden = !left;
      const { count, group: word } = group.firstElementChild.dataset;
      const among = left === Number(count) ? count : `${left} of ${count}`;
      // a group's word is of the stage that the report judges it for
      const said = stage && status ? `${among}, ${word} for the stage that the report puts first` : `${among} ${word}`;
      group.querySelector("summary .count").textContent = said;
      if (narrows !== narrowed) group.open = narrows || !folded.get(group);
    }
    narrowed = narrows;
    for (const chapter of document.querySelectorAll(".chapter")) {
      chapter.hidden = !chapter.querySelector(".requirement:not([hidden])");
    }
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").textContent = `${shown} of ${rows.length} requirements`;
  };
  const follow = () => {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    if (place.closest("[hidden]")) {
      form.reset();
      apply();
    }
    opened(place);
    place.scrollIntoView();
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", follow);
  apply();
  follow();
}

const form = document.querySelector("form.filter");
if (form) filter(form);
