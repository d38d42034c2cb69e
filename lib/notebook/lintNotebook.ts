import { NameRules } from "./lintNames";
import { findingsInCell, parsedCell } from "./lintRules";
import { sourceHash, type Notebook } from "./notebookFile";

/** What is wrong with a notebook; cell 0 stands for the notebook, line 0 for the whole cell. */
export interface NotebookFinding {
  /** Code cell, from 1. */
  readonly cell: number;
  readonly line: number;
  readonly reason: string;
}

/**
 * Finds in a notebook what passes the type check and then fails in tslab, and what the project's notebooks may not have:
 * long cells and functions, absolute paths, no `parameters` cell, outputs of other code, counts other than 1 to n.
 */
export function lintNotebook(notebook: Notebook): NotebookFinding[] {
  const cells = notebook.cells.filter((cell) => cell.kind === "code");
  const names = new NameRules();
  const findings: NotebookFinding[] = [];
  cells.forEach(({ source }, place) => {
    const parsed = parsedCell(source);
    for (const finding of [...findingsInCell(parsed), ...names.next(parsed, place + 1)]) {
      findings.push({ cell: place + 1, ...finding });
    }
  });
  const tagged = cells.filter((cell) => cell.tags.includes("parameters")).length;
  if (tagged !== 1)
    findings.push({ cell: 0, line: 0, reason: `${tagged} cells are tagged "parameters", there must be one` });
  return [...findings, ...executionFindings(notebook)];
}

/** Stored outputs must be those of the stored code, run once from top to bottom; a notebook that has not run passes. */
function executionFindings(notebook: Notebook): NotebookFinding[] {
  const cells = notebook.cells.filter((cell) => cell.kind === "code");
  const ran = cells.some((cell) => cell.executionCount !== null || cell.outputs.length > 0);
  if (!ran) return [];
  const findings: NotebookFinding[] = [];
  let expected = 0;
  cells.forEach((cell, place) => {
    if (cell.source.trim() === "") return;
    expected += 1;
    const report = (reason: string): void => void findings.push({ cell: place + 1, line: 0, reason });
    if (cell.executionCount !== expected)
      report(`its execution count is ${cell.executionCount ?? "absent"}, ${expected} expected`);
    if (cell.executedHash !== sourceHash(cell.source))
      report("its outputs were not made by the code that stands there; run the notebook again");
  });
  return findings;
}
