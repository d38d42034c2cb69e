import { statSync } from "node:fs";
import { join } from "node:path";

/** What every build that changes something writes: the compiler's notes and the kernels. */
const kernels = join("recommenders", "kernels");
const written = [".tsbuildinfo", join(kernels, "kernels.wasm"), join(kernels, "kernels-4.node")];

/** Names the build that this process has loaded; taken while it loads, so that a later build has another name. */
export const libraryBuild: string = written
  .map((name) => statSync(join(__dirname, "..", "..", name), { throwIfNoEntry: false })?.mtimeMs ?? "absent")
  .join(", ");
