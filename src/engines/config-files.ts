/**
 * Reads configuration files of other programs that name engines. A missing or damaged file counts
 * as empty.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** A JSON file as an object; empty if it cannot be read. */
export function jsonFile(path: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {};
  }
}

export function textFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The paths of a folder's entries; none if it cannot be read. */
export function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
