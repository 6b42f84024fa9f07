/** Recovers a store's content: segments, numbers, and their damage. */
import { randomBytes } from 'node:crypto';
import { newEpoch } from '../../collector/cursor.ts';
import { LaterFormatError } from '../../later-format.ts';
import type { Log } from '../../log.ts';
import { LAST_START } from '../format/ranges.ts';
import { History } from './history.ts';
import { EARLIER, type Numbers, readMark, readNumbers, type Saved } from '../store/numbers.ts';
import { endOf, EVER, FORMAT, FORMATS, numberIn, packedName, type Segment } from '../format/segment.ts';
import { indexBytes, type Opened, openSegment } from '../store/segment-file.ts';
import type { Store, StoredFile } from '../store/store.ts';

/** Numbers to skip if the used numbers are unknown: more than any run reserves. */
const GENEROUS = 2 ** 33;

/** A file that cannot be used, and the reason. */
interface Unusable {
  readonly name: string;
  readonly why: string;
}

/** Recovered content of a store. */
export interface Recovered {
  readonly segments: readonly Segment[];
  readonly saved: Saved;
  /** The number after all settled ones, which are written or known to be gone. */
  readonly end: number;
  /** The next number that can be given out. */
  readonly first: number;
  /**
   * True if `first` is exact; false if it is a bound beyond all numbers that can have been given
   * out.
   */
  readonly exact: boolean;
  readonly unusable: readonly Unusable[];
  /** Damage in files that remain usable. */
  readonly damage: readonly Unusable[];
  /**
   * Files that are not needed: a segment beside its whole packed copy, a damaged copy beside its
   * segment, and segments whose events have all expired.
   */
  readonly needless: readonly string[];
  /** An empty file that was being created during a crash. */
  readonly torn: string | undefined;
  /** Reason why nothing is read: the journal is of a later version. */
  readonly later?: LaterFormatError | undefined;
}

/** Reads everything and changes nothing. */
export function find(store: Store): Recovered {
  const found = findAll(store);
  return found.first <= LAST_START ? found : begin(store, `its numbers, up to ${found.first}, are used up`);
}

function findAll(store: Store): Recovered {
  const files = store.list().flatMap(({ name, size }) => {
    const first = numberIn(name);
    return first === undefined ? [] : [{ name, size, first }];
  });
  const read = readNumbers(store);
  const format = read?.numbers.format;
  if (format !== undefined && !FORMATS.has(format)) {
    const later = new LaterFormatError('the journal', format, FORMAT);
    return begin(store, later.message, later);
  }

  const { opened, twice } = onceEach(
    files.map((file) => ({ file, found: open(store, file, read?.numbers) })),
  );
  for (const { found } of opened) {
    if (found.segment === undefined && found.later !== undefined)
      return begin(store, found.damage, found.later);
  }

  const epoch = read?.numbers.epoch ?? opened.find(({ found }) => found.segment)?.found.segment?.epoch;
  const epochs = new Set([epoch, ...(read?.numbers.earlier ?? [])]);
  const segments: Segment[] = [];
  const unusable: Unusable[] = [];
  const damage: Unusable[] = [];
  const needless = [...twice];
  const expiredBelow = read?.numbers.oldest ?? 1;
  let torn: string | undefined;
  for (const { file, found } of opened) {
    const { name } = file;
    const { segment } = found;
    const last = segments.at(-1);
    if (segment === undefined) unusable.push({ name, why: found.damage });
    else if (segment.entries.length === 0 && file === opened.at(-1)?.file) torn = name;
    else if (segment.entries.length === 0) unusable.push({ name, why: 'nothing in it can be read' });
    else if (!epochs.has(segment.epoch))
      unusable.push({ name, why: `it is of another numbering, ${segment.epoch}` });
    else if (last !== undefined && segment.first < endOf(last)) {
      unusable.push({ name, why: `it begins before ${last.name} ends` });
    } else if (endOf(segment) <= expiredBelow) {
      // It was not deleted, or a write that was under way made it again.
      needless.push(name);
    } else {
      segments.push(segment);
      if (found.damage !== undefined) damage.push({ name, why: found.damage });
    }
  }
  const last = segments.at(-1);
  const end = Math.max(1, read?.numbers.settled ?? 1, last === undefined ? 1 : endOf(last));
  const next = segments[0]?.first ?? end;
  const oldest = read === undefined ? 1 : (read.numbers.oldest ?? oldestFile(opened, end));
  if (oldest < next) segments.unshift(missing(oldest, next, segments[0]));
  if (read !== undefined) {
    const { clean, boot, reserved } = read.numbers;
    // Only the process ended: the system has the mark, which covers all numbers that were given out.
    const isWhole = damage.length + unusable.length === 0;
    const isSameBoot = isWhole && boot !== undefined && boot === store.boot;
    const mark = isSameBoot && !read.isOld ? readMark(store) : undefined;
    const isClean = clean && !read.isOld;
    const exact = isClean || mark !== undefined;
    // One newer write at most is gone with a damaged copy.
    const most = read.isOld ? reserved + GENEROUS : reserved;
    const first = Math.max(end, isClean ? reserved : (mark ?? most));
    return { segments, saved: read, end, first, exact, unusable, damage, needless, torn };
  }
  const own = last === undefined ? {} : { epoch: last.epoch, salt: last.salt };
  const numbers = { ...newNumbers(), ...own };
  const first = last === undefined ? end : end + GENEROUS;
  return {
    segments,
    saved: { numbers, version: 0 },
    end,
    first,
    exact: false,
    unusable,
    damage,
    needless,
    torn,
  };
}

