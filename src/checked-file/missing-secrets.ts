/**
 * Replaces secrets that are missing on this machine: a file of settings can be checked without
 * them.
 */
import { MissingVariable, secretText } from './setting-fields.ts';

/** A missing secret, and its place in the file. */
export interface MissingSecret {
  readonly path: readonly PropertyKey[];
  /** The reason: no such file, no permission, no such variable. */
  readonly message: string;
}

/** Substitutes for missing secrets that pass the checks: for a URL, and for others. */
const URL_STAND_IN = 'https://missing.invalid/';
const STAND_IN = '-'.repeat(64);

/**
 * Substitutes each `{file: …}` and `{env: …}` whose file or variable does not exist here or is not
 * readable.
 *
 * @param file the content of a file, not yet checked
 * @returns the content, otherwise unchanged, and the missing secrets
 */
export function withoutMissingSecrets(file: unknown): {
  readonly value: unknown;
  readonly missing: readonly MissingSecret[];
} {
  const missing: MissingSecret[] = [];
  const replaced = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((each, i) => replaced(each, [...path, i]));
    if (!isObject(value)) return value;
    const message = missingBecause(value);
    if (message !== undefined) {
      missing.push({ path, message });
      return path.at(-1) === 'url' ? URL_STAND_IN : STAND_IN;
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, replaced(each, [...path, key])]),
    );
  };
  return { value: replaced(file, []), missing };
}

/** The reason why a secret is missing; undefined if it exists, or if the object is not a secret. */
function missingBecause(value: Readonly<Record<string, unknown>>): string | undefined {
  const [key, ...more] = Object.keys(value);
  if (more.length > 0 || !(key === 'file' || key === 'env') || typeof value[key] !== 'string')
    return undefined;
  try {
    secretText(value);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = error instanceof MissingVariable || code === 'ENOENT' || code === 'EACCES';
    return isMissing ? message : undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
