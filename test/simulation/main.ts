/** The command `npm run simulate`. */
import { parseArgs } from 'node:util';
import { type Result, run } from './run.ts';
import { shrink } from './shrink.ts';
import { type Outcome, Tally } from './tally.ts';
import type { Plan } from './world.ts';

export { BREAKAGES } from './breakages.ts';

const say = (text: string): void => void globalThis.process.stdout.write(`${text}\n`);

/** Lines of a trace that are shown. */
const SHOWN = 25;

/** Seeds between two lines of progress. */
const PROGRESS = 100;

/** Runs seeds, here or in other processes. */
export interface Pool {
  run(plan: PlainPlan): Promise<Outcome>;
  close(): void;
}

/** A plan that survives JSON. */
interface PlainPlan extends Omit<Plan, 'without'> {
  readonly without: readonly string[];
}

/** The parts of the command that need the system itself. */
export interface Host {
  /** Starts processes that run seeds. */
  readonly pool: (jobs: number) => Pool;
  /** Outcomes that an earlier run has noted in a file, and how to note more. */
  readonly resume: (file: string) => {
    readonly had: readonly Outcome[];
    readonly note: (outcome: Outcome) => void;
  };
}

interface Asked {
  readonly first: number;
  readonly count: number;
  readonly minutes: number;
  readonly without: readonly string[];
  readonly trace: boolean;
  readonly jobs: number;
  readonly resume: string | undefined;
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
      jobs: { type: 'string', default: '1' },
      resume: { type: 'string' },
    },
  });
  const number = (name: string, text: string, least: number): number => {
    const value = Number(text);
    if (!(value >= least)) throw new RangeError(`--${name} ${text}: a number, ${least} or more, is right`);
    return value;
  };
  const { seed, seeds, first, minutes, without, trace, jobs, resume } = values;
  return {
    first: seed === undefined ? number('first', first, 0) : number('seed', seed, 0),
    count: seed === undefined ? number('seeds', seeds, 1) : 1,
    minutes: number('minutes', minutes, 0),
    without: without.split(',').filter((each) => each !== ''),
    trace,
    jobs: number('jobs', jobs, 1),
    resume,
  };
}

/** Runs seeds, and prints what fails and how much was done. @returns the exit code: 1 if any seed fails */
export async function command(args: readonly string[], host: Host): Promise<number> {
  const { first, count, minutes, without, trace, jobs, resume } = parse(args);
  const file = resume === undefined ? undefined : host.resume(resume);
  const tally = new Tally();
  const had = (file?.had ?? []).filter(({ seed }) => seed >= first && seed < first + count);
  for (const outcome of had) tally.add(outcome);
  if (had.length > 0) say(`${had.length} seeds were run before: ${tally.failed} failed`);
  const done = new Set(had.map(({ seed }) => seed));
  const pool =
    jobs > 1 ? host.pool(jobs) : { run: (plan: PlainPlan) => one(plan, trace), close: () => undefined };
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + count) {
      const seed = next++;
      if (done.has(seed)) continue;
      const outcome = await pool.run({ seed, minutes, without });
      tally.add(outcome);
      file?.note(outcome);
      if (outcome.report !== undefined) say(outcome.report);
      if (count > 1 && tally.seeds % PROGRESS === 0) say(tally.progress);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  pool.close();
  for (const line of tally.lines) say(line);
  return tally.failed > 0 ? 1 : 0;
}

/** Runs one seed. */
export async function one({ without, ...plan }: PlainPlan, trace = false): Promise<Outcome> {
  const { cpuUsage } = globalThis.process;
  const start = cpuUsage();
  const result = await run({ ...plan, without: new Set(without) });
  const { user, system } = cpuUsage(start);
  if (trace) {
    say(result.lines.join('\n'));
    say(`digest ${result.digest.toString(16)}`);
  }
  return {
    seed: plan.seed,
    digest: result.digest.toString(16),
    steps: result.steps,
    events: result.events,
    counts: Object.fromEntries(result.counts),
    took: Math.round((user + system) / 1000),
    report: result.violations.length > 0 ? reportOf(await shrink(result)) : undefined,
  };
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

function reportOf({ plan, violations, lines }: Result): string {
  const [first] = violations;
  return [
    `seed ${plan.seed} fails: ${first?.invariant}: ${first?.detail.slice(0, 1000)}`,
    ...lines.slice(-SHOWN).map((line) => `  ${line.slice(0, 300)}`),
    `  again: npm run simulate -- ${argumentsOf(plan)} --trace`,
  ].join('\n');
}

function argumentsOf({ seed, minutes, without }: Plan): string {
  const left = without.size === 0 ? '' : ` --without '${[...without].join(',')}'`;
  return `--seed ${seed} --minutes ${minutes}${left}`;
}
