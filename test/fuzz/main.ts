/** The command `npm run fuzz`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../simulation/random.ts';
import { FuzzedDaemon } from './daemon.ts';
import type { Target } from './target.ts';
import { daemonTargets, OF_DAEMON } from './targets/daemon.ts';
import { TARGETS } from './targets/index.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Inputs between two notes of the progress. */
const ROUND = 500;
/** Processor time that no input may need: in ms. */
const SLOW = 3000;
/** Count of inputs compared with that of other targets, as they cost more. */
const SHARES: Readonly<Record<string, number>> = { http: 0.1, http2: 0.1, journal: 0.3, rules: 0.5 };

/** Inputs that were run, by target. */
type Progress = Record<string, number>;

/**
 * Runs inputs, and prints each that fails.
 *
 * @param command path of the built command
 * @param seeds directory to which failing inputs are written
 * @returns the exit code: 1 if an input fails
 */
export async function fuzz(args: readonly string[], command: string, seeds: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      inputs: { type: 'string', default: '100000' },
      target: { type: 'string' },
      seed: { type: 'string', default: '1' },
      resume: { type: 'string' },
    },
  });
  const total = Number(values.inputs);
  if (!(total >= 1)) throw new RangeError(`--inputs ${values.inputs}: a number, 1 or more, is right`);
  const { resume, target } = values;
  const had: Progress =
    resume !== undefined && existsSync(resume) ? (JSON.parse(readFileSync(resume, 'utf8')) as Progress) : {};
  const names = [...TARGETS.map(({ name }) => name), ...OF_DAEMON];
  if (target !== undefined && !names.includes(target))
    throw new RangeError(`--target ${target}: ${names.join(', ')} are right`);
  const needsDaemon = target === undefined || OF_DAEMON.includes(target);
  const daemon = needsDaemon ? await FuzzedDaemon.start(command) : undefined;
  const all = [...TARGETS, ...(daemon === undefined ? [] : daemonTargets(daemon))];
  const some = all.filter(({ name }) => target === undefined || name === target);
  const weights = some.map(({ name }) => SHARES[name] ?? 1);
  const weight = weights.reduce((sum, each) => sum + each, 0);
  let failed = 0;
  for (const [i, each] of some.entries()) {
    const count = Math.ceil((total * (weights[i] as number)) / weight);
    const from = had[each.name] ?? 0;
    const start = process.cpuUsage();
    for (let n = from; n < count; n++) {
      failed += (await runOne(each, Number(values.seed), n, seeds)) ? 0 : 1;
      if (resume === undefined || (n + 1) % ROUND !== 0) continue;
      had[each.name] = n + 1;
      writeFileSync(resume, JSON.stringify(had));
    }
    const { user, system } = process.cpuUsage(start);
    had[each.name] = Math.max(from, count);
    if (resume !== undefined) writeFileSync(resume, JSON.stringify(had));
    const rate = Math.round((user + system) / 1000);
    say(`${each.name}: ${had[each.name]} inputs, ${failed} failed so far, ${rate} ms of processor time here`);
  }
  if (daemon !== undefined) {
    try {
      say(`the daemon: ${await daemon.end()}`);
    } catch (error) {
      failed++;
      say(`the daemon: ${String(error)}`);
    }
  }
  say(`${Object.values(had).reduce((sum, each) => sum + each, 0)} inputs, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/** @returns false if it fails; then its input becomes a file */
async function runOne(target: Target, seed: number, n: number, seeds: string): Promise<boolean> {
  const input = target.input(new Random(seed * 2 ** 32 + n));
  const start = process.cpuUsage();
  try {
    await target.run(input);
    const { user, system } = process.cpuUsage(start);
    if (user + system > SLOW * 1000) throw new Error(`${(user + system) / 1000} ms of processor time`);
    return true;
  } catch (error) {
    const directory = join(seeds, target.name);
    mkdirSync(directory, { recursive: true });
    const file = join(directory, `${seed}-${n}`);
    writeFileSync(file, input);
    say(`${target.name} ${file}: ${error instanceof Error ? error.stack?.slice(0, 1200) : String(error)}`);
    return false;
  }
}
