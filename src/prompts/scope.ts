import type { MacroDefinition } from "./syntax.ts";
import type { Value } from "./value.ts";

/** Variables and macros at one place of a template: a loop body, a macro, or the template itself. */
export interface Scope {
  readonly variables: Map<string, Value>;
  readonly macros: Map<string, BoundMacro>;
  readonly parent: Scope | undefined;
  /** A macro's own scope: assignments stay inside. */
  readonly isolated: boolean;
}

/** A macro with the scope that it sees. */
export interface BoundMacro {
  readonly macro: MacroDefinition;
  readonly scope: Scope;
}

export const newScope = (parent?: Scope, isolated = false): Scope => ({
  variables: new Map(),
  macros: new Map(),
  parent,
  isolated,
});

/** The innermost scope that has a variable of this name. */
export function scopeWith(scope: Scope | undefined, name: string): Scope | undefined {
  for (let current = scope; current; current = current.parent)
    if (current.variables.has(name)) return current;
  return undefined;
}

export function findMacro(scope: Scope | undefined, name: string): BoundMacro | undefined {
  for (let current = scope; current; current = current.parent) {
    const macro = current.macros.get(name);
    if (macro) return macro;
  }
  return undefined;
}

/** `{% set %}`: changes the variable in its own scope (so that a loop can count), or creates one here. */
export function setVariable(scope: Scope, name: string, value: Value): void {
  for (
    let current: Scope | undefined = scope;
    current;
    current = current.isolated ? undefined : current.parent
  ) {
    if (current.variables.has(name)) {
      current.variables.set(name, value);
      return;
    }
  }
  scope.variables.set(name, value);
}
