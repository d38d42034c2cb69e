/** Red, green and blue of "#1A7FBF", 0..255. */
function channelsOf(colour: string): readonly [number, number, number] {
  if (!/^#[0-9a-f]{6}$/i.test(colour))
    throw new RangeError(`Cannot read colour "${colour}": it is not of form #1A7FBF`);
  const at = (place: number): number => Number.parseInt(colour.slice(place, place + 2), 16);
  return [at(1), at(3), at(5)];
}

/** Light of each channel, 0..1 (WCAG 2.2, relative luminance). */
function linearOf(colour: string): readonly number[] {
  return channelsOf(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
}

const weights = [0.2126, 0.7152, 0.0722];

/** Relative luminance of a colour, 0 (black) to 1 (white). */
export function luminanceOf(colour: string): number {
  return linearOf(colour).reduce((sum, light, c) => sum + weights[c]! * light, 0);
}

/**
 * Contrast of two colours, 1 to 21 (WCAG 2.2): text is easily read from 4.5, large text and marks from 3.
 *
 * @example contrastOf("#777777", "#FFFFFF") // 4.48
 */
export function contrastOf(a: string, b: string): number {
  const [dark, light] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

/** The luminance that stands out equally on white and on JupyterLab's dark page (#111111), a little on white's side. */
const middle = 0.183;

/** A colour's hue at the luminance that is read on a white and on a dark page: 4.5 to 1 and 4.2 to 1. */
export function legible(colour: string): string {
  const luminance = luminanceOf(colour);
  // Darker: less of the light; lighter: mixed with white.
  const mixed = linearOf(colour).map((light) =>
    luminance > middle ? (light * middle) / luminance : light + ((1 - light) * (middle - luminance)) / (1 - luminance),
  );
  return `#${mixed.map(hexOf).join("")}`;
}

function hexOf(light: number): string {
  const share = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
  return Math.round(255 * share)
    .toString(16)
    .padStart(2, "0")
    .toUpperCase();
}

/** Black or white, whichever is read better on this colour: 4.5 to 1 or more. */
export function inkOn(colour: string): string {
  return contrastOf("#000000", colour) > contrastOf("#FFFFFF", colour) ? "#000000" : "#FFFFFF";
}
