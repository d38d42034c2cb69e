import ts from "typescript";

/** What a rule found in a cell. */
export interface Finding {
  /** Line in the cell, from 1. */
  readonly line: number;
  readonly reason: string;
}

/** A parsed code cell. */
export type ParsedCell = ts.SourceFile;

/** ESM packages that wait while they load, which the kernel's `require` refuses. */
const esmOnly: readonly string[] = ["node-llama-cpp"];
const longestCell = 25;
const longestFunction = 10;

/** Parses a cell's source; syntax errors are left to the kernel. */
export function parsedCell(source: string): ParsedCell {
  return ts.createSourceFile("cell.ts", source, ts.ScriptTarget.ES2022, true);
}

/** Rules that look at one cell only. */
export function findingsInCell(cell: ParsedCell): Finding[] {
  return [...lengthOf(cell), ...visited(cell, (node) => reasonsOf(node, cell)), ...awaitBrackets(cell)];
}

function lengthOf(cell: ParsedCell): Finding[] {
  const lines = cell.text.trimEnd().split("\n").length;
  return lines > longestCell
    ? [
        {
          line: longestCell + 1,
          reason: `the cell has ${lines} lines, at most ${longestCell} are allowed; move logic to lib/`,
        },
      ]
    : [];
}

function reasonsOf(node: ts.Node, cell: ParsedCell): string[] {
  if (ts.isForOfStatement(node) && node.awaitModifier && !insideFunction(node)) {
    return ["top-level `for await` fails in tslab; put the loop into a library function"];
  }
  const module = importedModule(node);
  if (module !== undefined && esmOnly.includes(module)) {
    return [`"${module}" is an ES module that tslab cannot load; use \`import type\` or a function of reclm/llm`];
  }
  if (ts.isStringLiteralLike(node) && isAbsolutePath(node.text)) {
    return [`"${node.text}" is an absolute path; write paths relative to the notebook`];
  }
  if (ts.isFunctionLike(node) && "body" in node && node.body !== undefined) {
    const lines = lineOf(node.end, cell) - lineOf(node.getStart(), cell) + 1;
    if (lines > longestFunction)
      return [`a function of ${lines} lines, at most ${longestFunction} are allowed; move it to lib/`];
  }
  return [];
}

/** The kernel treats `await (` as a call of a function named await. */
function awaitBrackets(cell: ParsedCell): Finding[] {
  const findings: Finding[] = [];
  const note = (node: ts.Node): void => {
    findings.push({
      line: lineOf(node.getStart(), cell),
      reason: "`await (` fails in tslab; name the promise first, then await it",
    });
  };
  const visit = (node: ts.Node): void => {
    if (
      !insideFunction(node) &&
      /^await\s*\(/.test(node.getText()) &&
      (ts.isAwaitExpression(node) || isCallOfAwait(node))
    )
      note(node);
    else ts.forEachChild(node, visit);
  };
  visit(cell);
  return findings;
}

function isCallOfAwait(node: ts.Node): boolean {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "await";
}

function importedModule(node: ts.Node): string | undefined {
  if (
    ts.isImportDeclaration(node) &&
    node.importClause?.isTypeOnly !== true &&
    ts.isStringLiteral(node.moduleSpecifier)
  ) {
    return node.moduleSpecifier.text;
  }
  const isImportCall = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "require";
  const argument = isImportCall || isRequire ? node.arguments[0] : undefined;
  return argument && ts.isStringLiteral(argument) ? argument.text : undefined;
}

function isAbsolutePath(text: string): boolean {
  return /^(\/[\w.-]+){2,}\/?$/.test(text) || /^(~\/|[A-Za-z]:[\\/]|file:\/\/\/)/.test(text);
}

/** Findings of each node, outermost first. */
export function visited(cell: ParsedCell, reasons: (node: ts.Node) => readonly string[]): Finding[] {
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    for (const reason of reasons(node)) findings.push({ line: lineOf(node.getStart(), cell), reason });
    ts.forEachChild(node, visit);
  };
  visit(cell);
  return findings;
}

/** Line of a position, from 1. */
export function lineOf(position: number, cell: ParsedCell): number {
  return cell.getLineAndCharacterOfPosition(position).line + 1;
}

/** Whether a node stands inside a function or method of the cell. */
export function insideFunction(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) if (ts.isFunctionLike(at)) return true;
  return false;
}
