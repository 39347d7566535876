// The toolbar, its menus, the status line and the filters in force.

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
    for (const source of rule.sources) more(`source:${source}`);
    for (const platform of rule.stated) more(`platform:${platform}`);
  }
  for (const technique of techniques) more(`depth:${technique.depth}`);
  for (const label of document.querySelectorAll("[data-count]")) {
    label.textContent = whole(sums[label.dataset.count] ?? 0);
  }
}
