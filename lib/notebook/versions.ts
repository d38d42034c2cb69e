import { availableParallelism } from "node:os";
import { commit, processorName, versionOf } from "../core";
import { RichTable, table } from "./table";

const libraries = [
  "@tensorflow/tfjs-node-gpu",
  "node-llama-cpp",
  "@huggingface/transformers",
  "apache-arrow",
  "danfojs-node",
  "plotly.js",
];

/** What the notebook runs on: Node, kernel, its TypeScript, libraries, commit, machine. */
export function versions(): RichTable {
  const rows = [
    { part: "Node", version: process.version },
    { part: "tslab", version: versionOf("tslab") },
    { part: "TypeScript of the cells", version: versionOf("@tslab/typescript-for-tslab") },
    ...libraries.map((name) => ({ part: name, version: versionOf(name) })),
    { part: "commit", version: commit() },
    {
      part: "machine",
      version: `${process.platform} ${process.arch}, ${availableParallelism()} cores, ${processorName()}`,
    },
  ];
  return table(rows, { columns: ["part", "version"] });
}
