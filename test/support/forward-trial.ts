/** The command `npm run trial:forward`: kills of the daemon and of the server of each sink, over and over. */
import { appendFileSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ForwardKills, forwardKills, type KillRound } from './forward-kills.ts';
import { SINK_SERVERS } from './sink-servers.ts';

/** Longest time between the first delivery of a round and its kill, in ms. */
const LIFE = 500;

/** A line of the file of a trial: a finished round, or the table of a sink. */
type Line =
  | { readonly sink: string; readonly round: KillRound }
  | { readonly sink: string; readonly directory: string }
  | { readonly sink: string; readonly table: ForwardKills };

interface Progress {
  readonly directory?: string | undefined;
  readonly before: readonly KillRound[];
  readonly table: ForwardKills | undefined;
}

const NOTHING: Progress = { before: [], table: undefined };

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Prints a line for each round, and a table at the end.
 *
 * @returns the exit code: 1 if an event is missing, or was repeated after its acknowledgement
 * @throws Error on an unknown option or sink
 */
export async function trial(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '100' },
      sink: { type: 'string', multiple: true, default: Object.keys(SINK_SERVERS) },
      resume: { type: 'string' },
    },
  });
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0)) {
    throw new RangeError(`--rounds ${values.rounds}: a whole number, 1 or more, is right`);
  }
  const unknown = values.sink.find((name) => !(name in SINK_SERVERS));
  if (unknown !== undefined) {
    throw new RangeError(`--sink ${unknown}: known are ${Object.keys(SINK_SERVERS).join(', ')}`);
  }
  const file = values.resume === undefined ? undefined : resolve(values.resume);
  const note = (line: Line): void => {
    if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
  };
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const had = file === undefined ? new Map<string, Progress>() : progressIn(file);
  const rows: (readonly [string, ForwardKills])[] = [];
  for (const sink of values.sink) {
    const { before, table: known, directory = mkdtempSync('/tmp/td-') } = had.get(sink) ?? NOTHING;
    if (before.length === 0 && known === undefined) note({ sink, directory });
    if (before.length > 0 && known === undefined) say(`${sink} continues after ${before.length} rounds`);
    const table = known ?? (await one(sink, directory, rounds, before, note, stop.signal));
    if (table === undefined) {
      say(`${sink} is left out: its server is not installed`);
      continue;
    }
    if (known === undefined) note({ sink, table });
    rows.push([sink, table]);
  }
  for (const line of tableOf(rows)) say(line);
  return rows.some(([, { missing, wrongly }]) => missing + wrongly > 0) ? 1 : 0;
}

async function one(
  sink: string,
  directory: string,
  rounds: number,
  before: readonly KillRound[],
  note: (line: Line) => void,
  signal: AbortSignal,
): Promise<ForwardKills | undefined> {
  const server = SINK_SERVERS[sink];
  return await forwardKills({
    ...{ directory, rounds, before, signal, life: LIFE },
    server: server ?? (() => Promise.resolve(undefined)),
    onRound: (round) => {
      note({ sink, round });
      const [from, to] = round.window;
      const open = `${Math.max(0, to - from + 1)} events were unacknowledged`;
      say(`${sink} ${round.round} of ${rounds}: killed ${round.killed} after ${round.after} ms, ${open}`);
    },
  });
}

/** Reads the file of an interrupted trial, whose last line may be cut. */
function progressIn(file: string): Map<string, Progress> {
  const all = new Map<string, Progress>();
  for (const text of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const line = parsed(text);
    if (line === undefined) continue;
    const now = all.get(line.sink) ?? NOTHING;
    if ('directory' in line) all.set(line.sink, { ...NOTHING, directory: line.directory });
    else if ('table' in line) all.set(line.sink, { ...now, table: line.table });
    else all.set(line.sink, { ...now, before: [...now.before, line.round] });
  }
  return all;
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** The table in Markdown. */
function tableOf(rows: readonly (readonly [string, ForwardKills])[]): readonly string[] {
  const lines = rows.map(([sink, table]) => {
    const { rounds, kills, recorded, delivered, missing, repeated, wrongly } = table;
    const counts = [recorded, delivered, missing, repeated, wrongly].map((count) =>
      count.toLocaleString('en-US'),
    );
    return [sink, rounds, `${kills.daemon} / ${kills.sink} / ${kills.both}`, ...counts].join(' | ');
  });
  return [
    '| sink | rounds | daemon / sink / both killed | in the journal | delivered | missing | repeated | repeated after their acknowledgement |',
    '|---|---|---|---|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
  ];
}
