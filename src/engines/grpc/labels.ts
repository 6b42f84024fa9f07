/** Labels of a message: a map whose entries stay bytes until it is known how many of them are kept. */
import type { Attributes } from '../../event.ts';
import { type Codec, parseProto } from './message-schema.ts';

const entry: Codec<{ readonly key: string; readonly value: string }> = parseProto(`
syntax = "proto3";
message Entry { string key = 1; string value = 2; }
`).message('Entry');

/** Characters of one container's labels that are kept. */
const LABELS = 8 * 1024;

/** Reads labels as far as they are not too long, and can be read. */
export function readLabels(entries: readonly Uint8Array[]): {
  readonly labels: Attributes;
  readonly leftOut: number;
} {
  const kept: [string, string][] = [];
  let size = 0;
  for (const bytes of entries) {
    if (size + bytes.length > LABELS) continue;
    size += bytes.length;
    const pair = readLabel(bytes);
    if (pair !== undefined) kept.push(pair);
  }
  // By entries, so that a label `__proto__` stays a label.
  return { labels: Object.fromEntries(kept), leftOut: entries.length - kept.length };
}

function readLabel(bytes: Uint8Array): [string, string] | undefined {
  try {
    const { key, value } = entry.decode(bytes);
    return [key, value];
  } catch {
    return undefined;
  }
}
