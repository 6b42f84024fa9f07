/** The part that forwards events to sinks. */
import type { Part } from '../part.ts';

export const forward: Part = async (daemon) => {
  const { forward: file, dataDir } = daemon.options;
  if (file === undefined) return undefined;
  if (dataDir === undefined) {
    throw new RangeError('forward: positions need a data directory: set dataDir');
  }
  // The parser of the file and the sinks are large, and most daemons have no forwarders.
  const { ForwardersFromFile } = await import('../forwarders-from-file.ts');
  const forwarders = new ForwardersFromFile(file, dataDir, daemon);
  daemon.forwarders = forwarders;
  forwarders.reload();
  return async () => await forwarders.close();
};
