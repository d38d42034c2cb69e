import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { articleFirst, readRecBole, titleAndYear } from "reclm/data";
import { plainTitle } from "reclm/prompts";

test("a trailing article goes to the front, also before a translation; other commas stay", () => {
  const titles = {
    "Ice Storm, The": "The Ice Storm",
    "Postino, Il": "Il Postino",
    "Enfer, L'": "L'Enfer",
    "Good, The Bad and The Ugly, The": "The Good, The Bad and The Ugly",
    "City, The (Cité, La)": "The City (Cité, La)",
    "Hate (Haine, La)": "Hate (Haine, La)",
    "Paris, Texas": "Paris, Texas",
    "A, B": "A, B",
    "Theatre, Then": "Theatre, Then",
    "": "",
  };
  for (const [raw, shown] of Object.entries(titles)) {
    assert.equal(articleFirst(raw), shown);
    assert.equal(articleFirst(shown), shown, "twice is once");
  }
});

test("the year is the last bracket of four digits", () => {
  assert.deepEqual(titleAndYear("Toy Story (1995)"), { title: "Toy Story", year: "1995" });
  assert.deepEqual(titleAndYear("City, The (Cité, La) (1995) "), { title: "City, The (Cité, La)", year: "1995" });
  assert.deepEqual(titleAndYear("Blade Runner (2049) (2017)"), { title: "Blade Runner (2049)", year: "2017" });
  assert.deepEqual(titleAndYear("Babylon 5"), { title: "Babylon 5", year: "" });
  assert.deepEqual(titleAndYear("Fargo (2014-)"), { title: "Fargo (2014-)", year: "" });
});

const folder = join(process.cwd(), "data", "raw", "ml-100k");
const skip = existsSync(join(folder, "ml-100k.item")) ? false : "data/raw/ml-100k is absent: npm run setup fetches it";

test(
  "no title of MovieLens 100K ends in an article, and prompts show each as the catalogue has it",
  { skip },
  async () => {
    const { catalogue } = await readRecBole(folder);
    const items = catalogue.indices().map((index) => catalogue.item(index));
    assert.deepEqual(
      items.filter(({ title }) => /, (The|A|An|Le|La|Les|L'|Il|El|Der|Die|Das|Los|Las)( \(|$)/.test(title)),
      [],
    );
    assert.ok(items.some(({ title }) => title === "The Usual Suspects"));
    assert.deepEqual(
      items.map((item) => plainTitle(item)),
      items.map(({ title }) => title),
    );
  },
);
