"use strict";
// Shows only the rows of the chosen kind that hold every word searched for; without script all rows are shown.
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

  form.hidden = false;
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
})();
