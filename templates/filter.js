// Shows the rows of a table whose first cell holds each word that is typed; without it, all rows.

for (const box of document.querySelectorAll("[data-filters]")) {
  const input = box.querySelector("input");
  const told = box.querySelector("output");
  const rows = [...document.getElementById(box.dataset.filters).tBodies[0].rows];
  const names = rows.map((row) => row.cells[0].textContent.toLowerCase());
  const update = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => names[at].includes(word));
    });
    const shown = rows.filter((row) => !row.hidden).length;
    told.textContent = words.length ? `${shown} of ${rows.length}` : "";
  };
  input.addEventListener("input", update);
  box.hidden = false;
  update(); // a browser keeps what was typed when it loads the page again
}
