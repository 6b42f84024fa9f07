/** The command `npm run simulate`. */
import { parseArgs } from 'node:util';
import { type Result, run } from './run.ts';
import type { Plan } from './world.ts';

const say = (text: string): void => void globalThis.process.stdout.write(`${text}\n`);

const now = (): number => globalThis.performance.now();

/** Runs seeds. @returns the exit code: 1 if any of them fails */
export async function command(args: readonly string[]): Promise<number> {
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
  const minutes = Number(values.minutes);
  const without = new Set(values.without.split(',').filter((each) => each !== ''));
  const first = Number(values.seed ?? values.first);
  const count = values.seed === undefined ? Number(values.seeds) : 1;
  const totals = new Map<string, number>();
  let [steps, events, failed] = [0, 0, 0];
  const began = now();
  for (let seed = first; seed < first + count; seed++) {
    const plan: Plan = { seed, minutes, without };
    const start = globalThis.process.cpuUsage();
    if (values.trace) say(`seed ${seed}`);
    const result = await run(plan);
    const { user, system } = globalThis.process.cpuUsage(start);
    steps += result.steps;
    events += result.events;
    for (const [name, times] of result.counts) totals.set(name, (totals.get(name) ?? 0) + times);
    if (values.trace) say(result.lines.join('\n'));
    if (result.violations.length > 0) {
      failed++;
      report(result);
    }
    if (count === 1 || seed % 50 === 0)
      say(`seed ${seed}: ${result.steps} steps, ${result.events} events, ${Math.round((user + system) / 1000)} ms of CPU, digest ${result.digest.toString(16)}`);
  }
  say(`${count} seeds, ${failed} failed, ${steps} steps, ${events} events, ${((now() - began) / 1000).toFixed(1)} s`);
  say([...totals].map(([name, times]) => `${name} ${times}`).join(', '));
  return failed > 0 ? 1 : 0;
}

/** Lines of a trace that are shown. */
const SHOWN = 25;

function report({ plan, violations, lines, failedAt }: Result): void {
  const [first] = violations;
  say(`seed ${plan.seed} fails after ${failedAt?.toFixed(2) ?? 'its'} minutes: ${first?.invariant}: ${first?.detail.slice(0, 2000)}`);
  for (const line of lines.slice(-SHOWN)) say(`  ${line.slice(0, 300)}`);
  say(`  again: npm run simulate -- --seed ${plan.seed} --minutes ${plan.minutes}`);
}
