import { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Definition, Flagged } from '../../../cli/arguments/definition.ts';
import { PlainCommand } from '../../../cli/arguments/plain-command.ts';
import { commands } from '../../../cli/commands/index.ts';
import { processIo } from '../../../cli/process.ts';

/** What an action was told: its arguments and options, and those of the commands above. */
interface Told {
  readonly args: readonly unknown[];
  readonly all: object;
}

/** The same command, but its actions only note what they are told. */
function noting(command: Definition, note: (told: Told) => void): Definition {
  const action = (): Definition =>
    command.action((...args) => {
      const self = args.pop() as Flagged;
      note({ args, all: self.optsWithGlobals() });
    });
  return new Proxy(command, {
    get: (target, property) => {
      if (property === 'action') return action;
      const member = Reflect.get(target, property) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const made = member.apply(target, args);
        if (property === 'command') return noting(made as Definition, note);
        return made === target ? noting(target, note) : made;
      };
    },
  });
}

const io = processIo(new AbortController().signal);
const definitions = await Promise.all(
  commands.map(async ({ name, load }) => ({ name, module: await load() })),
);

function define(program: Definition, note: (told: Told) => void): void {
  for (const { name, module } of definitions) {
    module.define(noting(program.command(name), note), io, () => undefined);
  }
}

/** What is done for the words by commander; undefined where it does nothing but talk. */
function byCommander(words: readonly string[]): Told | undefined {
  let told: Told | undefined;
  const quiet = { writeOut: () => undefined, writeErr: () => undefined };
  const program = new Command('tidings').version('1', '-V, --version').exitOverride().configureOutput(quiet);
  // Commands below inherit how it ends only if it is settled before they are made.
  define(program, (found) => (told = found));
  try {
    program.parse(words, { from: 'user' });
  } catch {
    return undefined;
  }
  return told;
}

/** The same without commander; undefined where it is left to it. */
function plainly(words: readonly string[]): Told | undefined {
  let told: Told | undefined;
  const program = new PlainCommand();
  define(program, (found) => (told = found));
  void program.understand(words)?.();
  return told;
}

/** Every way to write every option of a command, and of those below it, and their names. */
function formsOf(command: Command): string[] {
  return [
    ...command.options.flatMap(({ short, long }) => [short, long]).filter((form) => form !== undefined),
    ...command.commands.flatMap((below) => [below.name(), ...formsOf(below)]),
  ];
}

const all = new Command();
define(all, () => undefined);

/** Command lines that make sense more often than chance has it. */
const lines = fc.constantFrom(...all.commands).chain((command) => {
  const form = fc.constantFrom(...formsOf(command));
  const value = fc.constantFrom('web', '5', 'json', 'never', 'exited', '', '-', 'a=b', '1m');
  const odd = fc.constantFrom('-nweb', '-n=web', '--', '-V', '--help', '-x', '--sinc', '-5', '-an');
  const joined = fc.tuple(form, fc.oneof(value, odd)).map((parts) => parts.join('='));
  const pair = fc.tuple(form, value);
  const word = fc.oneof(
    { weight: 4, arbitrary: fc.oneof(pair, form) },
    { weight: 2, arbitrary: value },
    { weight: 1, arbitrary: joined },
    { weight: 1, arbitrary: fc.oneof(odd, fc.string({ maxLength: 4 })) },
  );
  return fc.array(word, { maxLength: 5 }).map((words) => [command.name(), ...words.flat()]);
});

describe('PlainCommand', () => {
  it('understands the same as commander, or nothing', () => {
    let understood = 0;
    fc.assert(
      fc.property(lines, (words) => {
        const plain = plainly(words);
        if (plain === undefined) return;
        understood++;
        expect(plain).toEqual(byCommander(words));
      }),
      { numRuns: 3000 },
    );
    expect(understood).toBeGreaterThan(100);
  });

  it.each([
    'events',
    'events -n web-* -n !db --since 10m --until=1m -f event=die -o json -t full --utc --no-follow',
    'events --from - --color always --tail 5 --cursor k3f:1.xx --state-dir /s -H unix:///s',
    'serve --no-journal --durability os --engine none --engine docker --tail --log-level debug',
    'send container web start --pid 9007 --extra image=busybox --state-dir /s',
    'send image busybox:latest pull --state-dir /s',
    'events -nweb -n=db',
    'ps -an web',
    'events --',
    'journal export -S 10m --data-dir /d',
    'journal import -',
    'ps -a --watch -o json',
    'wait web --for healthy --timeout 1m',
    'expect web\u00a0start db\u00a0start --within 1m',
    'rules check rules.yaml',
  ])('understands what is usual: %s', (line) => {
    const words = line.split(' ');
    expect(plainly(words)).toBeDefined();
    expect(plainly(words)).toEqual(byCommander(words));
  });

  it.each([
    ...[
      '',
      'help events',
      'events --help',
      'events -h',
      '--version',
      'evnts',
      'events web',
      'events --sinc 1m',
    ],
    ...[
      'events -n',
      'events -n -x',
      'events --utc=1',
      'events --color sometimes',
      'send --state-dir /s image busybox:latest pull',
    ],
    ...[
      'send',
      'send container web',
      'send box web start',
      'journal',
      'rules',
      'rules check',
      'wait',
      'expect',
    ],
  ])('leaves to commander: %s', (line) => {
    expect(plainly(line.split(' ').filter((word) => word !== ''))).toBeUndefined();
  });
});
