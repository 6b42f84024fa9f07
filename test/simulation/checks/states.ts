/** The states of containers: as their engines have them, and as a fold of all events from the start has them. */
import type { ContainerState } from '../../../operators/container-state.ts';
import { History } from '../../../src/journal/read/history.ts';
import { readJournal } from '../../../src/journal/journal.ts';
import { containersAt } from '../../../src/journal/states/containers-at.ts';
import type { Containers } from '../../../src/handlers/containers.ts';
import { JOURNAL_DIR, type World } from '../world.ts';

/** After all is quiet. */
export function checkStates(world: World, containers: Containers): void {
  for (const engine of world.engines) {
    const text = ({ id, name, state }: Pick<ContainerState, 'id' | 'name' | 'state'>): string =>
      `${id.slice(0, 12)} ${name} ${state}`;
    const has = [...engine.containers.values()].map(text).toSorted().join('\n');
    const known = [...containers.states]
      .filter(({ engineId, state }) => engineId === `ID-${engine.path}` && state !== 'removed')
      .map(text)
      .toSorted()
      .join('\n');
    if (has !== known)
      world.violate('states are as their engines have them', `${has}\nfor the daemon:\n${known}`);
  }
}

/** After the daemon has ended: with snapshots, and without. */
export async function checkFold(world: World): Promise<void> {
  const journal = readJournal({ directory: JOURNAL_DIR });
  if (!(journal?.archive instanceof History)) return;
  const time = 2n ** 62n;
  const answer = await journal.containersAt(time);
  const folded = await containersAt(journal.archive, undefined, time);
  const expired = journal.archive.oldest > 1;
  if (
    !expired &&
    world.truth.flips === 0 &&
    JSON.stringify(answer.containers) !== JSON.stringify(folded.containers)
  ) {
    world.violate(
      'states are a fold from the start',
      `${JSON.stringify(answer.containers)}\nfolded from the start:\n${JSON.stringify(folded.containers)}`,
    );
  }
  await journal.close();
}
