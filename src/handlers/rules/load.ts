/** Reads a file of rules, and reports every problem with its line. */
import { checkFile, type FileKind, parseChecked, readChecked } from '../../checked-file/checked-file.ts';
import { RulesError } from './error.ts';
import type { Rule } from './rule.ts';
import { rulesFile } from './rule-schema.ts';

const KIND: FileKind<{ readonly rules: readonly Rule[] }> = {
  schema: rulesFile,
  error: (file, problems) => new RulesError(file, problems),
};

/**
 * Reads a file of rules.
 *
 * @throws RulesError if the file cannot be read or is invalid
 */
export function readRules(file: string): readonly Rule[] {
  return readChecked(file, KIND).rules;
}

/** Checked rules, and the secrets that a daemon still needs to run them. */
export interface Checked {
  readonly rules: readonly Rule[];
  /** A line for each secret that is missing on this machine: `FILE:LINE: PATH: REASON`. */
  readonly missing: readonly string[];
}

/**
 * Checks a file of rules as `readRules` does, but without the secrets that it names: use the rules
 * only to show them.
 *
 * @throws RulesError as `readRules` does
 */
export function checkRules(file: string): Checked {
  const { content, missing } = checkFile(file, KIND);
  return { rules: content.rules, missing };
}

/**
 * Parses rules from YAML.
 *
 * @param file its name, for messages
 * @throws RulesError if the text is invalid
 */
export function parseRules(text: string, file = 'rules'): readonly Rule[] {
  return parseChecked(text, file, KIND).rules;
}
