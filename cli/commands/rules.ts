/** `tidings rules`: checks a file of rules, and tries its alerts on recorded events. */
import type { Command } from 'commander';
import { createReadStream } from 'node:fs';
import { type EngineEvent, framesIn, instant, RulesError } from '../../src/index.ts';
import { checkRules, rehearse } from '../../src/internal.ts';
import { EXIT, usage } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { safe } from '../safe.ts';
import { describeRule } from '../render/rule-text.ts';

const EXAMPLES = `
Examples:
  tidings rules check rules.yaml                describes the rules, or lists errors as FILE:LINE: …
  tidings rules test rules.yaml --on week.ndjson    prints the alerts that would have been sent
  tidings serve --rules rules.yaml --dry-run    logs the actions without doing them

A secret that is missing on this machine is not an error: each gives a line on stderr.

Exit codes: 0 the rules are valid, 64 they are not.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  command.addHelpText('after', EXAMPLES);
  command
    .command('check <file>')
    .description('report errors in a file of rules, and describe its rules')
    .action((file: string) => exit(check(file, io)));
  command
    .command('test <file>')
    .description('print the alerts that these rules would have sent on recorded events')
    .requiredOption('--on <recording>', 'events, as events -o json and journal export write them')
    .action(async (file: string, flags: TestFlags) => exit(await test(file, flags, io)));
}

interface TestFlags {
  readonly on: string;
}

/** Replays a recording through the alerts, and prints each message with its time. */
async function test(file: string, { on }: TestFlags, io: Io): Promise<number> {
  let rules;
  try {
    ({ rules } = checkRules(file));
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    for (const line of error.message.split('\n')) io.stderr.write(`${safe(line)}\n`);
    return EXIT.usage;
  }
  const events: EngineEvent[] = [];
  try {
    for await (const frame of framesIn(createReadStream(on)))
      if (frame.kind === 'event') events.push(frame.event);
  } catch (error) {
    throw usage(`--on: ${on}: ${(error as Error).message}`, error);
  }
  const messages = rehearse(rules, events);
  for (const { rule, at, message } of messages) {
    const time = instant.format(instant.fromMillis(at), { zone: 'local', digits: 0 });
    io.stdout.write(`${safe(`${time}  ${rule}  ${message.title}`)}\n`);
    if (message.alerts.length > 1)
      for (const { status, text } of message.alerts) io.stdout.write(`${safe(`    ${status}  ${text}`)}\n`);
  }
  if (messages.length === 0) say(io, 'no alert would have been sent');
  return EXIT.done;
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
