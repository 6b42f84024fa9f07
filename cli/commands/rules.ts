/** `tidings rules check`: reports errors in a file of rules, and describes its rules. */
import type { Command } from 'commander';
import { RulesError } from '../../src/index.ts';
import { checkRules } from '../../src/internal.ts';
import { EXIT } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { safe } from '../safe.ts';
import { describeRule } from '../render/rule-text.ts';

const EXAMPLES = `
Examples:
  tidings rules check rules.yaml                describes the rules, or lists errors as FILE:LINE: …
  tidings serve --rules rules.yaml --dry-run    logs the actions without doing them

A secret that is missing on this machine is not an error: each gives a line on stderr.

Exit codes: 0 the rules are valid, 64 they are not.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command.addHelpText('after', EXAMPLES);
  command
    .command('check <file>')
    .description('report errors in a file of rules, and describe its rules')
    .action((file: string) => exit(check(file, io)));
}

function check(file: string, io: Io): number {
  try {
    const { rules, missing } = checkRules(file);
    for (const rule of rules) io.stdout.write(`${safe(describeRule(rule))}\n`);
    for (const line of missing) say(io, `needed on the daemon's machine: ${line}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    // In the format of compilers, so that editors find the place.
    for (const line of error.message.split('\n')) io.stderr.write(`${safe(line)}\n`);
    return EXIT.usage;
  }
}
