// What buttons and menus do.

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
    focusCell(owner.cells.find((cell) => cell.box && !cell.box.hidden)?.box);
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
