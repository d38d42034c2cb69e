/** Text made safe inside HTML. */
export function htmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** An rgba colour that tints a white page and a black one alike. */
export function tint(rgb: readonly [number, number, number], strength: number): string {
  return `rgba(${rgb.join(",")},${Number(strength.toFixed(3))})`;
}
