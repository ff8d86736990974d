// Draws the figures once the page is painted, and filters the list of requirements. Everything is readable without it.
"use strict";

const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--rd-ink").trim();

function inked(drawing) {
  const layout = { ...drawing.layout, height: Number(drawing.layout.height) || 320 };
  layout.font = { ...layout.font, color: ink() };
  layout.hoverlabel = { ...layout.hoverlabel, font: { ...layout.font, color: "#fff" }, bgcolor: "#333" };
  layout.dragmode = false;
  const data = drawing.data.map((trace) =>
    trace.meta === "ink"
      ? { ...trace, marker: { ...trace.marker, line: { ...(trace.marker || {}).line, color: ink() } } }
      : trace,
  );
  return [data, layout];
}

async function inflate(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function draw() {
  const packed = document.getElementById("plotly");
  if (!packed || !window.DecompressionStream) return;
  const script = document.createElement("script");
  script.textContent = await inflate(packed.textContent);
  document.head.append(script);
  const figures = [...document.querySelectorAll(".figure")].map((figure) => ({
    figure,
    plot: figure.querySelector(".plot"),
    drawing: JSON.parse(figure.querySelector(".drawing").textContent),
  }));
  const paint = async () => {
    for (const { figure, plot, drawing } of figures) {
      figure.classList.add("drawn");
      try {
        await Plotly.react(plot, ...inked(drawing), { responsive: true, displayModeBar: false });
      } catch (error) {
        figure.classList.remove("drawn"); // the bars below it still tell the same
        throw error;
      }
    }
  };
  await paint();
  document.documentElement.dataset.figures = "drawn"; // for those who print or picture the page by machine
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

function filter() {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const rows = [...document.querySelectorAll("tr.requirement")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const apply = () => {
    const { status, dimension, text } = Object.fromEntries(new FormData(form));
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const chapter = row.closest(".chapter").dataset.dimension;
      row.hidden =
        (status && row.dataset.status !== status) ||
        (dimension && chapter !== dimension) ||
        !words.every((word) => texts.get(row).includes(word));
    }
    for (const chapter of document.querySelectorAll(".chapter")) {
      chapter.hidden = !chapter.querySelector("tr.requirement:not([hidden])");
    }
    const shown = rows.filter((row) => !row.hidden).length;
    form.querySelector("output").textContent = `${shown} of ${rows.length} requirements`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // a link to a requirement that is filtered away brings it back
  window.addEventListener("hashchange", () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (row && row.closest("[hidden]")) {
      form.reset();
      apply();
      row.scrollIntoView();
    }
  });
  apply();
}

filter();
requestAnimationFrame(() => setTimeout(draw));
