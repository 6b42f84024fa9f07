/** A state directory of the test's own, with a path short enough for sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';

export function stateDirectory(): string {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
