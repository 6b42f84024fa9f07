/** What is wrong with rules. */

/** Something that is wrong in a file of rules. */
export interface RulesProblem {
  /** From 1; 0 where it is the file as a whole. */
  readonly line: number;
  /** As in JavaScript: `rules[0].when.filter`; empty where the file is no YAML. */
  readonly path: string;
  readonly message: string;
}

/** All that is wrong in one file; its message has a line for each. */
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
