"use strict";
(() => {
  // ---- Data -------------------------------------------------------------------------------

  // Field order of the payload's array rows (coverage/detcov/report/heatmap_payload.py).
  const ROWS = {
    rules: ["name", "path", "line", "source", "severity", "state", "platforms", "id", "others"],
    techniques: ["id", "name", "parent", "platforms", "pre", "claims", "carried", "users"],
    cells: ["tactic", "technique", "stated", "inferred"],
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
  for (const rule of rules) {
    rule.search = rule.name.toLowerCase();
    rule.stated = new Set(data.platform_sets[rule.platforms].map(([platform]) => platform));
  }

  const whole = (number) => number.toLocaleString("en-US");
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

  // ---- State and address ------------------------------------------------------------------

  const NAMES = {
    platform: data.platforms,
    severity: data.severities.map((name) => name || "unstated"),
    source: data.sources,
    depth: ["none", "via", "one", "several"],
  };
  const DEPTH_WORDS = { none: "no rule", via: "via sub-techniques", one: "one rule", several: "several rules" };
  const FILTERS = Object.keys(NAMES);

  const state = freshState();

  function freshState() {
    return {
      platform: new Set(), severity: new Set(), source: new Set(), depth: new Set(),
      gaps: false, query: "", unfoldAll: false, unfolded: new Set(),
      open: null, compact: false, theme: "",
    };
  }

  // A list keeps its commas apart from those inside a name by encoding each name first.
  const list = (names) => names.map(encodeURIComponent).join(",");

  function fragment() {
    const parts = [];
    for (const key of FILTERS) {
      const chosen = NAMES[key].filter((_, index) => state[key].has(key === "depth" ? NAMES.depth[index] : index));
      if (chosen.length) parts.push(`${key}=${list(chosen)}`);
    }
    if (state.gaps) parts.push("gaps=1");
    if (state.query) parts.push(`q=${encodeURIComponent(state.query)}`);
    if (state.unfoldAll) parts.push("unfold=all");
    else if (state.unfolded.size) parts.push(`unfold=${list([...state.unfolded].sort())}`);
    if (state.open) parts.push(`cell=${encodeURIComponent(state.open.tactic.shortname)}/${encodeURIComponent(state.open.technique.id)}`);
    if (state.compact) parts.push("view=compact");
    if (state.theme) parts.push(`theme=${state.theme}`);
    return parts.join("&");
  }

  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function readFragment() {
    Object.assign(state, freshState());
    for (const part of location.hash.slice(1).split("&")) {
      const at = part.indexOf("=");
      if (at < 0) continue;
      const key = part.slice(0, at);
      const raw = part.slice(at + 1);
      const values = raw.split(",").map(decoded);
      if (FILTERS.includes(key)) {
        NAMES[key].forEach((name, index) => {
          if (values.includes(name)) state[key].add(key === "depth" ? name : index);
        });
      } else if (key === "gaps") state.gaps = raw === "1";
      else if (key === "q") state.query = decoded(raw);
      else if (key === "unfold" && raw === "all") state.unfoldAll = true;
      else if (key === "unfold") values.filter((id) => numberOf.has(id)).forEach((id) => state.unfolded.add(id));
      else if (key === "cell") state.open = cellNamed(...raw.split("/").map(decoded));
      else if (key === "view") state.compact = raw === "compact";
      else if (key === "theme" && (raw === "dark" || raw === "light")) state.theme = raw;
    }
  }

  function cellNamed(shortname, id) {
    return cells.find((cell) => cell.tactic.shortname === shortname && cell.technique.id === id) ?? null;
  }

  function writeFragment(replace) {
    const hash = fragment();
    if (hash === location.hash.slice(1)) return;
    // An empty address keeps the bare "#", which alone leaves path and query as they are.
    history[replace ? "replaceState" : "pushState"](null, "", `#${hash}`);
  }

  // ---- Counting (the definitions are those of detcov.analysis.coverage) -------------------

  const COUNTED = 1, UNSTATED = 2, ELSEWHERE = 3;

  const meets = (set, wanted) => {
    for (const one of wanted) if (set.has(one)) return true;
    return false;
  };
  const scopeNow = () => (state.platform.size ? state.platform : new Set(data.scope));

  // Whether severity and source let a rule through; then whether it states a platform in scope.
  function judgeRules(scope) {
    let number = 0;
    for (const rule of rules) {
      rule.fits = (!state.severity.size || state.severity.has(rule.severity))
        && (!state.source.size || state.source.has(rule.source));
      rule.counted = rule.fits && (!scope.size || meets(rule.stated, scope));
      if (rule.counted) number += 1;
    }
    return number;
  }

  // A rule counts for a technique by a platform that is the technique's, in scope and its own.
  function judgeClaims(technique, scope) {
    const wanted = technique.platforms.filter((platform) => scope.has(platform));
    const { verdicts } = technique;
    verdicts.clear();
    technique.inScope = !scope.size || wanted.length > 0;
    technique.own = technique.unstated = technique.elsewhere = 0;
    for (const [index] of technique.claims) {
      const rule = rules[index];
      if (!rule.fits) continue;
      if (!scope.size || meets(rule.stated, wanted)) { verdicts.set(index, COUNTED); technique.own += 1; }
      else if (!rule.stated.size) { verdicts.set(index, UNSTATED); technique.unstated += 1; }
      else { verdicts.set(index, ELSEWHERE); technique.elsewhere += 1; }
    }
  }

  function countTechniques(scope) {
    for (const technique of techniques) judgeClaims(technique, scope);
    for (const technique of techniques) {
      const subs = technique.subs.filter((sub) => sub.inScope);
      technique.n = subs.length;
      technique.k = subs.filter((sub) => sub.own).length;
      technique.depth = technique.own > 1 ? "several" : technique.own ? "one" : technique.k ? "via" : "none";
    }
  }

  function counted(indices, { verdicts }) {
    let number = 0;
    for (const index of indices) if (verdicts.get(index) === COUNTED) number += 1;
    return number;
  }

  const emptyRatio = () => ({ part: 0, all: 0 });
  const add = (ratio, met) => { ratio.all += 1; if (met) ratio.part += 1; };

  function ratios() {
    const found = {
      headline: emptyRatio(), two_or_more: emptyRatio(), parents_with_via: emptyRatio(),
      some_claim: emptyRatio(), pre_only: emptyRatio(),
    };
    for (const technique of techniques) {
      if (!technique.inScope) continue;
      if (technique.pre) { add(found.pre_only, technique.own); continue; }
      add(found.headline, technique.own);
      add(found.two_or_more, technique.own > 1);
      add(found.some_claim, technique.own || technique.unstated || technique.elsewhere);
      if (technique.parent < 0) add(found.parents_with_via, technique.own || technique.k);
    }
    return found;
  }

  function countTactics() {
    for (const tactic of tactics) {
      Object.assign(tactic, { techniques: 0, covered: 0, inferredOnly: 0, shown: 0 });
    }
    for (const cell of cells) {
      if (!cell.technique.inScope) continue;
      const { tactic } = cell;
      cell.statedNow = counted(cell.stated, cell.technique);
      cell.inferredNow = counted(cell.inferred, cell.technique);
      tactic.techniques += 1;
      if (cell.statedNow) tactic.covered += 1;
      else if (cell.inferredNow) tactic.inferredOnly += 1;
      if (cell.technique.matches) tactic.shown += 1;
    }
  }

  // ---- What is shown ----------------------------------------------------------------------

  const narrowed = () => state.depth.size > 0 || state.gaps || state.query.trim() !== "";
  const isGap = (technique) => !technique.own && !technique.pre;

  function matchTechniques() {
    const query = state.query.trim().toLowerCase();
    const named = query ? new Set(rules.filter((rule) => rule.search.includes(query)).map((rule) => rule.index)) : null;
    for (const technique of techniques) {
      technique.matches = technique.inScope
        && (!state.depth.size || state.depth.has(technique.depth))
        && (!state.gaps || isGap(technique))
        && (!query || technique.search.includes(query)
          || technique.claims.some(([rule]) => named.has(rule) && technique.verdicts.get(rule) === COUNTED));
    }
    for (const technique of techniques) {
      technique.subsMatching = technique.subs.filter((sub) => sub.matches).length;
    }
  }

  const unfolds = (technique) => state.unfoldAll || state.unfolded.has(technique.id)
    || (state.query.trim() !== "" && technique.subsMatching > 0);

  function visible(cell) {
    const { technique } = cell;
    if (!technique.inScope) return false;
    if (technique.parent < 0 || !cell.parentHere) return technique.matches || technique.subsMatching > 0;
    return technique.matches && unfolds(techniques[technique.parent]);
  }

  // ---- Matrix -----------------------------------------------------------------------------

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

  let lineLetters = 0;

  function writeNames() {
    const column = grid.firstElementChild;
    const size = parseFloat(getComputedStyle(cells.length ? cells[0].name : column).fontSize);
    const letters = Math.floor((column.clientWidth - 10) / (0.57 * size));
    if (letters === lineLetters) return;
    lineLetters = letters;
    for (const tactic of tactics) tactic.title.textContent = soft(tactic.name, letters - 2);
    for (const cell of cells) cell.name.textContent = soft(cell.technique.name, letters - (cell.parentHere ? 2 : 0));
  }

  let headsAlignedFor = null;

  // All headers are as high as the highest, so that the first cells stand on one line.
  function alignHeads() {
    headsAlignedFor = narrowed();
    root.style.setProperty("--head", "0px");
    const heights = tactics.map(({ column }) => column.firstElementChild.offsetHeight);
    root.style.setProperty("--head", `${Math.max(...heights)}px`);
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
      column.append(head, tactic.note);
      fragmentOfColumns.append(column);
    }
    for (const cell of inColumnOrder()) cell.tactic.column.append(cellElement(cell));
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
    cell.name = element("span", "name", technique.name);
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

  function paintCell(cell) {
    const { technique, box } = cell;
    const shown = visible(cell);
    set(cell, "hiddenNow", box, "hidden", !shown);
    if (!shown) return;
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

  // ---- Toolbar ----------------------------------------------------------------------------

  function paintTools(ruleCount) {
    for (const menu of document.querySelectorAll(".menu")) {
      const chosen = state[menu.dataset.menu];
      const badge = menu.querySelector(".badge");
      badge.textContent = String(chosen.size);
      badge.hidden = chosen.size === 0;
      menu.classList.toggle("active", chosen.size > 0);
      for (const input of menu.querySelectorAll("input")) {
        input.checked = chosen.has(input.name === "depth" ? input.value : Number(input.value));
      }
    }
    press("gaps", state.gaps);
    press("unfold", state.unfoldAll);
    press("compact", state.compact);
    byId("unfold").textContent = state.unfoldAll ? "Fold all" : "Unfold all";
    const search = byId("search");
    if (search.value !== state.query) search.value = state.query;
    paintStatus(ruleCount);
    paintTokens();
  }

  const press = (id, on) => byId(id).setAttribute("aria-pressed", String(on));

  function paintStatus(ruleCount) {
    const scoped = techniques.filter((technique) => technique.inScope);
    const matching = scoped.filter((technique) => technique.matches).length;
    const shown = narrowed() ? `${whole(matching)} of ${plural(scoped.length, "technique")}` : plural(scoped.length, "technique");
    const all = rules.filter((rule) => !data.scope.length || meets(rule.stated, data.scope)).length;
    const of = ruleCount === all ? plural(all, "rule") : `${whole(ruleCount)} of ${plural(all, "rule")}`;
    byId("status").replaceChildren(element("b", "", shown), " · ", element("b", "", of));
    byId("no-match").hidden = matching > 0;
  }

  function paintTokens() {
    const made = [];
    for (const key of FILTERS) {
      for (const value of state[key]) {
        const text = key === "depth" ? DEPTH_WORDS[value] : NAMES[key][value];
        made.push(token(key === "severity" || key === "source" ? `${key}: ${text}` : text, { key, value: String(value) }));
      }
    }
    if (state.gaps) made.push(token("gaps only", { key: "gaps" }));
    if (state.query) made.push(token(`“${state.query}”`, { key: "query" }));
    if (made.length > 1) {
      const clear = token("Clear all", { key: "all" });
      clear.classList.add("clear");
      made.push(clear);
    }
    byId("tokens").replaceChildren(...made);
  }

  function token(text, dataset) {
    const button = element("button", "token");
    button.type = "button";
    button.append(element("bdi", "", text));
    if (dataset.key !== "all") button.setAttribute("aria-label", `Remove filter ${text}`);
    Object.assign(button.dataset, dataset);
    return button;
  }

  function dropFilter({ key, value }) {
    if (key === "all") Object.assign(state, { platform: new Set(), severity: new Set(), source: new Set(), depth: new Set(), gaps: false, query: "" });
    else if (key === "gaps") state.gaps = false;
    else if (key === "query") state.query = "";
    else state[key].delete(key === "depth" ? value : Number(value));
    update();
  }

  // How many rules (for depth: techniques) stand behind each choice of a menu, unfiltered.
  function fillMenuCounts() {
    const sums = {};
    const more = (key) => { sums[key] = (sums[key] ?? 0) + 1; };
    for (const rule of rules) {
      if (!rule.counted) continue;
      more(`severity:${rule.severity}`);
      more(`source:${rule.source}`);
      for (const platform of rule.stated) more(`platform:${platform}`);
    }
    for (const technique of techniques) more(`depth:${technique.depth}`);
    for (const label of document.querySelectorAll("[data-count]")) {
      label.textContent = whole(sums[label.dataset.count] ?? 0);
    }
  }

  // ---- Panel ------------------------------------------------------------------------------

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
    if (technique.cells.length > 1) fact(whole(statedNow + inferredNow), "drawn in this column");
    if (technique.n) fact(`${technique.k} of ${technique.n}`, "sub-techniques");
    const perPlatform = platformCounts(technique);
    fact(`${perPlatform.filter(([, number]) => number).length} of ${perPlatform.length}`, "platforms");
    return facts;
  }

  // A rule that states a platform counts for it, whichever platforms the filter asks for.
  function platformCounts(technique) {
    return technique.platforms.map((platform) => [platform, technique.claims.filter(([rule]) => rules[rule].fits && rules[rule].stated.has(platform)).length]);
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
    const bare = technique.claims.filter(([rule]) => rules[rule].fits && !rules[rule].stated.size).length;
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
    const drawn = new Set([...cell.stated, ...cell.inferred]);
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
    const inferred = new Set(cell.inferred);
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
    const label = data.sources.length > 1 ? `${data.sources[rule.source]}: ` : "";
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
      if (rules[rule].fits) groups.set(reason, [...(groups.get(reason) ?? []), [rule, line]]);
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
      setCurrent(cell.box);
      cell.box.scrollIntoView({ block: "nearest", inline: "nearest" });
      panel.scrollTop = 0;
      if (focus) panel.focus({ preventScroll: true });
    }
  }

  function closePanel() {
    const cell = state.open;
    if (!cell) return;
    state.open = null;
    update();
    if (!cell.box.hidden) cell.box.focus({ preventScroll: true });
  }

  // ---- Tooltip ----------------------------------------------------------------------------

  const tip = byId("tip");
  const NAMES_IN_TIP = 8;

  function showTip(cell) {
    hideTip();
    const { technique } = cell;
    const title = element("h3", "", `${technique.id} ${technique.name}`);
    const facts = [plural(technique.own, "rule")];
    if (cell.inferredNow) facts.push(`${plural(cell.inferredNow, "rule")} inferred here`);
    if (technique.n) facts.push(foldText(technique) + (technique.n === 1 ? " sub-technique" : " sub-techniques"));
    if (technique.unstated) facts.push(`${technique.unstated} with no platform stated`);
    tip.replaceChildren(title, element("p", "", facts.join(" · ")));
    const inCell = [...cell.stated, ...cell.inferred].filter((rule) => technique.verdicts.get(rule) === COUNTED);
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

  // ---- Keyboard ---------------------------------------------------------------------------

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

  // ---- Actions ----------------------------------------------------------------------------

  function toggle(key) {
    state[key] = !state[key];
    if (key === "unfoldAll") state.unfolded.clear();
    update();
  }

  function fold({ technique, parentHere }) {
    const owner = parentHere ? techniques[technique.parent] : technique;
    if (!owner.subs.length) return;
    if (state.unfoldAll) {
      state.unfoldAll = false;
      for (const each of techniques) if (each.subs.length) state.unfolded.add(each.id);
    }
    if (!state.unfolded.delete(owner.id)) state.unfolded.add(owner.id);
    update();
    if (parentHere && document.activeElement === document.body) {
      focusCell(owner.cells.find((cell) => !cell.box.hidden)?.box);
    }
  }

  function onMenuChange(event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "checkbox") return;
    const value = input.name === "depth" ? input.value : Number(input.value);
    if (input.checked) state[input.name].add(value);
    else state[input.name].delete(value);
    update();
  }

  async function layerBlob() {
    const { text, gzip } = JSON.parse(byId("layer").textContent);
    if (text !== undefined) return new Blob([text], { type: "application/json" });
    const bytes = Uint8Array.from(atob(gzip), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Blob([await new Response(stream).arrayBuffer()], { type: "application/json" });
  }

  async function download() {
    const anchor = element("a");
    anchor.href = URL.createObjectURL(await layerBlob());
    anchor.download = "coverage.layer.json";
    anchor.click();
    // The browser reads the blob after the click returns.
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  }

  function switchTheme() {
    const dark = state.theme ? state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    state.theme = dark ? "light" : "dark";
    update();
  }

  // ---- One way to paint -------------------------------------------------------------------

  function paint() {
    const scope = scopeNow();
    const ruleCount = judgeRules(scope);
    countTechniques(scope);
    matchTechniques();
    countTactics();
    paintStats(ratios());
    for (const tactic of tactics) paintTactic(tactic);
    for (const cell of cells) paintCell(cell);
    paintTools(ruleCount);
    paintPanel();
    keepCurrent();
    grid.classList.toggle("compact", state.compact);
    if (headsAlignedFor !== narrowed()) alignHeads();
    if (state.theme) root.dataset.theme = state.theme;
    else delete root.dataset.theme;
  }

  function update(replace = false) {
    writeFragment(replace);
    paint();
  }

  function measure() {
    root.style.setProperty("--view", `${root.clientWidth}px`);
    root.style.setProperty("--bar-height", `${byId("bar").offsetHeight}px`);
    writeNames();
    alignHeads();
  }

  function listen() {
    grid.addEventListener("click", (event) => {
      const cell = cellOf(event.target);
      if (!cell) return;
      if (event.target.closest(".fold")) fold(cell);
      else openPanel(cell, false);
    });
    grid.addEventListener("keydown", onGridKey);
    grid.addEventListener("pointerover", (event) => {
      const cell = cellOf(event.target);
      if (cell) showTip(cell);
      else hideTip();
    });
    grid.addEventListener("pointerleave", hideTip);
    grid.addEventListener("focusin", (event) => {
      const cell = cellOf(event.target);
      if (!cell) return;
      setCurrent(cell.box);
      if (cell.box.matches(":focus-visible")) showTip(cell);
    });
    grid.addEventListener("focusout", hideTip);
    addEventListener("scroll", placeTip, { passive: true });
    document.addEventListener("keydown", onKey);
    document.addEventListener("change", onMenuChange);
    document.addEventListener("click", (event) => {
      for (const menu of document.querySelectorAll(".menu[open]")) {
        if (!menu.contains(event.target)) menu.open = false;
      }
    });
    byId("search").addEventListener("input", (event) => {
      state.query = event.target.value;
      update(true);
    });
    byId("tokens").addEventListener("click", (event) => {
      const button = event.target.closest(".token");
      if (button) dropFilter(button.dataset);
    });
    panel.addEventListener("click", (event) => {
      if (event.target.closest("[data-close]")) closePanel();
      const go = event.target.closest("[data-go]");
      if (go) openPanel(cells[Number(go.dataset.go)], true);
    });
    byId("gaps").addEventListener("click", () => toggle("gaps"));
    byId("unfold").addEventListener("click", () => toggle("unfoldAll"));
    byId("compact").addEventListener("click", () => toggle("compact"));
    byId("download").addEventListener("click", download);
    byId("theme").addEventListener("click", switchTheme);
    // The address belongs to the view's state, so the skip link moves the focus itself.
    document.querySelector("[data-skip]").addEventListener("click", (event) => {
      event.preventDefault();
      focusCell(current);
    });
    addEventListener("popstate", () => { readFragment(); paint(); });
    new ResizeObserver(measure).observe(byId("bar"));
    addEventListener("resize", measure);
  }

  readFragment();
  buildMatrix();
  byId("app").hidden = false;
  judgeRules(new Set(data.scope));
  countTechniques(new Set(data.scope));
  fillMenuCounts();
  paint();
  measure();
  listen();
  if (state.open) state.open.box.scrollIntoView({ block: "center", inline: "nearest" });
  performance.mark("detcov:ready");
})();
