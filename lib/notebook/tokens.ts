import { htmlText, tint } from "./html";
import type { MimeBundle } from "./kernel";

/** A piece of text with what is said of it. */
export interface TokenPiece {
  readonly text: string;
  /** 1 where the loss is taken. */
  readonly mask?: number;
  /** A signed number, an advantage say; blue above zero, orange below, the strongest piece the deepest. */
  readonly weight?: number;
  /** Where a term comes from: tinted blue, orange or grey, and marked in plain text. */
  readonly source?: "own" | "neighbour" | "neither";
  /** Hover text. */
  readonly title?: string;
}

const kept = [0, 158, 115] as const;
const above = [26, 127, 191] as const;
const below = [230, 159, 0] as const;
const ofSource = { own: above, neighbour: below, neither: [138, 138, 138] } as const;
const plainMarks = { own: ["", ""], neighbour: ["~", "~"], neither: ["?", "?"] } as const;

/** The pieces as tinted HTML, text colour left to the page, so that light and dark themes both read. */
export function tokensBundle(pieces: readonly TokenPiece[]): MimeBundle {
  const strongest = Math.max(...pieces.map((piece) => Math.abs(piece.weight ?? 0)), 0) || 1;
  const spans = pieces.map((piece) => spanOf(piece, strongest));
  return {
    "text/html": `<div style="white-space:pre-wrap;line-height:1.7;font-family:var(--jp-code-font-family,monospace)">${spans.join("")}</div>`,
    "text/plain": plainOf(pieces),
  };
}

function spanOf(piece: TokenPiece, strongest: number): string {
  const styles: string[] = [];
  if (piece.weight !== undefined) {
    const strength = 0.65 * (Math.abs(piece.weight) / strongest);
    styles.push(`background:${tint(piece.weight >= 0 ? above : below, strength)}`);
  } else if (piece.source !== undefined) {
    const colour = ofSource[piece.source];
    styles.push(`background:${tint(colour, 0.3)}`, `box-shadow:inset 0 -2px ${tint(colour, 1)}`);
  } else if (piece.mask !== undefined) {
    if (piece.mask > 0) styles.push(`background:${tint(kept, 0.32)}`, `box-shadow:inset 0 -2px ${tint(kept, 1)}`);
    else styles.push("opacity:0.72");
  }
  const title = piece.title === undefined ? "" : ` title="${htmlText(piece.title)}"`;
  return `<span style="${styles.join(";")}"${title}>${htmlText(piece.text)}</span>`;
}

/** What the mask keeps stands in double square brackets, a neighbour's term in ~, one of neither source in ?. */
function plainOf(pieces: readonly TokenPiece[]): string {
  let text = "";
  let open = false;
  for (const piece of pieces) {
    const keep = (piece.mask ?? 0) > 0;
    if (keep !== open) text += keep ? "⟦" : "⟧";
    open = keep;
    const [before, after] = piece.source ? plainMarks[piece.source] : ["", ""];
    text += before + piece.text + after;
  }
  return open ? `${text}⟧` : text;
}
