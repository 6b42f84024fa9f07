/** Opens a web page in the user's browser. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Io } from '../io.ts';

/** The program that opens an address on this system; undefined without a screen. */
export function openerOf(env: Io['env'], platform: NodeJS.Platform = process.platform): string | undefined {
  if (platform === 'darwin') return 'open';
  const hasScreen = Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return hasScreen ? 'xdg-open' : undefined;
}

/**
 * Opens an address that has a secret in it. Other users can read the arguments of a process, so the
 * browser gets the path of a file of this user, which leads to the address.
 *
 * @returns a function that deletes the file
 */
export function openBrowser(opener: string, address: string, onFailure: () => void): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-page-'));
  const file = join(folder, 'open.html');
  // The address has no character that HTML would read differently.
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><title>tidings</title><meta http-equiv="refresh" content="0;url=${address}">\n`,
    { mode: 0o600 },
  );
  const child = spawn(opener, [pathToFileURL(file).href], { stdio: 'ignore', detached: true });
  child.on('error', onFailure);
  child.on('exit', (code) => (code === 0 ? undefined : onFailure()));
  child.unref();
  return () => rmSync(folder, { recursive: true, force: true });
}
