/** Snapshots as bytes on disk: read only if every field is what it should be. */
import { inflateRawSync } from 'node:zlib';
import { isWhole } from '../../whole-number.ts';
import { isInstantText } from '../format/ranges.ts';
import type { StateSnapshot } from './state-fold.ts';

/** Largest text of a snapshot: in bytes. */
const LARGEST = 2 ** 28;

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const isText: Check = (value) => typeof value === 'string';
const isTruth: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => Number.isSafeInteger(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const withFields =
  (fields: Fields): Check =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const isState = withFields({
  id: isText,
  state: isText,
  labels: (value) => isObject(value) && Object.values(value).every(isText),
  restarts: isNumber,
  oomKilled: isTruth,
  engine: optional(isText),
  engineId: optional(isText),
  host: optional(isText),
  name: optional(isText),
  image: optional(isText),
  health: optional(isText),
  pid: optional(isNumber),
  exitCode: optional(isNumber),
  createdAt: optional(isInstantText),
  startedAt: optional(isInstantText),
  finishedAt: optional(isInstantText),
  stopRequested: optional(isTruth),
});

const isGap = withFields({
  reason: isText,
  since: isInstantText,
  until: isInstantText,
  engine: optional(isText),
  engineId: optional(isText),
});

const isSnapshot = withFields({
  next: (value) => isWhole(value),
  upTo: (value) => value === '' || isInstantText(value),
  states: listOf(isState),
  uncertain: listOf(isText),
  gaps: listOf(isGap),
});

/** Reads the compressed text of a snapshot. @returns undefined if it is damaged */
export function readSnapshot(payload: Buffer, next: number): StateSnapshot | undefined {
  try {
    const text = inflateRawSync(payload, { maxOutputLength: LARGEST }).toString();
    const value: unknown = JSON.parse(text);
    return isSnapshot(value) && (value as StateSnapshot).next === next ? (value as StateSnapshot) : undefined;
  } catch {
    return undefined;
  }
}
