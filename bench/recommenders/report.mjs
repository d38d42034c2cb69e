/** The benchmark's result as Markdown. */
export function reportOf({ runs }) {
  const head = [
    "# Recommenders against PyTorch",
    "",
    "Made by `node bench/recommenders/run.mjs`. Base, width 32, batch 4096, recipe `reclm`; an epoch includes its negatives, a",
    "ranking the metrics of all test users. Authors: the formulae and loops of HKUDS/RecLM in PyTorch; vectorised: the same",
    "without loops. Seconds are the best of the alternated rounds; processor seconds (in brackets) hardly",
    "depend on what else the machine does, seconds do. Peak memory is the process's highest so far. Text vectors are seeded",
    "noise of the right size: seconds do not depend on the values. Sections of one thread show the growth with the pairs: linear for",
    "BiasMF and NCF; LightGCN propagates over all pairs in each batch, so its epoch grows with pairs times batches.",
    "",
  ];
  const bySize = [...runs].sort((a, b) => a.pairs - b.pairs || b.threads - a.threads);
  return `${[...head, ...bySize.flatMap(sectionOf)].join("\n").trimEnd()}\n`;
}

/** The paper's order. */
export const paperOrder = ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"];

/** A model's jobs stay as they were measured. */
const byModel = (a, b) => paperOrder.indexOf(a.model) - paperOrder.indexOf(b.model);

function sectionOf({ data, users, items, pairs, threads, machine, measured }) {
  const sides = [
    "reclm",
    ...new Set(measured.flatMap((entry) => Object.keys(entry.sides)).filter((s) => s !== "reclm")),
  ];
  const others = sides.slice(1);
  const titles = ["model", "job", ...sides, ...others.map((side) => `${side} / reclm`), "MB (reclm)"];
  const rows = [...measured].sort(byModel).map((entry) => {
    const best = (side, what) => (entry.sides[side] ? Math.min(...entry.sides[side][what]) : undefined);
    const cell = (side) =>
      entry.sides[side] ? `${best(side, "seconds").toFixed(2)} (${best(side, "cpu").toFixed(2)})` : "-";
    const ratio = (side, what) =>
      best(side, what) === undefined ? "-" : (best(side, what) / best("reclm", what)).toFixed(1);
    const ratios = others.map((side) =>
      entry.sides[side] ? `${ratio(side, "seconds")} (${ratio(side, "cpu")})` : "-",
    );
    return [entry.model, entry.job, ...sides.map(cell), ...ratios, String(entry.sides.reclm.peakMB)];
  });
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    `## ${data}: ${users} users, ${items} items, ${pairs} pairs, ${threads} thread${threads === 1 ? "" : "s"}`,
    "",
    `${machine.processor}, ${machine.cores} cores, Node ${machine.node}; ${madeFrom(measured)}.`,
    "",
    line(titles),
    line(titles.map(() => "---")),
    ...rows.map(line),
    "",
  ];
}

/** Cases may be measured at different times: all commits and days. */
function madeFrom(measured) {
  const different = (values) => [...new Set(values)].join(", ");
  const days = different(measured.map(({ date }) => date.slice(0, 10)));
  return `commits ${different(measured.map(({ commit }) => commit))}; ${days}`;
}
