// Checks that lib's declarations compile as tslab's cells see them: TypeScript 5.0.4, not strict, resolution of Node 10.
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { filesBelow } from "./setup/hashing.mjs";
import { root } from "./setup/project.mjs";

const ts = createRequire(import.meta.url)("@tslab/typescript-for-tslab");
const dist = join(root, "lib", "dist");
const declarations = filesBelow(dist, (name) => /(\/|\.d\.ts)$/.test(name)).map((name) => join(dist, name));
const program = ts.createProgram(declarations, {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  strict: false,
  noEmit: true,
  types: ["node"],
  typeRoots: [join(root, "node_modules", "@types")],
});

const files = declarations.map((path) => program.getSourceFile(path));
const problems = files.flatMap((file) => [
  ...program.getSyntacticDiagnostics(file),
  ...program.getSemanticDiagnostics(file),
]);
for (const { file, start, messageText } of problems) {
  const { line, character } = file.getLineAndCharacterOfPosition(start);
  const text = ts.flattenDiagnosticMessageText(messageText, "\n");
  console.error(`${relative(root, file.fileName)}:${line + 1}:${character + 1}: ${text}`);
}
if (problems.length > 0 || files.length === 0) process.exitCode = 1;
else console.log(`${files.length} declaration files compile under TypeScript ${ts.version}, not strict.`);
