// The keyboard: one cell in the tab order, arrows between cells.

let current = null;
const cellOf = (target) => {
  const box = target instanceof Element ? target.closest(".cell") : null;
  return box ? cells[Number(box.dataset.cell)] : null;
};
const shownIn = (column) => [...column.querySelectorAll(".cell:not([hidden])")];

function setCurrent(box) {
  if (current) current.tabIndex = -1;
  current = box;
  if (current) current.tabIndex = 0;
}

// Exactly one visible cell takes part in the tab order.
function keepCurrent() {
  if (!current || current.hidden) setCurrent(grid.querySelector(".cell:not([hidden])"));
}

function focusCell(box) {
  if (!box) return;
  setCurrent(box);
  box.focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function nextColumn(column, step) {
  for (let other = column; other;) {
    other = step > 0 ? other.nextElementSibling : other.previousElementSibling;
    if (other && shownIn(other).length) return other;
  }
  return null;
}

function nearest(column, box) {
  const middle = (one) => { const area = one.getBoundingClientRect(); return (area.top + area.bottom) / 2; };
  const wanted = middle(box);
  let best = null;
  let least = Infinity;
  for (const other of shownIn(column)) {
    const distance = Math.abs(middle(other) - wanted);
    if (distance < least) { best = other; least = distance; }
  }
  return best;
}

function move(box, key, far) {
  const column = box.parentElement;
  const inColumn = shownIn(column);
  const at = inColumn.indexOf(box);
  if (key === "ArrowDown") return inColumn[at + 1];
  if (key === "ArrowUp") return inColumn[at - 1];
  if (key === "Home" || key === "End") {
    const all = far ? [...grid.querySelectorAll(".cell:not([hidden])")] : inColumn;
    return key === "Home" ? all[0] : all[all.length - 1];
  }
  const other = nextColumn(column, key === "ArrowRight" ? 1 : -1);
  return other ? nearest(other, box) : null;
}

const MOVES = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"];

function onGridKey(event) {
  const cell = cellOf(event.target);
  if (!cell || event.altKey || event.metaKey) return;
  if (MOVES.includes(event.key)) focusCell(move(cell.box, event.key, event.ctrlKey));
  else if (event.key === "Enter" || event.key === " ") openPanel(cell, true);
  else return;
  event.preventDefault();
}

function onKey(event) {
  if (event.key === "Escape") return onEscape(event);
  const typing = event.target instanceof HTMLInputElement && event.target.type === "search";
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return undefined;
  const cell = cellOf(event.target);
  if (event.key === "/") byId("search").select();
  else if (event.key === "E") toggle("unfoldAll");
  else if (event.key === "e" && cell) fold(cell);
  else if (event.key === "c") toggle("compact");
  else return undefined;
  event.preventDefault();
  return undefined;
}

function onEscape(event) {
  const menu = document.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (!tip.hidden && !state.open) hideTip();
  else if (state.open) closePanel();
  else if (event.target === byId("search")) {
    state.query = "";
    update();
    focusCell(current);
  }
}
