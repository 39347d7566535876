// The side panel: all about one technique.

const panel = byId("panel");
const RULES_AT_ONCE = 12;
const SEVERITY_WORD = (rule) => data.severities[rule.severity] || "unstated";

function paintPanel() {
  panel.hidden = !state.open;
  document.body.classList.toggle("has-panel", Boolean(state.open));
  panel.replaceChildren();
  if (!state.open) return;
  const cell = state.open;
  panel.append(
    panelHead(cell), panelFacts(cell), ...panelPlatforms(cell.technique), ...panelRules(cell),
    ...panelSubs(cell), ...panelCarried(cell.technique), ...panelUsers(cell.technique),
  );
}

function panelHead({ technique, tactic }) {
  const head = element("header");
  const eyebrow = element("p", "eyebrow");
  eyebrow.append(element("span", "id", technique.id), element("span", "", tactic.name));
  const title = element("h2", "", technique.name);
  title.id = "panel-title";
  const close = element("button", "button close", "×");
  close.type = "button";
  close.dataset.close = "";
  close.setAttribute("aria-label", "Close");
  head.append(eyebrow, title, close);
  if (/^T\d{4}(\.\d{3})?$/.test(technique.id)) {
    head.append(link(`https://attack.mitre.org/techniques/${technique.id.replace(".", "/")}/`, "attack.mitre.org"));
  }
  return head;
}

function link(address, text) {
  const made = element("a", "", text);
  made.href = address;
  made.rel = "noreferrer noopener";
  made.target = "_blank";
  return made;
}

function panelFacts({ technique, statedNow, inferredNow }) {
  const facts = element("p", "facts");
  const fact = (strong, rest) => {
    const made = element("span");
    made.append(element("b", "", strong), ` ${rest}`);
    facts.append(made);
  };
  fact(whole(technique.own), technique.own === 1 ? "rule" : "rules");
  if (technique.own && technique.cells.length > 1) fact(whole(statedNow + inferredNow), "drawn in this column");
  if (technique.n) fact(`${technique.k} of ${technique.n}`, "sub-techniques");
  const perPlatform = platformCounts(technique);
  fact(`${perPlatform.filter(([, number]) => number).length} of ${perPlatform.length}`, "platforms");
  return facts;
}

// A rule that states a platform counts for it, whichever platforms the filter asks for.
function platformCounts(technique) {
  return technique.platforms.map((platform) => [platform, technique.claims.filter(([rule]) => technique.verdicts.has(rule) && rules[rule].stated.has(platform)).length]);
}

function section(title, number) {
  const made = element("h3", "", title);
  if (number !== undefined) made.append(" ", element("span", "", whole(number)));
  return made;
}

function panelPlatforms(technique) {
  const chips = element("div", "chips");
  for (const [platform, number] of platformCounts(technique)) {
    const chip = element("span", number ? "chip" : "chip off", `${data.platforms[platform]} `);
    chip.append(element("b", "", whole(number)));
    chips.append(chip);
  }
  const bare = technique.claims.filter(([rule]) => technique.verdicts.has(rule) && !rules[rule].stated.size).length;
  if (bare) {
    const chip = element("span", "chip off", "unstated ");
    chip.title = "Rules that state no platform: never added to one";
    chip.append(element("b", "", whole(bare)));
    chips.append(chip);
  }
  return [section("Rules per platform"), chips];
}

function panelRules(cell) {
  const { technique } = cell;
  const made = [section("Rules", technique.own)];
  const chosen = (verdict) => technique.claims
    .filter(([rule]) => technique.verdicts.get(rule) === verdict)
    .sort(([a], [b]) => rules[a].severity - rules[b].severity || (rules[a].search < rules[b].search ? -1 : 1));
  const drawn = new Set(drawnIn(cell).flat());
  const own = chosen(COUNTED);
  const first = own.length > RULES_AT_ONCE + 2 ? RULES_AT_ONCE : own.length;
  made.push(own.length ? ruleList(own.slice(0, first), cell, drawn) : element("p", "facts", technique.k ? "None of its own; see its sub-techniques." : "None."));
  if (first < own.length) {
    const rest = element("details");
    rest.append(element("summary", "", `${whole(own.length - first)} more`), ruleList(own.slice(first), cell, drawn));
    made.push(rest);
  }
  for (const [verdict, title] of [[UNSTATED, "with no platform stated, not counted"], [ELSEWHERE, "for other platforms, not counted"]]) {
    const others = chosen(verdict);
    if (!others.length) continue;
    const more = element("details");
    more.append(element("summary", "", `${plural(others.length, "rule")} ${title}`), ruleList(others, cell, null));
    made.push(more);
  }
  return made;
}

function ruleList(claims, cell, drawn) {
  const made = element("ul", "rules");
  const inferred = new Set(drawnIn(cell)[1]);
  for (const [index, line] of claims) made.append(ruleItem(rules[index], line, drawn, inferred));
  return made;
}

