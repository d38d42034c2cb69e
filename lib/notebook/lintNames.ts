import ts from "typescript";
import { insideFunction, lineOf, visited, type Finding, type ParsedCell } from "./lintRules";

/**
 * Rules that look at names across cells.
 *
 * tslab keeps each top-level name as a property of a shared object. Two things that are right in TypeScript go wrong
 * there: `{ name }` with a name of an earlier cell (or any imported one) is left as it stands and is not defined when it
 * runs; and a closure keeps reading the variable of its own cell after a later cell assigned another value.
 */
export class NameRules {
  /** Names that earlier cells declared or imported. */
  private readonly declared = new Set<string>();
  /** Names that functions of earlier cells read, with the cell they stand in. */
  private readonly captured = new Map<string, number>();

  /** Findings of the next cell, `number` counting code cells from 1. */
  next(cell: ParsedCell, number: number): Finding[] {
    const own = declaredNames(cell.statements);
    const imported = importedNames(cell);
    const findings = [...this.shorthand(cell, own, imported), ...this.rebinding(cell, own)];
    for (const name of [...own, ...imported]) this.declared.add(name);
    for (const name of capturedNames(cell)) if (this.declared.has(name)) this.captured.set(name, number);
    return findings;
  }

  private shorthand(cell: ParsedCell, own: ReadonlySet<string>, imported: ReadonlySet<string>): Finding[] {
    return visited(cell, (node) => {
      if (!ts.isShorthandPropertyAssignment(node)) return [];
      const name = node.name.text;
      const foreign = imported.has(name) || (this.declared.has(name) && !own.has(name));
      if (!foreign || boundInside(node, name)) return [];
      return [
        `\`{ ${name} }\` is not defined when it runs, since ${name} comes from an earlier cell or an import; write \`${name}: ${name}\``,
      ];
    });
  }

  private rebinding(cell: ParsedCell, own: ReadonlySet<string>): Finding[] {
    const reason = (name: string): string =>
      `${name} gets a new value, but the function of cell ${this.captured.get(name)} that reads it keeps the old one; change a property of an object instead`;
    const assigned = visited(cell, (node) => {
      const name = assignedName(node);
      return name !== undefined && this.captured.has(name) && !own.has(name) && !boundInside(node, name)
        ? [reason(name)]
        : [];
    });
    const again = [...own].filter((name) => this.captured.has(name));
    return [...assigned, ...again.map((name) => ({ line: lineOfDeclaration(cell, name), reason: reason(name) }))];
  }
}

function declaredNames(statements: readonly ts.Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) bindings(name, names);
    }
    const named =
      ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement);
    if (named && statement.name) names.add(statement.name.text);
  }
  return names;
}

function bindings(name: ts.BindingName, into: Set<string>): void {
  if (ts.isIdentifier(name)) into.add(name.text);
  else for (const element of name.elements) if (ts.isBindingElement(element)) bindings(element.name, into);
}

function importedNames(cell: ParsedCell): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of cell.statements) {
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined;
    if (clause?.name) names.add(clause.name.text);
    if (clause?.namedBindings && ts.isNamespaceImport(clause.namedBindings)) names.add(clause.namedBindings.name.text);
    else if (clause?.namedBindings && ts.isNamedImports(clause.namedBindings)) {
      for (const { name } of clause.namedBindings.elements) names.add(name.text);
    }
  }
  return names;
}

/** Names that functions of the cell read and do not bind themselves. */
function capturedNames(cell: ParsedCell): ReadonlySet<string> {
  const names = new Set<string>();
  visited(cell, (node) => {
    if (ts.isIdentifier(node) && insideFunction(node) && isRead(node) && !boundInside(node, node.text))
      names.add(node.text);
    return [];
  });
  return names;
}

function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isTypeNode(parent) || ts.isParameter(parent) || ts.isBindingElement(parent)) return false;
  return !(ts.isVariableDeclaration(parent) && parent.name === node);
}

/** Whether a function around the node has a parameter or variable of that name. */
function boundInside(node: ts.Node, name: string): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (!ts.isFunctionLike(at) && !ts.isBlock(at)) continue;
    const names = new Set<string>();
    if (ts.isFunctionLike(at)) for (const parameter of at.parameters) bindings(parameter.name, names);
    if (ts.isBlock(at)) {
      for (const statement of at.statements) {
        if (ts.isVariableStatement(statement))
          for (const one of statement.declarationList.declarations) bindings(one.name, names);
      }
    }
    if (names.has(name)) return true;
  }
  return false;
}

function assignedName(node: ts.Node): string | undefined {
  if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left)) {
    const kind = node.operatorToken.kind;
    return kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment ? node.left.text : undefined;
  }
  const unary = ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node);
  const steps =
    unary && (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken);
  return steps && ts.isIdentifier(node.operand) ? node.operand.text : undefined;
}

function lineOfDeclaration(cell: ParsedCell, name: string): number {
  const statement = cell.statements.find((one) => declaredNames([one]).has(name));
  return statement ? lineOf(statement.getStart(), cell) : 1;
}
