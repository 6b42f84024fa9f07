import { describe, expect, it } from 'vitest';
import { fleetKills } from '../../support/fleet-kills.ts';
import { natsServer } from '../../support/nats.ts';
import { stateDirectory } from '../../support/state-directory.ts';

/** Rounds of each trial: `FLEET_ROUNDS` for a long one. */
const rounds = Number(process.env['FLEET_ROUNDS'] ?? 5);
const hosts = Number(process.env['FLEET_HOSTS'] ?? 3);

/** Numbers from 0 to 1 that are the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

describe.skipIf(natsServer === undefined)('a fleet whose hosts and servers are killed', () => {
  it.each([1, 3] as const)(
    'loses no event, repeats none and keeps each order, with %i servers',
    { timeout: 60_000 + rounds * 20_000 },
    async (servers) => {
      const directory = `${stateDirectory()}/f`;
      const table = await fleetKills({ directory, hosts, servers, rounds, random: numbers(7 + servers) });
      expect(table).toMatchObject({ lost: 0, twice: 0, disordered: 0, received: table.recorded });
      expect(table.recorded).toBeGreaterThan(rounds * hosts);
    },
  );
});
