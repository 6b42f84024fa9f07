import { describe, expect, it } from 'vitest';
import { fleetKills } from '../../support/fleet-kills.ts';
import { canMakeNetworks } from '../../support/fleet-network.ts';
import { natsServer } from '../../support/nats.ts';
import { stateDirectory } from '../../support/state-directory.ts';

/** Rounds of each trial: `npm run trial:fleet` for more. */
const ROUNDS = 5;

/** Numbers from 0 to 1 that are the same in each run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

describe.skipIf(natsServer === undefined)('a fleet whose hosts, servers and links fail', () => {
  it.each([1, 3] as const)(
    'loses no event, repeats none and keeps each order, with 20 hosts and %i servers',
    { timeout: 600_000 },
    async (servers) => {
      const table = await fleetKills({
        ...{ directory: `${stateDirectory()}/f`, hosts: 20, servers, rounds: ROUNDS, every: 500 },
        ...{ network: canMakeNetworks() ? (process.pid + servers) % 256 : undefined },
        random: numbers(7 + servers),
      });
      expect(table).toMatchObject({ lost: 0, twice: 0, disordered: 0, received: table?.recorded });
      expect(table?.recorded).toBeGreaterThan(ROUNDS * 20);
    },
  );
});
