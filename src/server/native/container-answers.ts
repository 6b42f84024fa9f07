/**
 * Answers about containers: encoded in turns, once for all requests at one cursor, and a bounded
 * number at a time.
 */
import type { ServerResponse } from 'node:http';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { StateLookup } from '../../../operators/state-table.ts';
import { stringify } from '../../encoders/json-text.ts';
import type { ServerContext } from '../context.ts';
import { HttpError } from '../http/http-answer.ts';
import type { LimitName, Limits } from '../client-limits.ts';
import type { Turns, Work } from '../turns.ts';

/** Most bytes of answers that clients have not taken yet: beyond that, requests are refused. */
const HELD = 64 * 1024 * 1024;

/** Characters of JSON that cost as much as an item. */
const CHARACTERS = 1024;

/** Least characters in a piece of an answer. */
const PIECE = 64 * 1024;

/** An encoded answer, in pieces. */
interface Encoded {
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
  /** Count of clients that have not taken it yet. */
  readers: number;
}

/** Containers, and other fields of the answer: `cursor`, or `at` and `gaps`. */
export interface FoundContainers {
  readonly containers: readonly ContainerState[];
  readonly cursor?: string;
  readonly at?: string;
}

/** All containers at one moment. */
interface Snapshot {
  /** The version of the states. */
  readonly version: number;
  readonly found: FoundContainers;
  answer: Promise<Encoded | undefined> | undefined;
}

type Wants = (container: ContainerState) => boolean;

export class ContainerAnswers {
  readonly #turns: Turns;
  readonly #limits: Limits;
  /** Count of responses in progress, by limit. */
  readonly #open = new Map<LimitName, number>();
  /** Encoded lines of unchanged states. */
  readonly #lines = new WeakMap<ContainerState, string>();
  #held = 0;
  #newest: Snapshot | undefined;

  constructor(turns: Turns, limits: Limits) {
    this.#turns = turns;
    this.#limits = limits;
  }

  /**
   * Takes a place for a response, until it is closed.
   *
   * @throws HttpError 429 if all places are taken
   */
  take(limit: LimitName, response: ServerResponse): void {
    const open = this.#open.get(limit) ?? 0;
    if (open >= this.#limits.of(limit) || this.#held >= HELD) {
      this.#limits.refused(limit);
      throw new HttpError(429, `too many answers at a time: ${open} are under way; try again later`, {
        'retry-after': '1',
      });
    }
    this.#open.set(limit, open + 1);
    const free = (): void => void this.#open.set(limit, (this.#open.get(limit) ?? 1) - 1);
    if (response.destroyed) free();
    else response.once('close', free);
  }

  /** Current containers: copied once for all requests before the next change. */
  now({ cursor, states }: ServerContext['containers']): FoundContainers {
    return this.#snapshot(cursor, states).found;
  }

  /** Sends all current containers: all requests before the next change share the bytes. */
  async sendAll(response: ServerResponse, { cursor, states }: ServerContext['containers']): Promise<void> {
    const snapshot = this.#snapshot(cursor, states);
    const isThere = ({ state }: ContainerState): boolean => state !== 'removed';
    snapshot.answer ??= this.#turns.run(this.#encode(snapshot.found, isThere, 1));
    this.#send(response, await snapshot.answer);
  }

  #snapshot(cursor: string, states: StateLookup): Snapshot {
    const { version } = states;
    if (this.#newest?.version !== version || this.#newest.found.cursor !== cursor) {
      this.#newest = { version, found: { cursor, containers: [...states] }, answer: undefined };
    }
    return this.#newest;
  }

  /**
   * Sends the containers that a client selects.
   *
   * @param cost items that one call of `wants` costs
   */
  async send(response: ServerResponse, found: FoundContainers, wants: Wants, cost: number): Promise<void> {
    const work = this.#encode(found, wants, cost);
    this.#send(response, await this.#turns.run(work, () => !response.destroyed));
  }

  #send(response: ServerResponse, answer: Encoded | undefined): void {
    if (answer === undefined || response.destroyed) return;
    if (answer.readers++ === 0) this.#held += answer.bytes;
    response.once('close', () => {
      if (--answer.readers === 0) this.#held -= answer.bytes;
    });
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-length': answer.bytes,
    });
    if (response.req.method !== 'HEAD') for (const piece of answer.pieces) response.write(piece);
    response.end();
  }

  /** The containers come last, after all other fields. */
  *#encode({ containers, ...rest }: FoundContainers, wants: Wants, cost: number): Work<Encoded> {
    const pieces: Buffer[] = [];
    let text = `${stringify(rest).slice(0, -1)},"containers":[`;
    let separator = '';
    for (const container of containers) {
      const line = wants(container) ? this.#lineOf(container) : '';
      if (line !== '') {
        text += separator + line;
        separator = ',';
      }
      if (text.length >= PIECE) {
        pieces.push(Buffer.from(text));
        text = '';
      }
      yield cost + Math.ceil(line.length / CHARACTERS);
    }
    pieces.push(Buffer.from(`${text}]}\n`));
    return { pieces, bytes: pieces.reduce((sum, piece) => sum + piece.length, 0), readers: 0 };
  }

  #lineOf(container: ContainerState): string {
    let line = this.#lines.get(container);
    if (line === undefined) this.#lines.set(container, (line = stringify(container)));
    return line;
  }
}
