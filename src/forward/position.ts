/**
 * The position of a forwarder on disk: the last event that its sink has acknowledged.
 *
 * The file has two slots that are written in turn, so that a write that is cut leaves the one
 * before. A write costs some microseconds; the system puts it on disk in the background.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { constants } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../make-directory.ts';
import { parseCursor } from '../collector/cursor.ts';
import { fnv1a } from '../hash.ts';
import { LaterFormatError, setAside } from '../later-format.ts';

/** Bytes of a slot, and the distance of slots: a disk writes a sector as a whole. */
const SLOT = 256;
const APART = 512;

/**
 * The version of the format. Slots of format 1 begin with their count; those of later formats with
 * `format N`.
 */
const FORMAT = 1;
const LATER = /^format (\d{1,6}) /;

export interface Position {
  /** Cursor of the last acknowledged event. */
  readonly acknowledged: string;
  /** Cursor of the last event of which a delivery was begun. Events between may be repeated. */
  readonly sent: string;
}

/** Path of the position of a forwarder in a data directory. */
export function positionIn(dataDir: string, name: string): string {
  return join(dataDir, 'forward', `${name}.position`);
}

/** The position of one forwarder, kept in a file. */
export class PositionFile {
  /** The position that the file held at the start; undefined for a new or damaged file. */
  readonly found: Position | undefined;
  /**
   * The fault of the file's content; undefined for a new file. A file of a later version is set aside.
   */
  readonly unreadable: string | undefined;
  readonly #fd: number;
  #count = 0;
  #written: Position | undefined;
  #syncing = false;
  #dirty = false;
  #closed = false;

  /** @throws Error of the system if the file cannot be written */
  constructor(path: string) {
    makeDirectory(dirname(path));
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const fd = openSync(path, flags, 0o600);
    const texts = [0, 1].map((i) => textAt(fd, i));
    const later = texts.map((text) => Number(LATER.exec(text)?.[1] ?? 0)).find((format) => format > FORMAT);
    if (later !== undefined) {
      closeSync(fd);
      const error = new LaterFormatError('it', later, FORMAT);
      this.unreadable = `${error.message}; it was set aside as ${setAside(path, error)}`;
      this.#fd = openSync(path, flags, 0o600);
      return;
    }
    this.#fd = fd;
    const slots = texts.flatMap((text) => parseSlot(text) ?? []);
    const newest = slots.toSorted((a, b) => b.count - a.count)[0];
    this.#count = newest?.count ?? 0;
    this.found = newest?.position;
    this.unreadable = newest === undefined && fstatSync(fd).size > 0 ? 'it is damaged' : undefined;
    this.#written = this.found;
  }

  /** Keeps a position from now on. @throws Error of the system if it cannot be written */
  write(position: Position): void {
    const { acknowledged, sent } = position;
    if (acknowledged === this.#written?.acknowledged && sent === this.#written.sent) return;
    const count = this.#count + 1;
    const text = `${count} ${acknowledged} ${sent}`;
    const slot = `${text} ${checkOf(text)}`.padEnd(SLOT - 1) + '\n';
    writeSync(this.#fd, slot, (count % 2) * APART);
    this.#count = count;
    this.#written = position;
    this.#dirty = true;
  }

  /** Puts what was written on disk, in the background: without it, a power cut can lose it. */
  sync(): void {
    if (this.#syncing || !this.#dirty || this.#closed) return;
    this.#dirty = false;
    this.#syncing = true;
    fdatasync(this.#fd, () => {
      this.#syncing = false;
      if (this.#closed) closeSync(this.#fd);
      else this.sync();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#syncing) closeSync(this.#fd);
  }

  /** Forgets a damaged content. */
  clear(): void {
    ftruncateSync(this.#fd, 0);
  }
}

function textAt(fd: number, i: number): string {
  const buffer = Buffer.alloc(SLOT);
  const length = readSync(fd, buffer, 0, SLOT, i * APART);
  return buffer.toString('latin1', 0, length).trimEnd();
}

/** @returns undefined if the slot is empty or damaged */
function parseSlot(text: string): { readonly count: number; readonly position: Position } | undefined {
  const [count = '', acknowledged = '', sent = '', check] = text.split(' ');
  if (check !== checkOf(`${count} ${acknowledged} ${sent}`) || !isCursor(acknowledged) || !isCursor(sent)) {
    return undefined;
  }
  return { count: Number(count), position: { acknowledged, sent } };
}

function checkOf(text: string): string {
  return (fnv1a(text, 0) >>> 0).toString(36);
}

function isCursor(text: string): boolean {
  try {
    return parseCursor(text).epoch !== '';
  } catch {
    return false;
  }
}
