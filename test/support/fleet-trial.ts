/** The command `npm run trial:fleet`: hosts, servers and links that fail at random, over and over. */
import { parseArgs } from 'node:util';
import { fleetKills, type FleetKillTable, type FleetRound } from './fleet-kills.ts';
import { canMakeNetworks } from './fleet-network.ts';
import { openTrial, readRounds } from './trial-file.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/**
 * Prints a line for each round, and a table at the end.
 *
 * @returns the exit code: 1 if an event is lost, came twice or in a wrong order
 * @throws Error on an unknown option
 */
export async function trial(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '100' },
      hosts: { type: 'string', default: '20' },
      servers: { type: 'string', default: '3' },
      every: { type: 'string', default: '100' },
      resume: { type: 'string' },
    },
  });
  const rounds = readRounds(values.rounds);
  const [hosts, every] = [Number(values.hosts), Number(values.every)];
  if (values.servers !== '1' && values.servers !== '3')
    throw new RangeError(`--servers ${values.servers}: 1 or 3 is right`);
  if (!(Number.isInteger(hosts) && hosts > 0 && hosts <= 200))
    throw new RangeError(`--hosts ${values.hosts}: 1 to 200 is right`);
  if (!(every >= 1)) throw new RangeError(`--every ${values.every}: 1 ms or more is right`);
  const servers = values.servers === '1' ? 1 : 3;
  const { directory, before, note, signal } = openTrial<FleetRound>(values.resume);
  const network = canMakeNetworks() ? process.pid % 256 : undefined;
  if (network === undefined) say('no network namespaces here (they need root and ip): links are not cut');
  if (before.length > 0) say(`it continues after ${before.length} rounds`);
  const table = await fleetKills({
    ...{ directory, hosts, servers, rounds, every, network, before, signal, random: Math.random },
    onRound: (round) => {
      note(round);
      say(`${round.round} of ${rounds}: ${round.fault}`);
    },
  });
  if (table === undefined) return 130;
  for (const line of linesOf(table, hosts, servers)) say(line);
  const { lost, twice, disordered } = table;
  return lost + twice + disordered > 0 ? 1 : 0;
}

/** The table in Markdown. */
function linesOf(table: FleetKillTable, hosts: number, servers: number): readonly string[] {
  const { faults, recorded, received, lost, twice, disordered } = table;
  const rounds = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const counts = [recorded, received, lost, twice, disordered].map((count) => count.toLocaleString('en-US'));
  return [
    '| hosts | servers | rounds | in the journals | received | lost | twice | out of order |',
    '|---|---|---|---|---|---|---|---|',
    `| ${[hosts, servers, rounds, ...counts].join(' | ')} |`,
    Object.entries(faults)
      .map(([fault, count]) => `${fault} ${count}`)
      .join(', '),
  ];
}
