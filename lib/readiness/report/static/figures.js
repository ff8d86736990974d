// Draws the figures once the page is painted. Everything they show is readable without it.
"use strict";

const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--rd-ink").trim();

function inked(drawing) {
  const layout = { ...drawing.layout, height: Number(drawing.layout.height) || 320 };
  layout.font = { ...layout.font, color: ink() };
  layout.hoverlabel = { ...layout.hoverlabel, font: { ...layout.font, color: "#fff" }, bgcolor: "#333" };
  layout.dragmode = false;
  const data = drawing.data.map((trace) => {
    if (trace.meta !== "ink") return trace;
    const told = { ...trace, marker: { ...trace.marker, line: { ...(trace.marker || {}).line, color: ink() } } };
    return trace.line ? { ...told, line: { ...trace.line, color: ink() } } : told;
  });
  return [data, layout];
}

// base 85, five letters for four bytes: a fifth less than base 64
function unpacked(text, letters) {
  const value = new Uint8Array(128);
  for (let i = 0; i < letters.length; i++) value[letters.charCodeAt(i)] = i;
  const bytes = new Uint8Array((text.length / 5) * 4);
  const view = new DataView(bytes.buffer);
  for (let from = 0, to = 0; from < text.length; from += 5, to += 4) {
    let word = 0;
    for (let i = from; i < from + 5; i++) word = word * 85 + value[text.charCodeAt(i)];
    view.setUint32(to, word);
  }
  return bytes;
}

async function inflated(packed) {
  const { letters, length } = packed.dataset;
  const bytes = unpacked(packed.textContent, letters).subarray(0, Number(length));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function draw() {
  const packed = document.getElementById("plotly");
  if (!packed || !window.DecompressionStream) return;
  const script = document.createElement("script");
  script.textContent = await inflated(packed);
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
        figure.classList.remove("drawn"); // the table below it still tells the same
        throw error;
      }
    }
  };
  await paint();
  document.documentElement.dataset.figures = "drawn"; // for those who print or picture the page by machine
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

requestAnimationFrame(() => setTimeout(draw));
