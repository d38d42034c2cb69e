// Expected values: by hand from the files below, which have the form of the Netflix Prize's and MIND's.
import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { MissingInputError, prngOf, randomInt } from "reclm/core";
import { readMindNews, readNetflixPrize, snapshotSplit, type Interactions, type NetflixPrizeOptions } from "reclm/data";
import { folderWith, itemsOf, refusedAt } from "./folder";
import { pairsOf } from "./toy";

const years = { first: { from: "2004-01-01", to: "2004-12-31" }, second: { from: "2005-01-01", to: "2005-12-31" } };

// Customer 9 has no rating of 2005, customer 40 none of 2004; film 3 has ratings of neither year's users.
const part1 = `1:
7,5,2004-02-01
100,3,2005-12-31
9,4,2004-03-01
2:
100,1,2004-12-31
7,2,2005-01-01
7,4,2003-12-31
3:
40,5,2005-06-01
`;
const part2 = `30:\r\n7,4,2004-01-01\r\n100,5,2004-01-01\r\n100,5,2006-01-01\r\n17770:\r\n7,3,2005-03-03`;
const titles = Buffer.from(
  "1,2003,Dinosaur Planet\n2,2004,Isle, The: Part II\n30,NULL,Am\xe9lie\n3,1997,Character\n",
  "latin1",
);

/** "user id:item id day", in the order of the rows. */
function told({ users, items, times, userIds, itemIds }: Interactions): readonly string[] {
  return Array.from(users, (user, row) => {
    const day = new Date(times![row]! * 1000).toISOString().slice(0, 10);
    return `${userIds[user]}:${itemIds[items[row]!]} ${day}`;
  });
}

async function netflix(
  folder: string,
  options: Partial<NetflixPrizeOptions> = {},
): Promise<Awaited<ReturnType<typeof readNetflixPrize>>> {
  const ratings = [join(folder, "1.txt"), join(folder, "2.txt")];
  return readNetflixPrize({ ratings, titles: join(folder, "titles.csv"), periods: years, ...options });
}

test("Netflix Prize: two years, users of both, in order of time; numbers in order, not in order of text", async (context) => {
  const folder = await folderWith(context, { "1.txt": part1, "2.txt": part2, "titles.csv": titles });
  const { first, second, catalogue, notes } = await netflix(folder);
  assert.deepEqual(first.userIds, ["7", "100"]);
  assert.deepEqual(first.itemIds, ["1", "2", "30", "17770"]);
  assert.deepEqual(told(first), ["7:30 2004-01-01", "100:30 2004-01-01", "7:1 2004-02-01", "100:2 2004-12-31"]);
  assert.deepEqual(told(second), ["7:2 2005-01-01", "7:17770 2005-03-03", "100:1 2005-12-31"]);
  assert.deepEqual([...first.ratings!], [4, 5, 5, 1]);
  assert.deepEqual([...second.ratings!], [2, 3, 3]);
  assert.deepEqual(itemsOf({ name: "", interactions: first, catalogue, notes }), [
    { id: "1", title: "Dinosaur Planet", categories: [], year: 2003 },
    { id: "2", title: "Isle, The: Part II", categories: [], year: 2004 },
    { id: "30", title: "Amélie", categories: [] },
    { id: "17770", title: "Film 17770", categories: [] },
  ]);
  assert.match(notes.join("; "), /2004-01-01 to 2004-12-31, then 2005.*1 films without a title/);
  const split = snapshotSplit(first, second);
  assert.deepEqual(pairsOf(split.train), ["0:0", "0:2", "1:1", "1:2"]);
  assert.deepEqual([...split.coldItems], [3]);
});

test("Netflix Prize: ratings below the least are left out, and users who then have too few", async (context) => {
  const folder = await folderWith(context, { "1.txt": part1, "2.txt": part2, "titles.csv": titles });
  const liked = await netflix(folder, { minRating: 3 });
  assert.deepEqual(told(liked.first), ["7:30 2004-01-01", "100:30 2004-01-01", "7:1 2004-02-01"]);
  const busy = await netflix(folder, { minSecond: 2 });
  assert.deepEqual(busy.first.userIds, ["7"]);
  await assert.rejects(netflix(folder, { minFirst: 9 }), /no user has enough pairs in both periods/);
});

