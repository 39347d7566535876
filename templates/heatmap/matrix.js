// The grid: columns, headers, cells, and what they say.

const grid = byId("matrix");
const LEVELS = [[16, "5"], [8, "4"], [4, "3"], [2, "2"], [1, "1"]];

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Narrow columns need break points in words that are longer than a line; browsers seldom ship
// the dictionary for `hyphens: auto`. Before a consonant and a vowel is right often enough.
function soft(text, letters) {
  return text.replaceAll("/", "/\u200b").replace(/[a-z]+/gi, (word) => (word.length <= letters ? word
    : word.replace(/(?<=[a-z]{2}[aeiouy][bcdfglmnprstvx]?)(?=[bcdfghjklmnpqrstvwxz][aeiouy][a-z])/gi, "\u00ad")));
}

let lineLetters = 99;

function writeName(cell) {
  cell.name.textContent = soft(cell.technique.name, lineLetters - 2);
}

function writeNames() {
  const column = grid.firstElementChild;
  const size = parseFloat(getComputedStyle(column.querySelector(".name") ?? column).fontSize);
  const letters = Math.floor((column.clientWidth - 10) / (0.57 * size));
  if (letters === lineLetters) return;
  lineLetters = letters;
  for (const tactic of tactics) tactic.title.textContent = soft(tactic.name, letters - 2);
  for (const cell of cells) if (cell.box) writeName(cell);
}

let headsAlignedFor = null;

// All headers are as high as the highest, so that the first cells stand on one line, and stick
// below the bar. Set on each header: a custom property would restyle every cell.
function alignHeads() {
  headsAlignedFor = narrowed();
  const heads = tactics.map(({ column }) => column.firstElementChild);
  const bar = byId("bar");
  for (const head of heads) head.style.minHeight = "0";
  const top = getComputedStyle(bar).position === "sticky" ? bar.offsetHeight : 0;
  const height = Math.max(0, ...heads.map((head) => head.offsetHeight));
  for (const head of heads) {
    head.style.minHeight = `${height}px`;
    head.style.top = `${top}px`;
  }
  root.style.scrollPadding = `${top + height + 8}px 8px 12px`;
}

function buildMatrix() {
  root.style.setProperty("--columns", String(tactics.length));
  const fragmentOfColumns = document.createDocumentFragment();
  for (const tactic of tactics) {
    const column = element("div", "column");
    column.setAttribute("role", "row");
    const head = element("div", "tactic");
    head.setAttribute("role", "rowheader");
    const meter = element("div", "meter");
    tactic.bar = meter.appendChild(element("i"));
    tactic.counts = element("p", "counts");
    tactic.extra = element("p", "extra");
    tactic.title = element("h2", "", tactic.name);
    tactic.shownLine = element("p", "shown");
    head.append(tactic.title, tactic.counts, tactic.extra, tactic.shownLine, meter);
    tactic.note = element("p", "na-note", "n/a: no technique in scope");
    tactic.note.hidden = true;
    tactic.column = column;
    tactic.order = [];
    column.append(head, tactic.note);
    fragmentOfColumns.append(column);
  }
  for (const cell of inColumnOrder()) cell.tactic.order.push(cell);
  grid.append(fragmentOfColumns);
}

// Sub-techniques stand behind their parent; payload order is by id, which does that already
// for ATT&CK, but custom ids need not sort so.
function inColumnOrder() {
  const here = new Set(cells.map((cell) => `${cell.tactic.index}/${cell.technique.index}`));
  for (const cell of cells) {
    cell.parentHere = here.has(`${cell.tactic.index}/${cell.technique.parent}`);
  }
  const home = (cell) => (cell.parentHere ? techniques[cell.technique.parent].id : cell.technique.id);
  return [...cells].sort((a, b) => a.tactic.index - b.tactic.index
    || (home(a) < home(b) ? -1 : home(a) > home(b) ? 1 : 0)
    || Number(a.parentHere) - Number(b.parentHere)
    || a.technique.index - b.technique.index);
}

function cellElement(cell) {
  const { technique } = cell;
  const box = element("div", cell.parentHere ? "cell sub" : "cell");
  box.setAttribute("role", "gridcell");
  box.tabIndex = -1;
  box.dataset.cell = String(cell.index);
  cell.box = box;
  const short = cell.parentHere && technique.id.includes(".") ? technique.id.slice(technique.id.indexOf(".")) : technique.id;
  cell.number = element("span", "n");
  cell.name = element("span", "name");
  writeName(cell);
  box.append(element("span", "id", short), cell.number, cell.name);
  if (technique.subs.length) {
    cell.fold = element("span", "fold");
    box.append(cell.fold);
  }
  return box;
}

