/** The command `npm run simulate`. */
import { parseArgs } from 'node:util';
import { type Result, run } from './run.ts';
import { shrink } from './shrink.ts';
import type { Plan } from './world.ts';

export { BREAKAGES } from './breakages.ts';

const say = (text: string): void => void globalThis.process.stdout.write(`${text}\n`);

/** Lines of a trace that are shown. */
const SHOWN = 25;

/** Seeds between two lines of progress. */
const PROGRESS = 100;

interface Asked {
  readonly first: number;
  readonly count: number;
  readonly minutes: number;
  readonly without: ReadonlySet<string>;
  readonly trace: boolean;
}

/** @throws Error on an unknown option, RangeError on an invalid number */
function parse(args: readonly string[]): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '100' },
      seed: { type: 'string' },
      first: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '1' },
      without: { type: 'string', default: '' },
      trace: { type: 'boolean', default: false },
    },
  });
  const number = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (!(value >= least)) throw new RangeError(`--${name} ${text}: a number, ${least} or more, is right`);
    return value;
  };
  const { seed, seeds, first, minutes, without, trace } = values;
  return {
    first: seed === undefined ? number('first', first, 0) : number('seed', seed, 0),
    count: seed === undefined ? number('seeds', seeds, 1) : 1,
    minutes: number('minutes', minutes, 0),
    without: new Set(without.split(',').filter((each) => each !== '')),
    trace,
  };
}

/** Runs seeds, and prints what fails and how much was done. @returns the exit code: 1 if any seed fails */
export async function command(args: readonly string[]): Promise<number> {
  const { first, count, minutes, without, trace } = parse(args);
  const totals = new Map<string, number>();
  let [steps, events, failed] = [0, 0, 0];
  const { cpuUsage } = globalThis.process;
  for (let seed = first; seed < first + count; seed++) {
    const start = cpuUsage();
    const result = await run({ seed, minutes, without });
    const { user, system } = cpuUsage(start);
    steps += result.steps;
    events += result.events;
    for (const [name, times] of result.counts) totals.set(name, (totals.get(name) ?? 0) + times);
    if (trace) say(result.lines.join('\n'));
    if (result.violations.length > 0) {
      failed++;
      report(await shrink(result));
    }
    if (count === 1)
      say(
        `seed ${seed}: ${result.steps} steps, ${result.events} events, digest ${result.digest.toString(16)}`,
      );
    if (count === 1 || (seed - first) % PROGRESS === PROGRESS - 1)
      say(
        `up to seed ${seed}: ${failed} failed, the last took ${Math.round((user + system) / 1000)} ms of processor time`,
      );
  }
  say(`${count} seeds, ${failed} failed, ${steps} steps, ${events} events`);
  say([...totals].map(([name, times]) => `${name} ${times}`).join(', '));
  return failed > 0 ? 1 : 0;
}

/** The first seed that fails, with its invariant; undefined if none does. */
export async function find(
  count: number,
): Promise<{ readonly seed: number; readonly invariant: string; readonly detail: string } | undefined> {
  for (let seed = 1; seed <= count; seed++) {
    const { violations } = await run({ seed, minutes: 1, without: new Set() });
    const [first] = violations;
    if (first !== undefined) return { seed, ...first };
  }
  return undefined;
}

function report({ plan, violations, lines }: Result): void {
  const [first] = violations;
  say(`seed ${plan.seed} fails: ${first?.invariant}: ${first?.detail.slice(0, 1000)}`);
  for (const line of lines.slice(-SHOWN)) say(`  ${line.slice(0, 300)}`);
  say(`  again: npm run simulate -- ${argumentsOf(plan)} --trace`);
}

function argumentsOf({ seed, minutes, without }: Plan): string {
  const left = without.size === 0 ? '' : ` --without '${[...without].join(',')}'`;
  return `--seed ${seed} --minutes ${minutes}${left}`;
}
