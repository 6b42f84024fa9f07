/** The `tidings` command. */
// From its own file, not from the public entry point: nothing else is loaded.
import { version } from '../src/version.ts';
import { EXIT } from './exit.ts';
import { watchStdout } from './output/stdout-failure.ts';

// Answered before anything else is loaded: scripts often ask for the version.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2] ?? '')) {
  process.stderr.on('error', () => undefined);
  watchStdout(process.stdout, process.stderr, (reason) => {
    process.exitCode = reason === 'unread' ? EXIT.done : EXIT.unwritable;
  });
  process.stdout.write(`${version}\n`);
} else {
  // Without `await`, which is invalid at the top level of a CommonJS bundle.
  void import('./process.ts').then(({ main }) => main());
}
