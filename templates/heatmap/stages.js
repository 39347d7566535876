// What facts about the estate add. A page without facts doesn't carry this part, so it hooks in
// by wrapping functions of the others: the definitions are those of detcov.analysis.estate.

const UNKNOWN = 0, YES = 1, NO = 2;
const ANSWERS = ["unknown", "yes", "no"];
const STEPS = ["deployed", "fed", "tested"];
const ACCEPTED = 5;
// What a cell shows in place of its number, so that no stage is told by colour alone
const LETTERS = ["", "M", "D", "F", "T", "–"];
const NOTHING_SAID = { deployed: UNKNOWN, fed: UNKNOWN, tested: UNKNOWN, fired: UNKNOWN };

NAMES.stage = ["not mapped", "mapped", ...STEPS, "accepted gap"];
FILTERS.push("stage");
state.stage = new Set();
state.byStage = false;

const standing = new Map(data.stages.rules.map(
  ([rule, deployed, fed, tested, fired]) => [rule, { deployed, fed, tested, fired }],
));
for (const technique of techniques) technique.said = new Map();
for (const [technique, platform, logs, tested, excuse] of data.stages.said) {
  techniques[technique].said.set(platform, { data: logs, tested, excuse });
}

const anyOf = (answers) => (answers.includes(YES) ? YES : answers.includes(UNKNOWN) ? UNKNOWN : NO);
const allOf = (answers) => (answers.includes(NO) ? NO : answers.includes(UNKNOWN) ? UNKNOWN : YES);
const agreed = (answers) => (answers.every((one) => one === answers[0]) ? answers[0] ?? UNKNOWN : UNKNOWN);

// What is said of a technique, on the platforms that the rule looks at; one that states none
// needs the same word on each.
function saidForRule(technique, field, platforms, rule) {
  const on = (platform) => technique.said.get(platform)?.[field] ?? UNKNOWN;
  if (!rule.stated.size || !technique.platforms.length) return agreed(platforms.map(on));
  const here = platforms.filter((platform) => rule.stated.has(platform));
  return here.length ? anyOf(here.map(on)) : UNKNOWN;
}

// How far these rules bring a technique on these platforms.
function stagesOn(technique, platforms, indices) {
  const chains = indices.map((index) => {
    const own = standing.get(index) ?? NOTHING_SAID;
    const said = (field) => saidForRule(technique, field, platforms, rules[index]);
    return [own.deployed, own.fed || said("data"), own.tested || said("tested")];
  });
  const answers = STEPS.map((_, last) => anyOf(chains.map((chain) => allOf(chain.slice(0, last + 1)))));
  const excuses = platforms.map((platform) => technique.said.get(platform)?.excuse ?? -1);
  const accepted = !indices.length && excuses.every((excuse) => excuse >= 0);
  const reached = indices.length ? answers.lastIndexOf(YES) + 2 : accepted ? ACCEPTED : 0;
  return { answers, accepted, reached, excuses: accepted ? [...new Set(excuses)] : [] };
}

function stagesNow(technique, scope) {
  const wanted = technique.platforms.filter((platform) => !scope.size || scope.has(platform));
  const counting = [...technique.verdicts].filter(([, verdict]) => verdict === COUNTED);
  return stagesOn(technique, wanted.length ? wanted : [-1], counting.map(([index]) => index));
}

// "fed; tested unknown"
function stageWords({ stages }) {
  const { answers, accepted, reached, excuses } = stages;
  if (accepted) return excuses.map((excuse) => data.stages.excuses[excuse]).join("; ");
  const rest = STEPS.map((step, at) => [step, at]).slice(Math.max(0, reached - 1))
    .map(([step, at]) => `${step} ${ANSWERS[answers[at]]}`).join(", ");
  if (!reached) return "";
  return rest ? `${NAMES.stage[reached]}; ${rest}` : NAMES.stage[reached];
}

// ---- State and address

const freshStatePlain = freshState;
freshState = () => ({ ...freshStatePlain(), stage: new Set(), byStage: false });

const fragmentPlain = fragment;
fragment = () => [fragmentPlain(), state.byStage ? "stages=1" : ""].filter(Boolean).join("&");

const readFragmentPlain = readFragment;
readFragment = () => {
  readFragmentPlain();
  state.byStage = location.hash.slice(1).split("&").includes("stages=1");
};

const dropFilterPlain = dropFilter;
dropFilter = (dataset) => {
  if (dataset.key === "all") state.stage = new Set();
  dropFilterPlain(dataset);
};

// ---- Numbers and filter

const countTechniquesPlain = countTechniques;
countTechniques = (scope) => {
  countTechniquesPlain(scope);
  for (const technique of techniques) technique.stages = stagesNow(technique, scope);
};

const matchTechniquesPlain = matchTechniques;
matchTechniques = () => {
  matchTechniquesPlain();
  if (!state.stage.size) return;
  for (const technique of techniques) technique.matches &&= state.stage.has(technique.stages.reached);
  for (const technique of techniques) {
    technique.subsMatching = technique.subs.filter((sub) => sub.matches).length;
  }
};

