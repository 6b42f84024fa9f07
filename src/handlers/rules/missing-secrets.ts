/**
 * Replaces secrets that are missing on this machine: a file of rules can be checked without them.
 */
import { MissingVariable, secretText } from './rule-fields.ts';

/** A missing secret, and its place in the file. */
export interface MissingSecret {
  readonly path: readonly PropertyKey[];
  /** The reason: no such file, no permission, no such variable. */
  readonly message: string;
}

/** Substitute for a missing secret: long enough to pass the check. It signs nothing. */
const STAND_IN = '-'.repeat(64);

/**
 * Substitutes each secret whose file or variable does not exist here or is not readable.
 *
 * @param file the content of a file of rules, not yet checked
 * @returns the content, otherwise unchanged, and the missing secrets
 */
export function withoutMissingSecrets(file: unknown): {
  readonly value: unknown;
  readonly missing: readonly MissingSecret[];
} {
  const missing: MissingSecret[] = [];
  if (!isObject(file) || !Array.isArray(file['rules'])) return { value: file, missing };
  const rules = file['rules'].map((rule: unknown, i) => {
    const webhook = isObject(rule) ? rule['webhook'] : undefined;
    if (!isObject(rule) || !isObject(webhook)) return rule;
    const message = missingBecause(webhook['secret']);
    if (message === undefined) return rule;
    missing.push({ path: ['rules', i, 'webhook', 'secret'], message });
    return { ...rule, webhook: { ...webhook, secret: STAND_IN } };
  });
  return { value: { ...file, rules }, missing };
}

function missingBecause(secret: unknown): string | undefined {
  if (!isObject(secret)) return undefined;
  try {
    secretText(secret);
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
