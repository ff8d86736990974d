// Notes when a page shows that it works on something, without changing the page.
(() => {
  const seen = { marks: [], clicks: [] };
  const ids = new WeakMap();
  let last = 0;
  const sign = '[aria-busy="true"], [role="progressbar"], progress, [role="status"], [role="alert"], [aria-live], output, ' +
    'button:disabled, input[type="submit"]:disabled, button[aria-disabled="true"]';
  const spoken = '[role="status"], [role="alert"], [aria-live], output';

  const mark = (element) => {
    if (!ids.has(element)) ids.set(element, ++last);
    // a live region says something only while it holds a text
    const text = element.matches('[aria-busy="true"]') || !element.matches(spoken) ? "*" : element.textContent.trim().slice(0, 80);
    return text && element.getClientRects().length ? `${element.localName}#${ids.get(element)} ${text}` : "";
  };
  const note = () => {
    const marks = [...document.querySelectorAll(sign)].slice(0, 100).map(mark).filter(Boolean);
    if (seen.marks.length < 500 && String(marks) !== String(seen.marks.at(-1)?.[1])) seen.marks.push([performance.now(), marks]);
  };
  new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  addEventListener("click", () => seen.clicks.push(performance.now()), true);
  Object.defineProperty(window, "__seen", { value: seen });
})();
