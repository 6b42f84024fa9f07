/** The config file: a few settings, each checked. */
import { readFileSync } from 'node:fs';
import { usage } from '../exit.ts';

/** The settings of the file. */
export interface Config {
  readonly 'state-dir'?: string;
  readonly 'data-dir'?: string;
  readonly host?: string;
}

const KEYS = ['state-dir', 'data-dir', 'host'];

/**
 * Reads the file. A missing file has no settings; an unreadable one is skipped with a notice.
 * Throws a `Failure` that names the file if it is invalid.
 */
export async function readConfig(path: string, notice: (text: string) => void): Promise<Config> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    if (code === 'EACCES') {
      // For example a file of another user whose HOME was kept (`sudo -u`).
      notice(`no permission to read ${path}: continuing without it`);
      return {};
    }
    throw usage(`cannot read the config file: ${message}`, error);
  }
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw usage(`${path} is not valid YAML: ${(error as Error).message}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usage(`${path} must hold settings such as 'state-dir: /run/tidings'; known are ${KEYS.join(', ')}`);
  }
  for (const [key, setting] of Object.entries(value)) {
    if (!KEYS.includes(key)) throw usage(`${path}: unknown setting '${key}': known are ${KEYS.join(', ')}`);
    if (typeof setting !== 'string' || setting === '')
      throw usage(`${path}: '${key}' must be a text, and not empty`);
  }
  return value;
}
