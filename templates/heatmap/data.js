// The payload as objects that know each other, and numbers as words.

// Field order of the payload's array rows (coverage/detcov/report/heatmap_payload.py).
const ROWS = {
  rules: ["name", "path", "line", "sources", "severity", "state", "platforms", "id", "others"],
  techniques: ["id", "name", "parent", "platforms", "pre", "claims", "carried", "users"],
  cells: ["tactic", "technique", "stated", "inferred"],
  copies: ["cell", "rule", "stated", "inferred"],
  tactics: ["id", "name", "shortname", "preOnly"],
  actors: ["id", "name", "kind", "version"],
  reasons: ["text", "person"],
};

const byId = (id) => document.getElementById(id);
const root = document.documentElement;
const data = JSON.parse(byId("data").textContent);
for (const [table, fields] of Object.entries(ROWS)) {
  data[table] = data[table].map((row, index) => {
    const value = { index };
    fields.forEach((field, at) => { value[field] = row[at]; });
    return value;
  });
}
const { rules, techniques, cells, tactics } = data;
const numberOf = new Map(techniques.map((technique) => [technique.id, technique.index]));
for (const technique of techniques) {
  technique.subs = [];
  technique.cells = [];
  technique.verdicts = new Map();
  technique.search = `${technique.id}\n${technique.name}`.toLowerCase();
}
for (const technique of techniques) {
  if (technique.parent >= 0) techniques[technique.parent].subs.push(technique);
}
for (const cell of cells) {
  cell.technique = techniques[cell.technique];
  cell.tactic = tactics[cell.tactic];
  cell.technique.cells.push(cell);
}
for (const { cell, rule, stated, inferred } of data.copies) {
  (cells[cell].copies ??= new Map()).set(rule, { stated, inferred });
}
for (const rule of rules) {
  rule.search = rule.name.toLowerCase();
  rule.stated = new Set(data.platform_sets[rule.platforms].map(([platform]) => platform));
}

const whole = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");
const plural = (number, one, many = `${one}s`) => `${whole(number)} ${number === 1 ? one : many}`;

// The same rounding as the other reports: half to even, and 0 % or 100 % only when true.
function percent(part, all) {
  if (!all) return "n/a";
  const exact = (100 * part) / all;
  let rounded = Math.round(exact);
  if (exact % 1 === 0.5 && rounded % 2) rounded -= 1;
  if (part && rounded === 0) return "<1 %";
  if (part < all && rounded === 100) return ">99 %";
  return `${rounded} %`;
}