const ratiosPlain = ratios;
ratios = () => {
  const found = ratiosPlain();
  STEPS.forEach((step, at) => {
    found[step] = { ...emptyRatio(), unknown: 0 };
    for (const { inScope, pre, stages } of techniques) {
      if (!inScope || pre || stages.accepted) continue;
      add(found[step], stages.answers[at] === YES);
      if (stages.answers[at] === UNKNOWN) found[step].unknown += 1;
    }
  });
  return found;
};

const paintStatsPlain = paintStats;
paintStats = (found) => {
  paintStatsPlain(found);
  for (const step of STEPS) {
    if (!found[step].unknown) continue;
    document.querySelector(`[data-stat="${step}"] dd span`).append(`, ${whole(found[step].unknown)} unknown`);
  }
};

const fillMenuCountsPlain = fillMenuCounts;
fillMenuCounts = () => {
  fillMenuCountsPlain();
  NAMES.stage.forEach((_, index) => {
    const number = techniques.filter((technique) => technique.inScope && technique.stages.reached === index).length;
    document.querySelector(`[data-count="stage:${index}"]`).textContent = whole(number);
  });
};

// ---- Tools and cells

const paintStatusPlain = paintStatus;
paintStatus = (ruleCount) => {
  paintStatusPlain(ruleCount);
  if (!state.stage.size) return;
  const scoped = techniques.filter((technique) => technique.inScope);
  const matching = scoped.filter((technique) => technique.matches).length;
  byId("status").querySelector("b").textContent = `${whole(matching)} of ${plural(scoped.length, "technique")}`;
};

const paintToolsPlain = paintTools;
paintTools = (ruleCount) => {
  paintToolsPlain(ruleCount);
  press("stages", state.byStage);
  byId("legend").hidden = state.byStage;
  byId("stage-legend").hidden = !state.byStage;
  grid.classList.toggle("by-stage", state.byStage);
};

const paintTacticPlain = paintTactic;
paintTactic = (tactic) => {
  paintTacticPlain(tactic);
  if (state.stage.size) tactic.shownLine.hidden = false;
};

const paintCellPlain = paintCell;
paintCell = (cell) => {
  paintCellPlain(cell);
  const { technique, box } = cell;
  set(cell, "stageNow", box, "data-stage", technique.stages.reached ? String(technique.stages.reached) : null);
  if (state.byStage && technique.stages.reached) {
    set(cell, "numberNow", cell.number, "text", LETTERS[technique.stages.reached]);
  }
  if (state.stage.size) set(cell, "ghostFlag", box, ".ghost", !technique.matches);
};

const cellLabelPlain = cellLabel;
cellLabel = (cell, drawn, level) => {
  const { stages } = cell.technique;
  const words = stages.accepted ? `accepted gap, ${stageWords(cell.technique)}` : stageWords(cell.technique);
  return [cellLabelPlain(cell, drawn, level), words].filter(Boolean).join(", ");
};

const showTipPlain = showTip;
showTip = (cell) => {
  showTipPlain(cell);
  const words = stageWords(cell.technique);
  if (words) tip.querySelector("p").after(element("p", "", words));
  placeTip();
};

// The line of what is shown makes headers higher.
let headsAlignedForStage = false;
const paintPlain = paint;
paint = () => {
  paintPlain();
  if (headsAlignedForStage === state.stage.size > 0) return;
  headsAlignedForStage = state.stage.size > 0;
  alignHeads();
};

// ---- Panel

const panelPlatformsPlain = panelPlatforms;
panelPlatforms = (technique) => [...panelPlatformsPlain(technique), ...panelStages(technique)];

function panelStages(technique) {
  const scope = scopeNow();
  const rows = technique.platforms.map((platform) => {
    const indices = technique.claims.map(([rule]) => rule)
      .filter((rule) => technique.verdicts.has(rule) && rules[rule].stated.has(platform));
    return [data.platforms[platform], stagesOn(technique, [platform], indices), indices.length];
  });
  const overall = [scope.size ? "in scope" : "all", technique.stages, technique.own];
  const told = [overall, ...rows].filter(([, stages, number]) => number || stages.accepted);
  if (!told.length) return [];
  const table = element("table", "stages");
  const head = table.createTHead().insertRow();
  for (const title of ["", "rules", ...STEPS]) head.append(element("th", "", title));
  const body = table.createTBody();
  for (const [name, stages, number] of told) {
    const row = body.insertRow();
    row.append(element("th", "", name), element("td", "", whole(number)));
    if (stages.accepted) {
      const cell = element("td", "excuse", stages.excuses.map((excuse) => data.stages.excuses[excuse]).join("; "));
      cell.colSpan = STEPS.length;
      row.append(cell);
    } else row.append(...stages.answers.map(answerCell));
  }
  return [section("Stages"), table];
}

function answerCell(answer) {
  const cell = element("td", "", ANSWERS[answer]);
  cell.dataset.answer = ANSWERS[answer];
  return cell;
}

const ruleItemPlain = ruleItem;
ruleItem = (rule, ...rest) => {
  const item = ruleItemPlain(rule, ...rest);
  const own = standing.get(rule.index);
  if (own) {
    const words = [...STEPS, "fired"].filter((step) => own[step]).map((step) => `${step} ${ANSWERS[own[step]]}`);
    if (words.length) item.querySelector("p").after(element("p", "standing", words.join(", ")));
  }
  return item;
};

const listenPlain = listen;
listen = () => {
  listenPlain();
  byId("stages").addEventListener("click", () => toggle("byStage"));
};
