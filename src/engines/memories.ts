/** Chooses the memory of the engine that answers at an endpoint. */
import type { EventSource, IncomingEvent } from '../event.ts';
import type { FollowOptions } from './engine.ts';
import { EventMemory } from './event-memory.ts';
import type { Identities } from './identities.ts';

/** The memory of the engine that answers at one endpoint. */
export class Memories {
  readonly #options: Pick<FollowOptions, 'resume' | 'hasLost'>;
  readonly #identities: Identities;
  /** That of the last session. */
  latest: EventMemory | undefined;
  #source: EventSource | undefined;

  constructor(options: Pick<FollowOptions, 'resume' | 'hasLost'>, identities: Identities) {
    this.#options = options;
    this.#identities = identities;
  }

  /**
   * The memory of a session's engine. An engine with an unknown identity continues that of its
   * endpoint: it may be the same engine on a host with another name. If it is not, a gap follows.
   */
  of(source: EventSource): EventMemory {
    const before = this.latest;
    const isNamed = this.#source?.id !== undefined;
    this.#source = source;
    const make = (): EventMemory => {
      if (before === undefined) return this.#resumed(source);
      if (!isNamed) return before;
      const held = this.#held(source);
      return held.some(({ source: { id } }) => id === source.id) ? new EventMemory(held) : before.copy();
    };
    if (source.id === undefined) return (this.latest = before ?? make());
    return (this.latest = this.#identities.memoryOf(source, make));
  }

  #held(source: EventSource): readonly IncomingEvent[] {
    const { resume = [] } = this.#options;
    return typeof resume === 'function' ? resume(source) : resume;
  }

  #resumed(source: EventSource): EventMemory {
    return new EventMemory(this.#held(source), () => this.#options.hasLost?.(source) === true);
  }
}
