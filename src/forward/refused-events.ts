/** Events that a sink has refused: set aside in a file. */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../make-directory.ts';
import { encodeEvent } from '../encoders/ndjson-event.ts';
import { quote } from '../encoders/json-text.ts';
import type { EngineEvent } from '../event.ts';
import type { Instant } from '../instant.ts';
import { format } from '../instant.ts';

/** Largest file, in bytes; the former one is kept beside it. */
const LARGEST = 16 * 2 ** 20;

/** Longest reason, in characters. */
const REASON = 500;

/** Path of the refused events of a forwarder in a data directory. */
export function refusedIn(dataDir: string, name: string): string {
  return join(dataDir, 'forward', `${name}.refused.ndjson`);
}

/**
 * Appends refused events to a file, a line for each: the time, the reason and the event. At 16 MiB,
 * the file replaces the one before it (`….1`).
 */
export class RefusedFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Error of the system if the file cannot be written */
  add(event: EngineEvent, cursor: string, reason: string, now: Instant): void {
    const text = quote(reason.slice(0, REASON));
    const line = `{"refused":"${format(now)}","reason":${text},"event":${encodeEvent(event, cursor)}}\n`;
    makeDirectory(dirname(this.#path));
    const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > 0 && size + Buffer.byteLength(line) > LARGEST) renameSync(this.#path, `${this.#path}.1`);
    appendFileSync(this.#path, line, { mode: 0o600 });
  }
}
