// What is chosen and open: the one state, written to the address and read from it.

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
