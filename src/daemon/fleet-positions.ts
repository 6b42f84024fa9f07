/**
 * The positions of hosts that a central daemon has recorded. A file holds them as of a cursor that is
 * on disk; the events after that cursor state theirs themselves.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { SchedulerLike, Subscription } from 'rxjs';
import type { Collector } from '../collector/collector.ts';
import { parseCursor } from '../collector/cursor.ts';
import type { PositionStore } from '../engines/engine.ts';
import { encodeToken } from '../fleet/names.ts';
import {
  type HostPosition,
  parsePosition,
  POSITION,
  readPositions,
  type WrittenPositions,
  writePositions,
} from '../fleet/host-position.ts';
import type { Log } from '../log.ts';
import { makeDirectory } from '../make-directory.ts';

/** Interval of writes while events arrive: in ms. */
const EVERY = 5000;

/** Events of the journal that are read in one step. */
const STEP = 1024;
const STEP_BYTES = 2 ** 20;

export interface FleetPositionsOptions {
  readonly collector: Collector;
  /** Directory of data that survives a restart. Undefined: nothing is kept. */
  readonly dataDir: string | undefined;
  readonly endpoint: string;
  readonly scheduler: SchedulerLike;
  readonly log: Log;
}

export class FleetPositions implements PositionStore {
  readonly #options: FleetPositionsOptions;
  readonly #path: string | undefined;
  /** Positions that wait until their cursor is on disk. */
  #pending: { readonly cursor: string; readonly hosts: Record<string, HostPosition> } | undefined;
  #timer: Subscription | undefined;
  #latest: ReadonlyMap<string, HostPosition> = new Map();

  constructor(options: FleetPositionsOptions) {
    const { dataDir, endpoint } = options;
    this.#options = options;
    const name = createHash('sha256').update(endpoint).digest('hex').slice(0, 16);
    this.#path = dataDir === undefined ? undefined : join(dataDir, 'fleet', `${name}.json`);
  }

  load(): ReadonlyMap<string, HostPosition> {
    const found = this.#read();
    const { collector, endpoint } = this.#options;
    const positions = new Map(found?.positions);
    const query = found?.cursor === undefined ? { since: 0n } : { cursor: found.cursor };
    const reader = collector.reader({ ...query, follow: false });
    try {
      while (reader.ended === undefined) {
        for (const { source, attributes } of reader.read(STEP, STEP_BYTES).events) {
          const position = parsePosition(attributes[POSITION]);
          const [host = ''] = (source.host ?? '').split('/', 1);
          if (position === undefined || source.endpoint !== `${endpoint}/${encodeToken(host)}`) continue;
          positions.set(host, position);
        }
      }
    } finally {
      reader.close();
    }
    return positions;
  }

  /** The file; undefined if it is missing, damaged or not of this journal: all events are read then. */
  #read(): WrittenPositions | undefined {
    const { log } = this.#options;
    const path = this.#path;
    if (path === undefined) return undefined;
    try {
      const found = readPositions(path);
      if (found === undefined || this.#isOfJournal(found.cursor)) return found;
      log.warn({ path }, `fleet: ${path} is not of this journal: positions are read from the journal alone`);
    } catch (err) {
      log.warn({ err, path }, `fleet: ${(err as Error).message}: positions are read from the journal alone`);
    }
    return undefined;
  }

  save(positions: ReadonlyMap<string, HostPosition>): void {
    this.#latest = positions;
    if (this.#path === undefined || this.#timer !== undefined) return;
    this.#timer = this.#options.scheduler.schedule(() => {
      this.#timer = undefined;
      this.#write();
    }, EVERY);
  }

  /** Writes what is on disk; the rest is found in the journal. */
  close(): void {
    this.#timer?.unsubscribe();
    this.#write();
  }

  #isOfJournal(cursor: string | undefined): boolean {
    const { collector } = this.#options;
    try {
      const { epoch, seq } = parseCursor(cursor ?? '');
      const [newest, oldest] = [parseCursor(collector.newest), parseCursor(collector.oldest)];
      return epoch === newest.epoch && seq <= newest.seq && seq >= oldest.seq - 1;
    } catch {
      return false;
    }
  }

  #write(): void {
    const { collector, log } = this.#options;
    if (this.#path === undefined) return;
    const { durable = collector.newest } = collector;
    const pending = this.#pending;
    this.#pending ??= { cursor: collector.newest, hosts: Object.fromEntries(this.#latest) };
    if (pending === undefined || parseCursor(durable).seq < parseCursor(pending.cursor).seq) return;
    this.#pending = undefined;
    try {
      makeDirectory(dirname(this.#path));
      writePositions(this.#path, new Map(Object.entries(pending.hosts)), pending.cursor);
    } catch (err) {
      log.error(
        { err, path: this.#path },
        `fleet: the positions of hosts cannot be written: ${(err as Error).message}`,
      );
    }
  }
}