// Writing only what differs keeps a filter change to the few cells it touches.
function set(owner, key, target, name, value) {
  if (owner[key] === value) return;
  owner[key] = value;
  if (name === "text") target.textContent = value;
  else if (name === "hidden") target.hidden = value;
  else if (name.startsWith(".")) target.classList.toggle(name.slice(1), value);
  else if (value === null) target.removeAttribute(name);
  else target.setAttribute(name, value);
}

function levelOf(cell) {
  const drawn = cell.statedNow + cell.inferredNow;
  if (drawn) return LEVELS.find(([least]) => drawn >= least)[1];
  const { technique } = cell;
  if (technique.own) return "else";
  if (technique.k) return "via";
  return technique.pre ? "pre" : "gap";
}

// Most cells are sub-techniques that nobody unfolds, so a cell is made when first shown.
function paintColumn({ column, order }) {
  let next = null;
  for (const cell of order.toReversed()) {
    const shown = visible(cell);
    if (shown && !cell.box) column.insertBefore(cellElement(cell), next);
    if (cell.box) {
      set(cell, "hiddenNow", cell.box, "hidden", !shown);
      next = cell.box;
    }
    if (shown) paintCell(cell);
  }
}

function paintCell(cell) {
  const { technique, box } = cell;
  const drawn = cell.statedNow + cell.inferredNow;
  const level = levelOf(cell);
  set(cell, "levelNow", box, "data-level", level);
  set(cell, "inferredFlag", box, ".inferred", drawn > 0 && cell.statedNow === 0);
  set(cell, "ghostFlag", box, ".ghost", narrowed() && !technique.matches);
  set(cell, "numberNow", cell.number, "text", drawn ? String(drawn) : level === "else" ? "↔" : "");
  if (cell.fold) {
    set(cell, "foldNow", cell.fold, "text", technique.n ? foldText(technique) : "");
    set(cell, "foldHidden", cell.fold, "hidden", technique.n === 0);
    set(cell, "expandedNow", box, "aria-expanded", technique.n ? String(unfolds(technique)) : null);
  }
  set(cell, "labelNow", box, "aria-label", cellLabel(cell, drawn, level));
  set(cell, "selectedNow", box, "aria-selected", state.open === cell ? "true" : null);
}

const foldText = (technique) => (technique.k
  ? `via ${technique.k} of ${technique.n}` : `0 of ${technique.n}`);

function cellLabel(cell, drawn, level) {
  const { technique } = cell;
  const words = [`${technique.id} ${technique.name}`];
  if (drawn) words.push(plural(drawn, "rule") + (cell.statedNow ? "" : ", tactic inferred"));
  else if (level === "else") words.push("covered in another column");
  else words.push(technique.pre ? "PRE-only, no rule" : "no rule");
  if (technique.n) words.push(`via ${technique.k} of ${technique.n} sub-techniques`);
  return words.join(", ");
}

function paintTactic(tactic) {
  const none = tactic.techniques === 0;
  tactic.column.classList.toggle("na", none);
  tactic.note.hidden = !none;
  const strong = element("b", "", none ? "n/a" : whole(tactic.covered));
  const rest = none ? "" : tactic.preOnly ? " covered" : ` of ${whole(tactic.techniques)}`;
  tactic.counts.replaceChildren(strong, rest);
  const extra = [];
  if (tactic.preOnly && !none) extra.push(`${whole(tactic.techniques)} PRE-only`);
  if (tactic.inferredOnly) extra.push(`+${tactic.inferredOnly} inferred`);
  tactic.shownLine.textContent = none ? "" : `${tactic.shown} shown`;
  tactic.shownLine.hidden = !narrowed();
  tactic.extra.textContent = extra.join(" · ") || "\u00a0";
  tactic.bar.parentElement.hidden = none || tactic.preOnly;
  tactic.bar.style.width = tactic.techniques ? `${(100 * tactic.covered) / tactic.techniques}%` : "0";
}

function paintStats(found) {
  for (const box of byId("stats").children) {
    const key = box.dataset.stat;
    const { part, all } = found[key];
    const big = box.querySelector("b");
    const small = box.querySelector("dd span");
    if (key === "pre_only") {
      big.textContent = whole(part);
      small.textContent = `with a rule, ${whole(all)} in all`;
    } else {
      big.textContent = percent(part, all);
      small.textContent = `${whole(part)} of ${whole(all)}`;
    }
    if (key === "some_claim") box.hidden = scopeNow().size === 0;
  }
}
