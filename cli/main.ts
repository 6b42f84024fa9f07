/** The `tidings` command. */
import { version } from '../src/index.ts';

// Answered before anything else is loaded: scripts ask for it often.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')) {
  process.stdout.write(`${version}\n`);
} else {
  const { main } = await import('./process.ts');
  await main();
}
