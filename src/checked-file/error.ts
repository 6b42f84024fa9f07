/** Errors in a file of settings. */

/** An error in a file. */
export interface FileProblem {
  /** Line number from 1; 0 for the file as a whole. */
  readonly line: number;
  /** Path as in JavaScript: `rules[0].when.filter`; empty if the file is not valid YAML. */
  readonly path: string;
  readonly message: string;
}

/** All errors of one file; its message has a line for each. */
export class FileError extends Error {
  override readonly name: string = 'FileError';
  readonly problems: readonly FileProblem[];

  constructor(file: string, problems: readonly FileProblem[]) {
    super(problemLines(file, problems).join('\n'));
    this.problems = problems;
  }
}

/** A line for each problem: `FILE:LINE: PATH: MESSAGE`. */
export function problemLines(file: string, problems: readonly FileProblem[]): readonly string[] {
  return problems.map(({ line, path, message }) => {
    const place = line === 0 ? file : `${file}:${line}`;
    return [place, ...(path === '' ? [] : [path]), message].join(': ');
  });
}
