/**
 * The engines that are followed together, for those whose containers another engine shows too:
 * Docker's are containerd's.
 */
import { filter, map, merge, type Observable, of, Subject, take } from 'rxjs';
import type { EngineControl } from './control.ts';

/** The engines that are followed, as one of them sees the others. */
export interface Followed {
  /**
   * Controls of the engines of a kind that are followed and have answered at least once. An engine
   * that is being reconnected counts: its stream resumes.
   */
  controls(engine: string): readonly EngineControl[];
  /** Emits once as soon as every followed engine of a kind has answered, or has failed to. */
  settled(engine: string): Observable<unknown>;
}

/** One engine's place among them. */
export interface FollowedPlace {
  /** The first answer, or the first failure. */
  report(outcome: 'answered' | 'failed'): void;
  leave(): void;
}

interface Entry {
  readonly engine: string;
  readonly control: EngineControl | undefined;
  outcome: 'pending' | 'answered' | 'failed';
}

/** The list of the followed engines: one for all that are followed together. */
export class FollowedEngines implements Followed {
  readonly #entries = new Set<Entry>();
  readonly #changes = new Subject<void>();

  /** Adds an engine as it begins to be followed. */
  enter(engine: string, control: EngineControl | undefined): FollowedPlace {
    const entry: Entry = { engine, control, outcome: 'pending' };
    this.#entries.add(entry);
    return {
      report: (outcome) => {
        if (entry.outcome === 'answered') return;
        entry.outcome = outcome;
        this.#changes.next();
      },
      leave: () => {
        this.#entries.delete(entry);
        this.#changes.next();
      },
    };
  }

  controls(engine: string): readonly EngineControl[] {
    return [...this.#entries].flatMap((entry) =>
      entry.engine === engine && entry.outcome === 'answered' ? (entry.control ?? []) : [],
    );
  }

  settled(engine: string): Observable<unknown> {
    const isPending = (): boolean =>
      [...this.#entries].some((entry) => entry.engine === engine && entry.outcome === 'pending');
    return merge(of(undefined), this.#changes).pipe(
      map(isPending),
      filter((pending) => !pending),
      take(1),
    );
  }
}
