/**
 * A journal whose process is killed over and over while it writes: what was promised, and what
 * became of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { type Durability, readJournal } from '../../src/journal.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface KillOptions {
  /** An empty directory, which is emptied afterwards. */
  readonly directory: string;
  readonly rounds: number;
  readonly durability: Durability;
  /** Longest life of the process after its first acknowledgement: from 0 to this, in ms. */
  readonly life: number;
  readonly retainSize?: number;
}

export interface KillTable {
  readonly rounds: number;
  /** Numbers that some process said were given out, and were durable. */
  readonly given: number;
  readonly acknowledged: number;
  /** Acknowledged and not there, unless expired. */
  readonly lost: number;
  /** There more than once, or with another content. */
  readonly repeated: number;
  /** Given out by two processes. */
  readonly reused: number;
  /** Given out and lost by a kill. */
  readonly missing: number;
  /** Numbers in gaps of kills that no process said were given out. */
  readonly unsaid: number;
}

/** Most events of one `append` of the killed process. */
export const APPENDED = 400;

/** Program of the killed process: it writes as many events as it can, and reports its progress. */
const WRITER = `
import { writeSync } from 'node:fs';
import { createCollector } from './src/collector/collector.ts';
import { openJournal } from './src/journal/journal.ts';
const [, , directory = '', durability, retainSize] = process.argv;
const journal = await openJournal({ directory, durability, retainSize: Number(retainSize) || undefined });
const collector = createCollector({ ...journal, limit: 20_000 });
journal.follow(collector);
let next = journal.first;
let told = 0;
writeSync(1, 'first ' + next + '\\n');
collector.events().subscribe();
function turn() {
  const { durable } = journal.status;
  if (durable > told) writeSync(1, 'durable ' + (told = durable) + '\\n');
  setImmediate(turn);
  // At full speed of the journal: events beyond it give a gap, which other tests check.
  if (next - Math.max(durable, journal.first) > 10_000) return;
  const count = 1 + Math.floor(Math.random() * ${APPENDED});
  const events = Array.from({ length: count }, (_, i) => {
    const seq = String(next + i);
    return { timeNano: BigInt(next + i), type: 'container', action: 'start', id: seq, name: 'n' + (next + i) % 50,
      attributes: { seq, image: 'busybox' }, source: { engine: 'test' } };
  });
  collector.append(events);
  next += count;
  writeSync(1, 'given ' + (next - 1) + '\\n');
}
turn();
`;

/** The report of one process before it was killed. */
interface Said {
  readonly first: number;
  readonly given: number;
  readonly durable: number;
}

export async function killRounds(options: KillOptions): Promise<KillTable> {
  const { directory, rounds } = options;
  const program = join(directory, 'writer.mjs');
  buildSync({
    stdin: { contents: WRITER, loader: 'ts', resolveDir: root },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'silent', outfile: program },
  });
  const path = join(directory, 'journal');
  const acknowledged: Span[] = [];
  const handedOut: Span[] = [];
  const sum = { given: 0, acknowledged: 0, lost: 0, repeated: 0, reused: 0, missing: 0, unsaid: 0 };
  let highest = 0;
  for (let round = 0; round < rounds; round++) {
    const { first, given, durable } = await liveAndDie(program, path, options);
    if (first <= highest) sum.reused += highest - first + 1;
    highest = Math.max(highest, given);
    if (given >= first) {
      sum.given += given - first + 1;
      handedOut.push([first, given]);
    }
    if (durable >= first) {
      sum.acknowledged += durable - first + 1;
      acknowledged.push([first, durable]);
    }
    const found = look(path, acknowledged);
    sum.lost += found.lost;
    sum.repeated += found.repeated;
    sum.missing = found.gaps.reduce((count, gap) => count + common(gap, handedOut), 0);
    sum.unsaid = found.gaps.reduce((count, gap) => count + gap[1] - gap[0] + 1, 0) - sum.missing;
  }
  rmSync(path, { recursive: true, force: true });
  return { rounds, ...sum };
}

async function liveAndDie(program: string, path: string, options: KillOptions): Promise<Said> {
  const { durability, retainSize = 0, life } = options;
  const child = spawn(process.execPath, [program, path, durability, String(retainSize)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = { first: 0, given: 0, durable: 0 };
  let begun: () => void = () => undefined;
  const lives = new Promise<void>((resolve) => (begun = resolve));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    const [what = '', number] = line.split(' ');
    if (what in said) said[what as keyof Said] = Number(number);
    if (what === 'durable' && said.durable >= said.first) begun();
  });
  const ended = once(child, 'exit');
  const read = once(lines, 'close');
  await Promise.race([lives, ended]);
  await delay(Math.random() * life);
  child.kill('SIGKILL');
  await Promise.all([ended, read]);
  return said;
}

/** Numbers from the first up to and including the last. */
type Span = readonly [number, number];

/** Count of numbers of a span that are in some of the others, which do not overlap. */
function common([from, to]: Span, others: readonly Span[]): number {
  return others.reduce((sum, [a, b]) => sum + Math.max(0, Math.min(to, b) - Math.max(from, a) + 1), 0);
}

/** The findings of another process. */
interface Findings {
  readonly lost: number;
  readonly repeated: number;
  /** Gaps of kills. */
  readonly gaps: readonly Span[];
}

function look(path: string, acknowledged: readonly Span[]): Findings {
  const journal = readJournal({ directory: path });
  if (journal === undefined) return { lost: acknowledged.length, repeated: 0, gaps: [] };
  const { archive, first: end } = journal;
  const { oldest } = archive;
  const gaps: Span[] = [];
  let [lost, repeated] = [0, 0];
  const missing = (from: number, to: number): number => common([from, to], acknowledged);
  let expected = oldest;
  while (expected < end) {
    const { events, gap, next } = archive.read(expected, end, 5000, {});
    for (const { seq, attributes } of events) {
      if (seq > expected) lost += missing(expected, seq - 1);
      if (seq < expected || attributes['seq'] !== String(seq)) repeated++;
      expected = Math.max(expected, seq + 1);
    }
    if (gap !== undefined) {
      if (gap.reason === 'crash') gaps.push([gap.from, gap.to]);
      lost += missing(gap.from, gap.to);
    }
    if (next <= expected && events.length === 0 && gap === undefined) break;
    expected = next;
  }
  lost += missing(expected, Number.MAX_SAFE_INTEGER);
  void journal.close();
  return { lost, repeated, gaps };
}