/** The oldest number of a journal that does not state it: its numbers are of an older version. */
function oldestFile(opened: readonly OpenedFile[], end: number): number {
  const unreadable = opened.filter(({ found }) => (found.segment?.entries.length ?? 0) === 0);
  return Math.min(end, ...unreadable.map(({ file }) => file.first));
}

/**
 * Stands for the oldest segment if its file is damaged or gone: one gap, whose times are unknown.
 *
 * @param after the segment behind it
 */
function missing(first: number, next: number, after: Segment | undefined): Segment {
  const { epoch = '', salt = 0, created = Number.POSITIVE_INFINITY } = after ?? {};
  const gap = {
    kind: 'gap',
    reason: 'damaged',
    offset: 0,
    length: 0,
    first,
    next,
    min: -EVER,
    max: EVER,
  } as const;
  return { name: packedName(first), first, epoch, salt, created, entries: [gap], size: 0, sealed: true };
}

interface OpenedFile {
  readonly file: StoredFile & { readonly first: number };
  readonly found: Opened;
}

/** Chooses between a segment and its packed copy: the copy if it is whole. A crash left both. */
function onceEach(all: readonly OpenedFile[]): { opened: readonly OpenedFile[]; twice: readonly string[] } {
  const twice = new Set<string>();
  for (const { file, found } of all) {
    if (file.name !== packedName(file.first)) continue;
    const other = all.find((each) => each.file.first === file.first && each.file.name !== file.name);
    if (other === undefined) continue;
    twice.add(found.segment?.sealed === true ? other.file.name : file.name);
  }
  return { opened: all.filter(({ file }) => !twice.has(file.name)), twice: [...twice] };
}

/** A numbering that a collector began without its journal. */
export interface Numbering {
  readonly epoch: string;
  /** The number of its first event. */
  readonly first: number;
  /** The number of its next event, at the time of the call. Default: `first`. */
  readonly head?: number | undefined;
}

/**
 * Continues under that numbering: after the journal's own events if their numbers are lower;
 * otherwise begins a new journal. Numbers that are only reserved do not count: an attempt of this
 * run, whose write failed in the end, may have reserved them.
 */
export function continueAs(store: Store, found: Recovered, { epoch, first }: Numbering): Recovered {
  const behind = found.end <= first;
  const base = behind ? found : begin(store, `its numbers are not below ${first}, where this run began`);
  const { numbers } = base.saved;
  // Numbers that were given out before are missed, even if no segment is left.
  const isNew = base.segments.length === 0 && base.first === 1;
  const before = new Set([...(numbers.earlier ?? []), numbers.epoch]);
  before.delete(epoch);
  const earlier = isNew ? [] : [...before].slice(-EARLIER);
  const oldest = isNew ? first : numbers.oldest;
  const saved = { ...base.saved, numbers: { ...numbers, epoch, earlier, oldest } };
  return { ...base, saved, first, end: isNew ? first : base.end };
}

/** Begins a new journal because the existing files are unusable. */
function begin(store: Store, why: string, later?: LaterFormatError): Recovered {
  const names = store.list().map(({ name }) => name);
  const ours = names.filter((name) => name === 'numbers' || /^\d{16}\.(segment|packed|states)$/.test(name));
  const unusable = ours.map((name) => ({ name, why }));
  const saved = { numbers: newNumbers(), version: 0 };
  return {
    segments: [],
    saved,
    end: 1,
    first: 1,
    exact: true,
    unusable,
    damage: [],
    needless: [],
    torn: undefined,
    later,
  };
}

function newNumbers(): Numbers {
  const salt = randomBytes(4).readUInt32LE();
  return { format: FORMAT, epoch: newEpoch(), salt, reserved: 1, settled: 1, oldest: 1, clean: true };
}

function open(store: Store, file: StoredFile & { first: number }, numbers: Numbers | undefined): Opened {
  try {
    return openSegment(store, file, numbers);
  } catch (error) {
    return { segment: undefined, damage: (error as Error).message };
  }
}

/** Makes a history of the recovered content. */
export function historyOf(
  store: Store,
  { segments, saved, end }: Recovered,
  log: Log,
  head: () => number,
): History {
  const history = new History(store, head);
  history.segments.push(...segments);
  history.forgotten = saved.numbers.forgotten;
  history.durable = end - 1;
  history.onDamage = ({ name }, { from, to }, err) =>
    log.error({ segment: name, from, to, err }, 'the journal is damaged: events can no longer be read');
  return history;
}

/** Sets unusable files aside and writes missing indexes. */
export async function tidy(
  store: Store,
  { segments, unusable, damage, needless, torn }: Recovered,
  log: Log,
): Promise<void> {
  for (const { name, why } of damage) log.warn({ segment: name, why }, 'a segment of the journal is damaged');
  if (torn !== undefined) {
    log.info({ segment: torn }, 'a crash came while the newest segment of the journal was begun');
    await store.remove(torn);
  }
  for (const name of needless) await store.remove(name);
  for (const { name, why } of unusable) {
    const aside = await store.setAside(name).catch((error: Error) => `nowhere (${error.message})`);
    log.error({ file: name, why, aside }, `a file of the journal cannot be used and was set aside: ${why}`);
  }
  for (const segment of segments.filter(({ sealed }) => !sealed)) {
    const bytes = indexBytes(segment);
    const pieces = [{ name: segment.name, offset: segment.size, bytes }];
    segment.sealed = true;
    // Without an index, the segment is read block by block: slower, with the same result.
    await store.write(pieces).then(
      () => (segment.size += bytes.length),
      (error: unknown) => log.debug({ err: error }, 'a segment of the journal stays without index'),
    );
  }
}
