/** Nothing takes more room than it may. */
import { LARGEST } from '../../../src/event-size.ts';
import { openFiles } from '../machine/fs.ts';
import { JOURNAL_DIR, type World } from '../world.ts';

/** Descriptors of a daemon's journal, and of files that are read at the moment. */
const DESCRIPTORS = 32;

export function checkBounds(world: World): void {
  const { life, options, disk } = world;
  const status = life?.daemon?.collector.status;
  if (life === undefined || status === undefined) return;
  const { limit = 0, limitBytes = 0, retainSize = 0 } = options;
  if (status.held > limit) world.violate('memory is bounded', `${status.held} events of ${limit}`);
  if (status.heldBytes > Math.max(limitBytes, LARGEST))
    world.violate('memory is bounded', `${status.heldBytes} bytes`);
  const files = openFiles(life.process);
  if (files > DESCRIPTORS) world.violate('descriptors are bounded', `${files} are open`);
  let bytes = 0;
  for (const [name, { live }] of disk.names)
    if (name.startsWith(JOURNAL_DIR) && !name.includes('.aside')) bytes += live.length;
  if (bytes > retainSize) world.violate('the journal is bounded', `${bytes} bytes of ${retainSize}`);
}
