/**
 * An engine like Docker, in virtual time: it starts, stops and removes containers and reports that
 * as Docker does.
 */
import {
  concat,
  defer,
  EMPTY,
  ignoreElements,
  NEVER,
  type Observable,
  of,
  Subject,
  throwError,
  timer,
} from 'rxjs';
import type { EngineControl, Inspected } from '../../src/engines/control.ts';
import type { EventSource, IncomingEvent } from '../../src/event.ts';
import type { VirtualTime } from './virtual-time.ts';

export const MODEL: EventSource = { engine: 'model' };

interface Container {
  readonly name: string;
  /** Duration of a run, in ms, and its exit code; undefined: it runs until it is stopped. */
  readonly run?: { readonly ms: number; readonly exitCode: number } | undefined;
  readonly restartPolicy?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  state: 'created' | 'running' | 'exited';
  /** Which run it is: the end of an earlier one changes nothing. */
  runs: number;
}

export class ModelEngine implements EngineControl {
  readonly events: Subject<IncomingEvent> = new Subject();
  /** Requests with their times: `100 start web`. */
  readonly asked: string[] = [];
  /** Failures of the next actions. */
  readonly failures: ('refuse' | 'hang')[] = [];
  /** Duration of an action, in ms. */
  takes = 0;
  readonly #time: VirtualTime;
  readonly #containers = new Map<string, Container>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  /** Makes one, whose id is its name. */
  create(name: string, parts: Partial<Pick<Container, 'run' | 'restartPolicy' | 'labels'>> = {}): void {
    this.#containers.set(name, { name, labels: {}, ...parts, state: 'created', runs: 0 });
    this.#tell(name, 'create');
  }

  /** By a user. */
  begin(name: string): void {
    this.#run(this.#get(name));
  }

  /** A user's stop, reported as after `docker stop`. */
  stop(name: string, signal = '15'): void {
    const container = this.#get(name);
    this.#tell(name, 'kill', { signal });
    this.#end(container, 143);
    this.#tell(name, 'stop');
  }

  /** Any other event. */
  tell(name: string, action: string, attributes: Readonly<Record<string, string>> = {}): void {
    this.#tell(name, action, attributes);
  }

  get control(): EngineControl {
    return this;
  }

  list(): Observable<readonly Inspected[]> {
    return defer(() => of([...this.#containers.keys()].map((name) => this.#inspected(name) as Inspected)));
  }

  inspect(id: string): Observable<Inspected | undefined> {
    return defer(() => of(this.#inspected(id)));
  }

  start(id: string): Observable<never> {
    return this.#act('start', id, () => this.#run(this.#get(id)));
  }

  restart(id: string): Observable<never> {
    return this.#act('restart', id, () => {
      const container = this.#get(id);
      if (container.state === 'running') this.stop(id);
      this.#run(container);
      this.#tell(id, 'restart');
    });
  }

  remove(id: string): Observable<never> {
    return this.#act('remove', id, () => {
      this.#containers.delete(id);
      this.#tell(id, 'destroy');
    });
  }

  #act(what: string, id: string, work: () => void): Observable<never> {
    return defer(() => {
      this.asked.push(`${this.#time.scheduler.now()} ${what} ${id}`);
      const failure = this.failures.shift();
      if (failure === 'hang') return NEVER;
      if (failure === 'refuse') return throwError(() => new Error('it answers 500: driver failed'));
      const done = defer(() => {
        work();
        return EMPTY;
      });
      const wait = this.takes === 0 ? EMPTY : timer(this.takes, this.#time.scheduler);
      return concat(wait, done).pipe(ignoreElements());
    });
  }

  #run(container: Container): void {
    container.state = 'running';
    const run = ++container.runs;
    this.#tell(container.name, 'start');
    if (container.run === undefined) return;
    const { ms, exitCode } = container.run;
    this.#time.scheduler.schedule(() => {
      if (container.runs === run) this.#end(container, exitCode);
    }, ms);
  }

  #end(container: Container, exitCode: number): void {
    if (container.state !== 'running') return;
    container.state = 'exited';
    this.#tell(container.name, 'die', { exitCode: String(exitCode) });
  }

  #tell(name: string, action: string, attributes: Readonly<Record<string, string>> = {}): void {
    const labels = this.#containers.get(name)?.labels;
    this.events.next({
      timeNano: this.#time.now(),
      type: 'container',
      action,
      id: name,
      name,
      attributes: { image: 'model:1', ...labels, ...attributes },
      source: MODEL,
    });
  }

  #inspected(name: string): Inspected | undefined {
    const container = this.#containers.get(name);
    if (container === undefined) return undefined;
    const { state, labels, restartPolicy } = container;
    return {
      state: {
        id: name,
        engine: MODEL.engine,
        name,
        image: 'model:1',
        state,
        labels,
        restarts: 0,
        oomKilled: false,
      },
      restartPolicy,
    };
  }

  #get(name: string): Container {
    const container = this.#containers.get(name);
    if (container === undefined) throw new Error(`no such container: ${name}`);
    return container;
  }
}
