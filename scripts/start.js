/**
 * `npm start`: installs and builds missing parts, then runs the daemon and tails it in colour.
 * Sockets and journal are in `.tidings/` in the tree, so a demonstration leaves nothing in the
 * history of this host.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { main, root, run } from './root.js';

/** Longest path of a Unix socket in bytes (unix(7)). */
const MAX_SOCKET_PATH = 107;

await main(async () => {
  // In a separate process, which frees the memory of the bundler at its end.
  run(process.execPath, [join(root, 'scripts/ready.js')]);
  const command = join(root, 'dist/bin/tidings.js');
  const place = join(root, '.tidings');
  const own = ['--state-dir', stateDirectory(place), '--data-dir', join(place, 'data')];
  // In this process, so that signals and the exit code are the daemon's own.
  process.argv.splice(1, 1, command, 'serve', '--tail', ...own);
  await import(pathToFileURL(command).href);
});

/** In the tree, unless the path of a socket there would be too long. */
function stateDirectory(place) {
  const near = join(place, 'run');
  const fits = Buffer.byteLength(join(near, 'tidings.sock')) <= MAX_SOCKET_PATH;
  return fits ? near : join(tmpdir(), `tidings-start-${process.getuid?.() ?? 0}`);
}