function ruleItem(rule, line, drawn, inferred) {
  const item = element("li");
  const title = element("h4");
  const severity = element("span", "tag", SEVERITY_WORD(rule));
  severity.dataset.severity = SEVERITY_WORD(rule);
  title.append(element("bdi", "", rule.name), severity);
  const about = element("p");
  const facts = data.states[rule.state];
  const words = facts.map(([value]) => value).filter((value) => value !== "unstated");
  const stated = element("span", "", words.join(", "));
  stated.title = facts.map(([value, field]) => (field ? `${value}: ${field}` : "")).filter(Boolean).join("\n");
  const set = data.platform_sets[rule.platforms];
  const platforms = element("span", "", set.map(([platform]) => data.platforms[platform]).join(", ") || "no platform stated");
  platforms.title = set.map(([platform, field]) => `${data.platforms[platform]}: ${field}`).join("\n");
  about.append(stated, " · ", platforms);
  if (inferred.has(rule.index)) about.append(" · tactic inferred");
  else if (drawn && !drawn.has(rule.index)) about.append(" · drawn in another column");
  item.append(title, about, place(rule, line));
  return item;
}

// Paths may wrap after "/", "_" and "-"; the element keeps what is copied free of extra signs.
function breakable(owner, text) {
  for (const part of text.split(/(?<=[/_-])/)) owner.append(part, element("wbr"));
  return owner;
}

function place(rule, line) {
  const where = element("p", "where");
  const text = `${rule.path}:${line}`;
  const label = data.sources.length > 1 ? `${data.sources[rule.sources[0]]}: ` : "";
  const steps = rule.path.split("/");
  const inside = steps.every((step) => step && step !== "." && step !== "..");
  if (data.link_base && inside) {
    const address = `${data.link_base}/${steps.map(encodeURIComponent).join("/")}#L${line}`;
    where.append(label, breakable(link(address, ""), text));
  } else where.append(breakable(element("bdi"), label + text));
  if (rule.others.length) where.append(element("bdi", "", `, also ${rule.others.join(", ")}`));
  return where;
}

function panelSubs({ technique, tactic }) {
  const parent = techniques[technique.parent];
  const shown = technique.subs.filter((sub) => sub.inScope);
  if (!shown.length && !parent) return [];
  const chips = element("div", "chips");
  for (const other of parent ? [parent] : shown) {
    const target = other.cells.find((cell) => cell.tactic === tactic) ?? other.cells[0];
    if (!target) continue;
    const chip = element("button", other.own ? "chip" : "chip off", `${other.id} ${other.name} `);
    chip.type = "button";
    chip.dataset.go = String(target.index);
    chip.append(element("b", "", whole(other.own)));
    chips.append(chip);
  }
  return [parent ? section("Part of") : section("Sub-techniques", shown.length), chips];
}

function panelCarried(technique) {
  const groups = new Map();
  for (const [rule, line, reason] of technique.carried) {
    if (technique.verdicts.has(rule)) groups.set(reason, [...(groups.get(reason) ?? []), [rule, line]]);
  }
  if (!groups.size) return [];
  const number = [...groups.values()].reduce((sum, group) => sum + group.length, 0);
  const made = [section("Mappings carried forward", number)];
  for (const [index, group] of groups) {
    const { text, person } = data.reasons[index];
    const box = element("div", person ? "why person" : "why");
    box.append(element("p", "", person ? `${text} A person has to decide.` : text));
    const more = element("details");
    const names = element("ul", "rules");
    for (const [rule, line] of group) {
      const item = element("li");
      item.append(element("bdi", "", rules[rule].name), place(rules[rule], line));
      names.append(item);
    }
    more.append(element("summary", "", plural(group.length, "mapping")), names);
    box.append(more);
    made.push(box);
  }
  return made;
}

function panelUsers(technique) {
  const made = [];
  for (const [kind, title] of [["group", "Groups that use it"], ["campaign", "Campaigns"], ["software", "Software"]]) {
    const users = technique.users.map((index) => data.actors[index]).filter((actor) => actor.kind === kind);
    if (!users.length) continue;
    const chips = element("div", "chips");
    for (const actor of users) {
      const chip = element("span", "chip", `${actor.name} `);
      chip.append(element("span", "id", actor.id), actor.version ? ` of ${actor.version}` : "");
      chips.append(chip);
    }
    made.push(section(title, users.length));
    if (users.length <= 24) made.push(chips);
    else {
      const more = element("details");
      more.append(element("summary", "", "Show"), chips);
      made.push(more);
    }
  }
  return made;
}

function openPanel(cell, focus) {
  hideTip();
  state.open = cell;
  if (cell && cell.parentHere && !unfolds(techniques[cell.technique.parent])) {
    state.unfolded.add(techniques[cell.technique.parent].id);
  }
  update();
  if (cell) {
    if (cell.box && !cell.box.hidden) {
      setCurrent(cell.box);
      cell.box.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    panel.scrollTop = 0;
    if (focus) panel.focus({ preventScroll: true });
  }
}

function closePanel() {
  const cell = state.open;
  if (!cell) return;
  state.open = null;
  update();
  if (cell.box && !cell.box.hidden) cell.box.focus({ preventScroll: true });
}
