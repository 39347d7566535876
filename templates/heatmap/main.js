// One way to paint, every listener, and the start.

function paint() {
  const scope = scopeNow();
  const ruleCount = judgeRules(scope);
  countTechniques(scope);
  matchTechniques();
  countTactics();
  paintStats(ratios());
  for (const tactic of tactics) paintTactic(tactic);
  for (const tactic of tactics) paintColumn(tactic);
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
  measureWidth();
  writeNames();
  alignHeads();
}

let width = 0;

function measureWidth() {
  if (width === root.clientWidth) return;
  width = root.clientWidth;
  root.style.setProperty("--view", `${width}px`);
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
byId("app").hidden = false;
measureWidth();
buildMatrix();
judgeRules(new Set(data.scope));
countTechniques(new Set(data.scope));
fillMenuCounts();
paint();
measure();
listen();
state.open?.box?.scrollIntoView({ block: "center", inline: "nearest" });
performance.mark("detcov:ready");
