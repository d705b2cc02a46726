"use strict";
// Shows only the rows of the chosen kind that hold every word searched for, and steps through them by keyboard;
// without script all rows are shown.
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const rows = [...document.querySelectorAll("article.row")];
  const groups = [...document.querySelectorAll(".group")];
  const texts = rows.map((row) => row.textContent.toLowerCase());

  const isKind = (row, kind) =>
    kind === "all" || (kind === "error" ? row.dataset.error === "true" : row.dataset.kind === kind);

  function update() {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = isKind(row, form.elements.kind.value) && words.every((word) => texts[index].includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    for (const group of groups) group.hidden = !group.querySelector("article.row:not([hidden])");
    form.querySelector("output").textContent = `${shown} of ${rows.length} rows`;
  }

  // j and k step through the rows that are shown, / goes to the search; none of them while somebody is typing.
  function step(by) {
    const shown = rows.filter((row) => !row.hidden);
    const at = shown.indexOf(document.activeElement);
    const next = shown[Math.min(shown.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }

  for (const row of rows) row.tabIndex = -1;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const act = { j: () => step(1), k: () => step(-1), "/": () => form.elements.words.focus() }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
})();
