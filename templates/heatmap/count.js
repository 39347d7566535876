// Every number, by the definitions of detcov.analysis.coverage.

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
      && (!state.source.size || meets(state.source, rule.sources));
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
  for (const [index, , ...only] of technique.claims) {
    const rule = rules[index];
    if (!rule.fits || (only.length && state.source.size && !meets(state.source, only))) continue;
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

// The rules drawn in a cell, stated and inferred, as the copies in the chosen sources draw it.
function drawnIn({ stated, inferred, copies }) {
  if (!copies || !state.source.size) return [stated, inferred];
  const by = (kind) => (index) => !copies.has(index) || meets(state.source, copies.get(index)[kind]);
  const here = stated.filter(by("stated"));
  const instead = stated.filter((index) => copies.has(index) && !here.includes(index));
  return [here, [...instead, ...inferred].filter(by("inferred"))];
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
    const [stated, inferred] = drawnIn(cell);
    cell.statedNow = counted(stated, cell.technique);
    cell.inferredNow = counted(inferred, cell.technique);
    tactic.techniques += 1;
    if (cell.statedNow) tactic.covered += 1;
    else if (cell.inferredNow) tactic.inferredOnly += 1;
    if (cell.technique.matches) tactic.shown += 1;
  }
}
