/** `npm start`: installs and builds what is missing, then runs the daemon and tails it in colour. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ready } from './ready.js';
import { main, root } from './root.js';

await main(async () => {
  await ready();
  // In this process, so that signals and the exit code are the daemon's own.
  const command = join(root, 'dist/bin/tidings.js');
  process.argv.splice(1, 1, command, 'serve', '--tail');
  await import(pathToFileURL(command).href);
});
