/** Folding on a terminal: selects the events to fold, and groups crash loops. */
import { asyncScheduler, type Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs';
import { type ContainerState, foldRestarts, isRestartLoop, type RestartLoop } from '../../operators/index.ts';
import type { EngineEvent } from '../../src/index.ts';
import type { FoldedLoop } from '../render/renderer.ts';

/** Most remembered containers. */
const MOST = 10_000;

/** Equal execs in one container that are shown; further ones count as a health check. */
const OFTEN = 2;

/** The first words of Docker's health checks that are a line for a shell. */
const SHELL = '/bin/sh -c ';

/** Actions of the engines' own work. */
const FOLDED = new Set(['attach', 'detach', 'resize', 'top', 'init']);

/** Selects less interesting events: execs of health checks, attach, resize, top, and networks. */
export class Noise {
  /** Containers with a health check. */
  readonly #checked = new Set<string>();
  /** Containers on Podman that were cleaned up after their end. */
  readonly #cleaned = new Set<string>();
  /** Count of each exec, by container and command. */
  readonly #execs = new Map<string, number>();
  /** The command of the latest exec, by container. */
  readonly #latest = new Map<string, string>();
  /** Commands that a result of a health check followed, with their containers. */
  readonly #checks = new Set<string>();
  /** Execs whose start was folded; their end is folded too. */
  readonly #quiet = new Set<string>();

  constructor(seed: Iterable<ContainerState> = []) {
    for (const { id, health } of seed) if (health !== undefined) this.#checked.add(id);
  }

  has(event: EngineEvent): boolean {
    const { type, action, id } = event;
    if (type === 'network') return action === 'connect' || action === 'disconnect';
    if (type === 'volume') return action === 'mount' || action === 'unmount';
    if (type !== 'container') return false;
    if (FOLDED.has(action)) return true;
    if (action === 'die') this.#cleaned.delete(id);
    if (action === 'cleanup') return !this.#isSecondCleanup(id);
    if (action.startsWith('health_status')) {
      add(this.#checked, id);
      const check = this.#latest.get(id);
      if (check !== undefined) add(this.#checks, `${id} ${check}`);
      return false;
    }
    // The start of an exec repeats the command of its creation.
    if (action.startsWith('exec_create')) return true;
    if (action.startsWith('exec_start')) return this.#isQuietStart(event);
    return /^exec_died?$/.test(action) && this.#quiet.delete(execOf(event));
  }

  /** Podman's second clean-up shows a stop, for which Podman 4 may have no event of its own. */
  #isSecondCleanup(id: string): boolean {
    if (this.#cleaned.delete(id)) return true;
    add(this.#cleaned, id);
    return false;
  }

  #isQuietStart(event: EngineEvent): boolean {
    const { id, action, attributes } = event;
    const command = attributes['args'] ?? action.replace(/^exec_start:? ?/, '');
    const key = `${id} ${command}`;
    const times = (this.#execs.get(key) ?? 0) + 1;
    bounded(this.#execs);
    this.#execs.set(key, times);
    bounded(this.#latest);
    this.#latest.set(id, command);
    const isCheck = this.#checks.has(key) || (this.#checked.has(id) && command.startsWith(SHELL));
    if (!isCheck && times <= OFTEN) return false;
    add(this.#quiet, execOf(event));
    return true;
  }
}

/** The exec that an event belongs to; engines without ids of execs have one at a time. */
function execOf({ id, attributes }: EngineEvent): string {
  return attributes['execID'] ?? id;
}

function add(held: Set<string>, value: string): void {
  bounded(held);
  held.add(value);
}

function bounded(held: Set<string> | Map<string, unknown>): void {
  if (held.size >= MOST) held.clear();
}

/** The engine's longest delay before it restarts a container, in ms: Docker's. */
const LONGEST_WAIT = 60_000;

/** Time of three deaths at that delay, and of short runs between them: in ms. */
export const LOOP_WITHIN = 200_000;

/** Folds the events of crash loops. Each event comes out at once, folded or not. */
export class Loops {
  readonly #source = new Subject<EngineEvent>();
  readonly #deaths = new Map<string, bigint>();
  /** Containers whose end was requested. */
  readonly #asked = new Set<string>();
  readonly #waits = new Map<string, number>();
  readonly #folded: Observable<EngineEvent | RestartLoop<EngineEvent>>;

  /** @param scheduler the clock that ends loops */
  constructor(scheduler: SchedulerLike = asyncScheduler) {
    this.#folded = this.#source.pipe(foldRestarts<EngineEvent>({ within: LOOP_WITHIN, scheduler }));
  }

  /**
   * Calls back with each event that is not folded, and with each loop at its start, growth and end.
   */
  follow(event: (event: EngineEvent) => void, loop: (loop: FoldedLoop) => void): Subscription {
    return this.#folded.subscribe((item) => {
      if (!isRestartLoop(item)) return event(item);
      const { first, latest, deaths, over } = item;
      const wait = this.#waits.get(item.id);
      const next = over || wait === undefined ? undefined : Math.min(LONGEST_WAIT, 2 * wait);
      loop({ first, latest, deaths, over, next });
    });
  }

  /**
   * Tests whether an event can belong to a crash loop: a requested death, or one with exit code 0,
   * cannot.
   */
  isCrash({ type, action, id, attributes }: EngineEvent): boolean {
    if (type !== 'container') return true;
    if (action === 'kill' || action === 'stop') {
      add(this.#asked, id);
    }
    if (action !== 'die' && action !== 'died') return true;
    return !this.#asked.delete(id) && attributes['exitCode'] !== '0';
  }

  next(event: EngineEvent): void {
    if (event.type === 'container') this.#note(event);
    this.#source.next(event);
  }

  complete(): void {
    this.#source.complete();
  }

  #note({ id, action, timeNano }: EngineEvent): void {
    if (action === 'die') {
      if (this.#deaths.size >= MOST) this.#deaths.clear();
      this.#deaths.set(id, timeNano);
    } else if (action === 'start') {
      const death = this.#deaths.get(id);
      if (this.#waits.size >= MOST) this.#waits.clear();
      if (death !== undefined && timeNano > death) this.#waits.set(id, Number(timeNano - death) / 1e6);
    }
  }
}
