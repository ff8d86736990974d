// What if: scores and decisions as they would be with other weights, or with some requirements done.
// The same rules as lib/readiness/what_if.py; a test holds the two against each other.
"use strict";

const STAGES = ["alpha", "beta", "ga"];
const MARKS = { go: "✓", "no-go": "✗", undetermined: "?" };
const WORDS = { go: "Go", "no-go": "No-go", undetermined: "Undetermined" };

const rounded = (value, digits) => Number(value.toFixed(digits));
const against = (floor, ceiling, needed) => (floor >= needed ? "go" : ceiling < needed ? "no-go" : "undetermined");

function reweighed(categories, weights) {
  if (!weights || !Object.keys(weights).length) return categories;
  const asked = Object.entries(categories).map(([name, [weight, required]]) => [
    name,
    weights[name] ?? weight,
    weight ? required / weight : 0,
  ]);
  const total = asked.reduce((sum, [, weight]) => sum + weight, 0);
  if (!total) return categories;
  return Object.fromEntries(
    asked.map(([name, weight, share]) => {
      const scaled = rounded((weight * 100) / total, 9);
      return [name, [scaled, rounded(share * scaled, 9)]];
    }),
  );
}

// data as in #readiness-data; done: a set of requirement ids; weights: stage → dimension → weight
function whatIf(data, done = new Set(), weights = {}) {
  const told = {};
  for (const stage of STAGES) {
    const gate = data.gates[stage];
    const sums = {};
    const verdicts = [...gate.other];
    for (const [name, item] of Object.entries(data.requirements)) {
      if (!item.stages[stage]) continue;
      const [status, ...credit] = item.stages[stage];
      const [low, high] = done.has(name) && status !== "not applicable" ? [1, 1] : credit;
      const sum = (sums[item.dimension] ??= { weight: 0, low: 0, high: 0 });
      const weight = status === "not applicable" ? 0 : item.weight;
      sum.weight += weight;
      sum.low += low * weight;
      sum.high += high * weight;
      if (gate.mandatory.includes(name)) verdicts.push(low === 1 ? "go" : high < 1 ? "no-go" : "undetermined");
    }
    const categories = {};
    let [floor, ceiling] = [0, 0];
    for (const [name, [weight, required]] of Object.entries(reweighed(gate.categories, weights[stage]))) {
      const sum = sums[name];
      const share = (part) => (sum && sum.weight ? rounded((part / sum.weight) * weight, 9) : 0);
      const [low, high] = sum ? [share(sum.low), share(sum.high)] : [0, 0];
      categories[name] = { weight, required, floor: low, ceiling: high };
      verdicts.push(against(rounded(low, 6), rounded(high, 6), rounded(required, 6)));
      floor += low;
      ceiling += high;
    }
    [floor, ceiling] = [rounded(floor, 6), rounded(ceiling, 6)];
    verdicts.push(against(floor, ceiling, rounded(gate.minimum, 6)));
    if (gate.requires) verdicts.push(told[gate.requires].verdict);
    const verdict = verdicts.includes("no-go")
      ? "no-go"
      : verdicts.every((one) => one === "go")
        ? "go"
        : "undetermined";
    told[stage] = { verdict, floor, ceiling, minimum: gate.minimum, categories };
  }
  return told;
}

const points = (value) => value.toFixed(1);
const interval = ({ floor, ceiling }) => (floor === ceiling ? points(floor) : `${points(floor)}–${points(ceiling)}`);
const shortly = (value) => String(Number(value.toPrecision(4)));

function asked(data, panel) {
  const done = new Set();
  const weights = {};
  const boxes = [...document.querySelectorAll("[data-done]")];
  const whole = document.querySelector("[data-path]");
  const path = [...document.querySelectorAll("[data-step]")].map((row) => row.dataset.step);
  const asIs = whatIf(data);

  const show = (would = whatIf(data, done, weights)) => {
    panel.hidden = !done.size && !Object.keys(weights).length;
    document.documentElement.classList.toggle("imagined", would !== asIs && !panel.hidden);
    for (const stage of STAGES) {
      const line = panel.querySelector(`[data-stage=${stage}]`);
      const { verdict } = would[stage];
      line.querySelector(".verdict-word").className = `verdict-word ${verdict}`;
      line.querySelector(".verdict-word").textContent = `${MARKS[verdict]} ${WORDS[verdict]}`;
      line.querySelector(".figures").textContent = `${interval(would[stage])}, was ${interval(asIs[stage])}`;
      for (const row of document.querySelectorAll(`table.points[data-stage=${stage}] tr[data-dimension]`)) {
        const { weight, floor, ceiling, required } = would[stage].categories[row.dataset.dimension];
        const mark = MARKS[against(rounded(floor, 6), rounded(ceiling, 6), rounded(required, 6))];
        row.querySelector(".weight span").textContent = shortly(weight);
        row.querySelector(".floor").textContent = points(floor);
        row.querySelector(".ceiling").textContent = points(ceiling);
        row.querySelector(".required").textContent = `${shortly(required)} ${mark}`;
      }
    }
    const moved = Object.values(weights).reduce((sum, one) => sum + Object.keys(one).length, 0);
    const days = [...done].reduce((sum, name) => sum + data.requirements[name].effort, 0);
    panel.querySelector(".imagined").textContent = [
      done.size && `${done.size} requirement${done.size === 1 ? "" : "s"} done, ${shortly(days)} person-days`,
      moved && `${moved} weight${moved === 1 ? "" : "s"} moved`,
    ]
      .filter(Boolean)
      .join("; ");
    for (const box of boxes) box.checked = done.has(box.dataset.done);
    if (whole) whole.checked = path.every((name) => done.has(name));
  };

  // paper shows what is
  window.addEventListener("beforeprint", () => show(asIs));
  window.addEventListener("afterprint", () => show());
  for (const box of boxes) {
    box.closest("label").hidden = false;
    box.addEventListener("change", () => {
      done[box.checked ? "add" : "delete"](box.dataset.done);
      show();
    });
  }
  if (whole) {
    whole.closest("[hidden]").hidden = false;
    whole.addEventListener("change", () => {
      for (const name of path) done[whole.checked ? "add" : "delete"](name);
      show();
    });
  }
  const sliders = [...document.querySelectorAll("table.points input[type=range]")];
  for (const slider of sliders) {
    slider.hidden = false;
    slider.addEventListener("input", () => {
      const { stage } = slider.closest("table").dataset;
      const { dimension } = slider.closest("tr").dataset;
      const all = [...slider.closest("table").querySelectorAll("input[type=range]")];
      if (all.every((one) => !Number(one.value))) slider.value = slider.step; // of nothing there is no share
      (weights[stage] ??= {})[dimension] = Number(slider.value);
      show();
    });
  }
  for (const hint of document.querySelectorAll(".with-script")) hint.hidden = false;
  panel.querySelector("button").addEventListener("click", () => {
    done.clear();
    for (const stage of Object.keys(weights)) delete weights[stage];
    for (const slider of sliders) slider.value = slider.defaultValue;
    show();
  });
}

async function verified(block) {
  if (!window.crypto?.subtle) return;
  const bytes = new TextEncoder().encode(block.textContent);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const told = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  document.querySelector(".verified").textContent =
    told === block.dataset.sha256 ? ": as it was written" : ": the data is not what was written";
}

const inside = document.getElementById("readiness-data");
if (inside) {
  asked(JSON.parse(inside.textContent), document.querySelector(".what-if"));
  verified(inside);
}
