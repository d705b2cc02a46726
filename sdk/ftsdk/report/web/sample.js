"use strict";
// Counts the rows that were read and saves their labels as a file that `ft advise --facts` understands.
(() => {
  const save = document.getElementById("save");
  const rows = [...document.querySelectorAll("article.row")];

  function labelOf(row) {
    const form = row.querySelector("form.labels");
    const failures = [...form.querySelectorAll("input[name=failure]:checked")].map((box) => box.value);
    return {
      line: Number(row.dataset.line),
      id: row.dataset.id,
      failures,
      fine: form.elements.fine.checked && failures.length === 0,
      note: form.elements.note.value.trim(),
    };
  }

  const isRead = (label) => label.fine || label.failures.length > 0 || label.note !== "";

  function document_(labels) {
    const counts = new Map();
    for (const label of labels) for (const failure of label.failures) counts.set(failure, (counts.get(failure) ?? 0) + 1);
    const ordered = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
    const least = Math.max(2, labels.length / 10);
    const quote = ordered.map(([failure, count]) => `${failure} ${count}`).join(", ") || "nothing wrong";
    return {
      facts: { failure: ordered.filter(([, count]) => count >= least).map(([failure]) => failure) },
      origins: { failure: { kind: "measured", quote: `${quote} of ${labels.length} rows read`, where: save.dataset.source } },
      labels,
      seed: Number(save.dataset.seed),
    };
  }

  function update() {
    const read = rows.map(labelOf).filter(isRead).length;
    save.querySelector("output").textContent = `${read} of ${rows.length} rows read`;
  }

  save.addEventListener("submit", (event) => {
    event.preventDefault();
    const content = JSON.stringify(document_(rows.map(labelOf).filter(isRead)), null, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = "labels.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  document.addEventListener("input", update);
  for (const form of document.querySelectorAll("form.labels")) {
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  update();
})();
