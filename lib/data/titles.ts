/**
 * A title with its trailing article in front, also before a translation in brackets; other titles are returned as they are.
 * Importers apply it once, so that item texts and prompts show one form.
 *
 * @example articleFirst("Promise, The (Versprechen, Das)") // "The Promise (Versprechen, Das)"
 */
export function articleFirst(title: string): string {
  const parts = /^(.*?), (The|A|An|Le|La|Les|L'|Il|El|Der|Die|Das|Los|Las)(\s*\(.*\))?$/.exec(title);
  if (!parts) return title;
  const [, name, article, rest = ""] = parts;
  return `${article}${article!.endsWith("'") ? "" : " "}${name}${rest}`;
}

/**
 * A title and the four-digit year in brackets at its end; `year` is empty where there is none.
 *
 * @example titleAndYear("Toy Story (1995)") // { title: "Toy Story", year: "1995" }
 */
export function titleAndYear(text: string): { readonly title: string; readonly year: string } {
  const dated = /^(.*?)\s*\((\d{4})\)\s*$/.exec(text);
  return dated ? { title: dated[1]!, year: dated[2]! } : { title: text, year: "" };
}
