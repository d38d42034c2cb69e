// Sets up this clone: packages, JupyterLab, TensorFlow, the library, models and data. Every other command does it first.
import { setUpOrExit } from "./setup/setUp.mjs";

const started = Date.now();
await setUpOrExit();
console.log(
  `Everything is in place (${((Date.now() - started) / 1000).toFixed(1)} s). Next: npm run reproduce, or npm start.`,
);
