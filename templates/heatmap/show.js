// Which techniques match the filters, and which cells are visible.

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
