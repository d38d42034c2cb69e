// npm run reproduce [-- options]: sets up, then runs the experiment's command line; Ctrl-C stops it after the current step.
import { join } from "node:path";
import { runInForeground } from "./setup/foreground.mjs";
import { root } from "./setup/project.mjs";
import { setUpOrExit } from "./setup/setUp.mjs";

await setUpOrExit();
const cli = join(root, "lib", "dist", "notebook", "reproduceCli.js");
process.exitCode = await runInForeground(process.execPath, [cli, ...process.argv.slice(2)], { cwd: root });
