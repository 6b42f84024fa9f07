/** The command `npm run trial:forward`: kills of the daemon and of the servers of its sinks, over and over. */
import { parseArgs } from 'node:util';
import { type ForwardKills, forwardKills, type KillRound } from './forward-kills.ts';
import { SINK_SERVERS } from './sink-servers.ts';
import { openTrial, readRounds } from './trial-file.ts';

/** Longest time between the first deliveries of a round and its kill, in ms. */
const LIFE = 500;

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
      sink: { type: 'string', multiple: true },
      resume: { type: 'string' },
    },
  });
  const rounds = readRounds(values.rounds);
  const { directory, before, note, signal } = openTrial<KillRound>(values.resume);
  if (before.length > 0) say(`it continues after ${before.length} rounds`);
  const tables = await forwardKills({
    ...{ directory, rounds, before, signal, life: LIFE, servers: serversOf(values.sink) },
    onRound: (round) => {
      note(round);
      const open = Object.entries(round.windows).map(([sink, [from, to]]) => `${sink} ${to - from + 1}`);
      const killed = round.killed.join(', ');
      say(
        `${round.round} of ${rounds}: killed ${killed} after ${round.after} ms; unacknowledged: ${open.join(', ')}`,
      );
    },
  });
  for (const line of tableOf([...tables])) say(line);
  return [...tables.values()].some(({ missing, wrongly }) => missing + wrongly > 0) ? 1 : 0;
}

/** UDP loses datagrams while its server is down. */
function serversOf(names: readonly string[] | undefined): typeof SINK_SERVERS {
  const all = Object.entries(SINK_SERVERS).filter(([name]) => name !== 'syslog-udp');
  const unknown = names?.find((name) => !(name in SINK_SERVERS));
  if (unknown !== undefined) {
    throw new RangeError(`--sink ${unknown}: known are ${Object.keys(SINK_SERVERS).join(', ')}`);
  }
  return Object.fromEntries(all.filter(([name]) => names?.includes(name) ?? true));
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
