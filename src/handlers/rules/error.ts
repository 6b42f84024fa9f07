/** Errors in rules. */

/** An error in a file of rules. */
export interface RulesProblem {
  /** Line number from 1; 0 for the file as a whole. */
  readonly line: number;
  /** Path as in JavaScript: `rules[0].when.filter`; empty if the file is not valid YAML. */
  readonly path: string;
  readonly message: string;
}

/** All errors of one file; its message has a line for each. */
export class RulesError extends Error {
  override readonly name = 'RulesError';
  readonly problems: readonly RulesProblem[];

  constructor(file: string, problems: readonly RulesProblem[]) {
    super(
      problems
        .map(({ line, path, message }) => {
          const place = line === 0 ? file : `${file}:${line}`;
          return [place, ...(path === '' ? [] : [path]), message].join(': ');
        })
        .join('\n'),
    );
    this.problems = problems;
  }
}
