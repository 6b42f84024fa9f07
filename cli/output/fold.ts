/** On a terminal: which events are folded away, and what a crash loop looks like. */
import { type Observable, Subject, type Subscription } from 'rxjs';
import { type ContainerState, foldRestarts, isRestartLoop, type RestartLoop } from '../../operators/index.ts';
import type { EngineEvent } from '../../src/index.ts';
import type { Loop } from '../render/renderer.ts';

/** As many containers are remembered. */
const MOST = 10_000;

/** An exec that comes so often in one container is a health check, though nothing says so. */
const OFTEN = 3;

/** Tells the events of less interest from others: execs of health checks, attach, resize, top, and networks. */
export class Noise {
  /** Containers with a health check. */
  readonly #checked = new Set<string>();
  /** How often each exec was seen, by container and command. */
  readonly #execs = new Map<string, number>();

  constructor(seed: Iterable<ContainerState> = []) {
    for (const { id, health } of seed) if (health !== undefined) this.#checked.add(id);
  }

  has(event: EngineEvent): boolean {
    const { type, action, id } = event;
    if (type === 'network') return action === 'connect' || action === 'disconnect';
    if (type === 'volume') return action === 'mount' || action === 'unmount';
    if (type !== 'container') return false;
    if (action === 'attach' || action === 'detach' || action === 'resize' || action === 'top') return true;
    if (action.startsWith('health_status')) {
      bounded(this.#checked);
      this.#checked.add(id);
      return false;
    }
    return action.startsWith('exec_') && this.#isCheck(event);
  }

  #isCheck({ id, action, attributes }: EngineEvent): boolean {
    if (this.#checked.has(id)) return true;
    const command = `${id} ${action.replace(/^exec_(create|start): /, '')} ${attributes['args'] ?? ''}`;
    const times = (this.#execs.get(command) ?? 0) + 1;
    bounded(this.#execs);
    this.#execs.set(command, times);
    return times > 2 * OFTEN;
  }
}

function bounded(held: Set<string> | Map<string, number>): void {
  if (held.size >= MOST) held.clear();
}

/** The longest wait of an engine before it starts a container again, in ms: Docker's. */
const LONGEST_WAIT = 60_000;

/** Folds the events of crash loops. What is passed on or folded comes out at once. */
export class Loops {
  readonly #source = new Subject<EngineEvent>();
  readonly #deaths = new Map<string, bigint>();
  /** Containers that somebody asked to end. */
  readonly #asked = new Set<string>();
  readonly #waits = new Map<string, number>();
  readonly #folded: Observable<EngineEvent | RestartLoop<EngineEvent>> =
    this.#source.pipe(foldRestarts<EngineEvent>());

  /** Calls back with each event that is not folded, and with each loop as it begins, grows and ends. */
  follow(event: (event: EngineEvent) => void, loop: (loop: Loop) => void): Subscription {
    return this.#folded.subscribe((item) => {
      if (!isRestartLoop(item)) return event(item);
      const { first, latest, deaths, over } = item;
      const wait = this.#waits.get(item.id);
      const next = over || wait === undefined ? undefined : Math.min(LONGEST_WAIT, 2 * wait);
      loop({ first, latest, deaths, over, next });
    });
  }

  /** Whether it can be of a crash loop: a death that somebody asked for, or with 0, is not, and stands for itself. */
  isCrash({ type, action, id, attributes }: EngineEvent): boolean {
    if (type !== 'container') return true;
    if (action === 'kill' || action === 'stop') {
      bounded(this.#asked);
      this.#asked.add(id);
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
