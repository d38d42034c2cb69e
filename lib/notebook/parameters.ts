import { readFileSync } from "node:fs";
import { messageOf } from "../core";

type Parameter = string | number | boolean;

/**
 * A notebook's parameters: the defaults written in its cell, with the values that the runner gives over them.
 *
 * Values come as JSON in the environment variable RECLM_PARAMETERS, or from the file it names after an "@". Unknown names
 * and values of another type are refused.
 *
 * @example const settings = parameters({ preset: "quick", seed: 1 });
 */
export function parameters<T extends Readonly<Record<string, Parameter>>>(
  defaults: T,
  given: string | undefined = process.env["RECLM_PARAMETERS"],
): { -readonly [K in keyof T]: T[K] extends string ? string : T[K] extends number ? number : boolean } {
  const merged: Record<string, Parameter> = { ...defaults };
  for (const [name, value] of Object.entries(given === undefined || given === "" ? {} : overridesOf(given))) {
    if (!Object.hasOwn(defaults, name)) {
      throw new RangeError(`Cannot set parameter "${name}": this notebook has ${Object.keys(defaults).join(", ")}`);
    }
    if (typeof value !== typeof defaults[name]) {
      throw new TypeError(
        `Cannot set parameter "${name}" to ${JSON.stringify(value)}: it must be a ${typeof defaults[name]}`,
      );
    }
    merged[name] = value as Parameter;
  }
  return merged as ReturnType<typeof parameters<T>>;
}

function overridesOf(given: string): Readonly<Record<string, unknown>> {
  const text = given.startsWith("@") ? readFileSync(given.slice(1), "utf8") : given;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read RECLM_PARAMETERS: ${messageOf(error)}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("Cannot read RECLM_PARAMETERS: it must be a JSON object");
  }
  return value as Readonly<Record<string, unknown>>;
}
