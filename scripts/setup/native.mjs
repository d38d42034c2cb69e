import { join } from "node:path";
import { paths, root } from "./project.mjs";

const lib = join(root, "lib");

/** Folder of what every addon includes. */
export const sharedNative = join(lib, "core", "native");

/** By numbers in a vector, what the processor must know. */
export const widths = { 4: [], 8: ["-mavx2", "-mfma"], 16: ["-mavx512f", "-mprefer-vector-width=512"] };

/** What is compiled for each width: where it lies below lib and lib/dist, with the headers of others that it includes. */
export const addons = [
  { name: "recommenders/kernels/kernels", flags: [], headers: [] },
  {
    name: "llm/transformer/attention",
    flags: [
      ...[`-L${paths.tensorflow}`, "-l:libtensorflow_framework.so.2"],
      // From the addon to TensorFlow, so that the clone may be moved.
      "-Wl,-rpath,$ORIGIN/../../../../.cache/libtensorflow",
    ],
    headers: [join(paths.tensorflow, "include")],
  },
];

/** The file of an addon for vectors of `lanes` numbers. */
export function nativeTarget(name, lanes) {
  return join(lib, "dist", `${name}-${lanes}.node`);
}

/** The files of all addons for all widths. */
export const nativeTargets = addons.flatMap(({ name }) =>
  Object.keys(widths).map((lanes) => nativeTarget(name, lanes)),
);