test("Netflix Prize: a bad row is named with file and line; so is a missing file", async (context) => {
  const folder = await folderWith(context, { "1.txt": part1, "2.txt": part2, "titles.csv": titles });
  const bad = async (name: string, text: string, line: number, reason: RegExp): Promise<void> => {
    await writeFile(join(folder, name), text);
    await refusedAt(folder, netflix(folder), { file: name, line, field: "row", reason });
    await writeFile(join(folder, name), name === "1.txt" ? part1 : part2);
  };
  await bad("1.txt", `7,5,2004-02-01\n${part1}`, 1, /a rating comes before the first film/);
  await bad("2.txt", `${part2}\nnonsense\n`, 7, /"nonsense" is neither/);
  await bad("2.txt", "4:\nx,5,2004-02-01\n", 2, /"x,5,2004-02-01" is neither/);
  await writeFile(join(folder, "2.txt"), "4:\n5,many,2004-02-01\n");
  await assert.rejects(netflix(folder), /Cannot read .*2\.txt, line 2, field rating: /);
  await writeFile(join(folder, "2.txt"), "4:\n5,3,2004-02-31\n");
  await assert.rejects(netflix(folder), /Cannot read .*2\.txt, line 2, field date: /);
  const missing = netflix(folder, { ratings: [join(folder, "3.txt")] });
  await assert.rejects(missing, (error: unknown) => error instanceof MissingInputError && /3\.txt/.test(error.message));
  await writeFile(join(folder, "titles.csv"), "1,2003\n");
  await refusedAt(folder, netflix(folder), { file: "titles.csv", line: 1, field: "title", reason: /empty/ });
});

test("periods: dates, order, overlap", async (context) => {
  const folder = await folderWith(context, { "1.txt": part1, "2.txt": part2, "titles.csv": titles });
  const period = (from: string, to: string, next: string): Promise<unknown> =>
    netflix(folder, { periods: { first: { from, to }, second: { from: next, to: "2006-01-01" } } });
  await assert.rejects(period("2004-02-30", "2004-12-31", "2005-01-01"), /Cannot use "2004-02-30" as a date/);
  await assert.rejects(period("2004-12-31", "2004-01-01", "2005-01-01"), /it ends before it begins/);
  await assert.rejects(period("2004-01-01", "2005-01-01", "2005-01-01"), /the first period goes on to 2005-01-01/);
});

test("paths may hold what DuckDB takes for patterns and quotes; its own folder is gone afterwards", async (context) => {
  const folder = join(await folderWith(context, {}), "it's [1] * ?");
  const workFolder = await folderWith(context, {});
  await mkdir(folder);
  for (const [name, text] of [
    ["1.txt", part1],
    ["2.txt", part2],
    ["titles.csv", titles],
  ] as const) {
    await writeFile(join(folder, name), text);
  }
  const { first } = await netflix(folder, { workFolder, memoryMb: 64, threads: 1 });
  assert.equal(first.users.length, 4);
  assert.deepEqual(await readdir(workFolder), []);
});

test("Netflix Prize: 200,000 random ratings in 64 MB equal a plain count; progress is told, and an interrupt ends it", async (context) => {
  const prng = prngOf(3, "netflix");
  const films: string[] = [];
  const seen = new Map<string, Set<string>>([
    ["2004", new Set()],
    ["2005", new Set()],
  ]);
  for (let film = 1; film <= 200; film++) {
    films.push(`${film}:`);
    for (let n = 0; n < 1000; n++) {
      const [customer, year] = [randomInt(prng, 20_000), 2003 + randomInt(prng, 3)];
      films.push(`${customer},${1 + randomInt(prng, 5)},${year}-0${1 + randomInt(prng, 9)}-10`);
      seen.get(String(year))?.add(`${customer}:${film}`);
    }
  }
  const folder = await folderWith(context, { "1.txt": films.join("\n"), "2.txt": "500:\n", "titles.csv": titles });
  const usersOf = (year: string): ReadonlySet<string> =>
    new Set([...seen.get(year)!].map((pair) => pair.split(":")[0]!));
  const [before, after] = [usersOf("2004"), usersOf("2005")];
  const labels = new Set<string>();
  const options = {
    ratings: [join(folder, "1.txt"), join(folder, "2.txt")],
    titles: join(folder, "titles.csv"),
    periods: years,
    memoryMb: 64,
  };
  const { first, second } = await readNetflixPrize(options, { progress: ({ label }) => labels.add(label) });
  for (const [snapshot, year] of [
    [first, "2004"],
    [second, "2005"],
  ] as const) {
    const expected = [...seen.get(year)!].filter((pair) => {
      const user = pair.split(":")[0]!;
      return before.has(user) && after.has(user);
    });
    assert.deepEqual(
      told(snapshot)
        .map((pair) => pair.split(" ")[0]!)
        .sort(),
      expected.sort(),
    );
    assert.ok(snapshot.times!.every((time, row) => row === 0 || time >= snapshot.times![row - 1]!));
  }
  assert.ok(labels.has("ratings") && labels.has("snapshot 2"));
  const stop = new AbortController();
  const stopped = readNetflixPrize(options, { signal: stop.signal, progress: () => stop.abort(new Error("enough")) });
  await assert.rejects(stopped, /enough/);
});

