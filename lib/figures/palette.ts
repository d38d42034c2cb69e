/** Okabe and Ito's palette (2008), told apart with every common colour blindness; its blue a little lighter, to be read on a dark page; black and yellow are left out, since they vanish on dark and light. */
export const palette = {
  blue: "#1A7FBF",
  orange: "#E69F00",
  green: "#009E73",
  purple: "#CC79A7",
  vermillion: "#D55E00",
  sky: "#56B4E9",
  grey: "#8A8A8A",
} as const;

/** Text and axes: 4.5 to 1 against white, 4.2 to 1 against JupyterLab's dark page. */
export const ink = "#777777";
/** Grid lines: faint on both. */
export const gridColour = "rgba(127,127,127,0.22)";
/** What the PNG is drawn with, and a face of the same widths where DejaVu is not installed. */
export const fontFamily = "DejaVu Sans, Verdana, sans-serif";

/** The paper's order of recommenders. */
export const recommenderOrder: readonly string[] = ["BiasMF", "NCF", "LightGCN", "SGL", "SimGCL"];

/** The order in which variants stand in every table and figure: Base first, ours next, controls last. */
export const variantOrder: readonly string[] = Object.freeze([
  "Base",
  "Augmented",
  "LLMRec-style",
  "GPT_KD",
  "Naive",
  "Mask",
  "RecLM",
  "Teacher",
  "Shuffled",
  "Constant",
  "teacher without the LLM",
  "history-mean text",
  "users shuffled",
  "items shuffled",
  "one constant profile",
  "oracle users",
  "oracle items",
]);

const ownColours: Readonly<Record<string, string>> = {
  BiasMF: palette.blue,
  NCF: palette.orange,
  LightGCN: palette.green,
  SGL: palette.purple,
  SimGCL: palette.vermillion,
  Base: palette.grey,
  Untuned: palette.grey,
  Augmented: palette.blue,
  RecLM: palette.blue,
  "RecLM 2": palette.purple,
  "RecLM 3": palette.vermillion,
  GPT_KD: palette.orange,
  KD: palette.orange,
  Naive: palette.sky,
  "LLMRec-style": palette.purple,
  Mask: palette.green,
  Teacher: palette.purple,
  Shuffled: palette.vermillion,
  Constant: palette.orange,
  "teacher without the LLM": palette.purple,
  "history-mean text": palette.sky,
  "users shuffled": palette.vermillion,
  "items shuffled": palette.blue,
  "one constant profile": palette.orange,
  "oracle users": palette.grey,
  "oracle items": palette.grey,
  train: palette.blue,
  validation: palette.orange,
  test: palette.vermillion,
  chosen: palette.green,
  rejected: palette.vermillion,
};

const rotation = [palette.blue, palette.orange, palette.green, palette.purple, palette.vermillion, palette.sky];

/** The colour that belongs to a recommender, variant or part, by name (case of the first letter aside); others by their place. */
export function colourOf(name: string, place: number): string {
  const writer = /^Augmented \((.+)\)$/.exec(name)?.[1];
  if (writer !== undefined) return ownColours[writer] ?? ownColours["Augmented"]!;
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  return ownColours[name] ?? ownColours[capital] ?? rotation[place % rotation.length]!;
}

/** plotly's symbol of a variant: filled for Base and written profiles, open for what stands in their place, diamonds for oracles. */
export function symbolOf(variant: string): string {
  if (variant === "oracle items") return "diamond";
  if (variant === "oracle users") return "diamond-open";
  if (variant === "Base") return "square";
  return controls.has(variant) ? "circle-open" : "circle";
}

const controls: ReadonlySet<string> = new Set([
  "Shuffled",
  "Constant",
  "history-mean text",
  "users shuffled",
  "items shuffled",
  "one constant profile",
]);

/** Names in house order; those not in the order keep their own, at the end. */
export function ordered(names: Iterable<string>, order: readonly string[]): string[] {
  const rank = (name: string): number => {
    const place = order.indexOf(name.replace(/^Augmented \(.+\)$/, "Augmented"));
    return place >= 0 ? place : order.length;
  };
  return [...new Set(names)].sort((a, b) => rank(a) - rank(b));
}

/** A palette colour at the given opacity, 0..1. */
export function faded(colour: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return `rgba(${r},${g},${b},${opacity})`;
}
