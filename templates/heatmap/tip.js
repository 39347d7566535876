// The tooltip: a cell in a few lines.

const tip = byId("tip");
const NAMES_IN_TIP = 8;

function showTip(cell) {
  hideTip();
  const { technique } = cell;
  const title = element("h3", "", `${technique.id} ${technique.name}`);
  const facts = [technique.own ? plural(technique.own, "rule") : "No rule"];
  if (cell.inferredNow) facts.push(`${plural(cell.inferredNow, "rule")} inferred here`);
  if (technique.n) facts.push(foldText(technique) + (technique.n === 1 ? " sub-technique" : " sub-techniques"));
  const groups = technique.users.filter((user) => data.actors[user].kind === "group").length;
  if (groups) facts.push(`used by ${plural(groups, "group")}`);
  if (technique.unstated) facts.push(`${technique.unstated} with no platform stated`);
  tip.replaceChildren(title, element("p", "", facts.join(" · ")));
  const inCell = drawnIn(cell).flat().filter((rule) => technique.verdicts.get(rule) === COUNTED);
  const names = inCell.length ? inCell : technique.claims.map(([rule]) => rule).filter((rule) => technique.verdicts.get(rule) === COUNTED);
  if (!inCell.length && names.length) tip.append(element("p", "", "Drawn in another column:"));
  if (names.length) {
    const lines = element("ul");
    for (const rule of names.slice(0, NAMES_IN_TIP)) {
      const item = element("li");
      item.append(element("bdi", "", rules[rule].name));
      lines.append(item);
    }
    if (names.length > NAMES_IN_TIP) lines.append(element("li", "", `and ${names.length - NAMES_IN_TIP} more`));
    tip.append(lines);
  }
  tip.owner = cell.box;
  cell.box.setAttribute("aria-describedby", "tip");
  tip.hidden = false;
  placeTip();
}

// Beside its cell, left of it where the right is taken.
function placeTip() {
  if (tip.hidden) return;
  const box = tip.owner.getBoundingClientRect();
  if (box.bottom < 0 || box.top > root.clientHeight) { hideTip(); return; }
  const own = tip.getBoundingClientRect();
  const right = root.clientWidth - (state.open ? panel.offsetWidth : 0);
  const left = box.right + 8 + own.width < right ? box.right + 8 : box.left - 8 - own.width;
  tip.style.left = `${Math.max(6, left)}px`;
  tip.style.top = `${Math.max(6, Math.min(box.top, root.clientHeight - own.height - 6))}px`;
}

function hideTip() {
  tip.hidden = true;
  tip.owner?.removeAttribute("aria-describedby");
}