const behaviors = [
  "1\tU9\t11/9/2019 9:05:58 AM\tN7 N8\tN1-1 N2-0 N3-1",
  "2\tU10\t11/9/2019 11:59:59 PM\t\tN2-1",
  "3\tU9\t11/10/2019 12:00:00 AM\tN7\tN1-1 N4-1",
  "4\tU10\t11/10/2019 1:00:00 PM\tN7\tN4-0 N5-1",
  '5\tU8\t11/10/2019 2:00:00 PM\tN7\tN1-1 N"6-1',
  "6\tU9\t11/9/2019 8:00:00 AM\tN7\tN3-1",
  "7\tU9\t11/11/2019 8:00:00 AM\tN7\tN6-1",
].join("\n");
const news = [
  'N1\tsports\tgolf\tOne "quoted"\tAn abstract.\thttps://x\t[]\t[]',
  "N2\tnews\t\tTwo\t\t\t\t",
  "N3\ttv\tlate\tThree\tc\t\t\t",
  "N4\ttv\tlate\tFour\td\t\t\t",
  "N5\ttv\tlate\tFive\te\t\t\t",
  "N6\ttv\tlate\tSix\tf\t\t\t",
].join("\n");

test("MIND: clicks of two days, at their first time; users of both days", async (context) => {
  const folder = await folderWith(context, { "behaviors.tsv": behaviors, "news.tsv": news });
  const files = { behaviors: [join(folder, "behaviors.tsv")], news: [join(folder, "news.tsv")] };
  const { first, second, catalogue, notes } = await readMindNews({ ...files, days: ["2019-11-09", "2019-11-10"] });
  assert.deepEqual(first.userIds, ["U10", "U9"]);
  assert.deepEqual(first.itemIds, ["N1", "N2", "N3", "N4", "N5"]);
  assert.deepEqual(told(first), ["U9:N3 2019-11-09", "U9:N1 2019-11-09", "U10:N2 2019-11-09"]);
  assert.deepEqual(told(second), ["U9:N1 2019-11-10", "U9:N4 2019-11-10", "U10:N5 2019-11-10"]);
  assert.equal(first.times![0], Date.UTC(2019, 10, 9, 8) / 1000);
  assert.equal(first.ratings, undefined);
  assert.deepEqual(itemsOf({ name: "", interactions: first, catalogue, notes }).slice(0, 2), [
    { id: "N1", title: 'One "quoted"', categories: ["sports", "golf"], abstract: "An abstract." },
    { id: "N2", title: "Two", categories: ["news"] },
  ]);
  // Both parts may be given, each news then stands in both files.
  const twice = { behaviors: files.behaviors, news: [...files.news, ...files.news] };
  assert.equal((await readMindNews({ ...twice, days: ["2019-11-09", "2019-11-10"] })).catalogue.size, 5);
});

test("MIND: bad rows, hidden clicks and unknown news are named", async (context) => {
  const folder = await folderWith(context, { "news.tsv": news });
  const read = (text: string, days: readonly [string, string] = ["2019-11-09", "2019-11-10"]): Promise<unknown> =>
    writeFile(join(folder, "behaviors.tsv"), text).then(() =>
      readMindNews({ behaviors: [join(folder, "behaviors.tsv")], news: [join(folder, "news.tsv")], days }),
    );
  const at = (text: string, line: number, field: string, reason: RegExp): Promise<void> =>
    refusedAt(folder, read(text), { file: "behaviors.tsv", line, field, reason });
  await at(behaviors.replace("N4-0 N5-1", "N4 N5"), 4, "impressions", /hides its clicks/);
  await at(behaviors.replace("11/9/2019 11:59:59 PM", "2019-11-09"), 2, "time", /not like 11\/9\/2019/);
  await at(behaviors.replace("\tU10\t", "\t\t"), 2, "user", /empty/);
  await assert.rejects(read(`${behaviors}\n8\tU9\n`), /Cannot read .*behaviors\.tsv, line 8, field .*: /);
  await assert.rejects(read(behaviors.replaceAll("N2-1", "N99-1")), /Cannot find the title of news N99/);
  await assert.rejects(read(behaviors, ["2019-11-09", "2019-11-09"]), /the first period goes on to 2019-11-09/);
});
