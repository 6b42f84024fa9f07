/** Errors in rules. */
import { FileError, type FileProblem } from '../../checked-file/error.ts';

/** An error in a file of rules. */
export type RulesProblem = FileProblem;

/** All errors of one file; its message has a line for each. */
export class RulesError extends FileError {
  override readonly name = 'RulesError';
}
