/** Runs forwarders: one for each entry of the file, each with its own position. */
import type { Writable } from 'node:stream';
import type { Subscription } from 'rxjs';
import { parseCursor } from '../collector/cursor.ts';
import { type Forwarder, forwarderText } from './forwarder.ts';
import { Forwarding, type ForwardingOptions } from './forwarding.ts';
import type { ForwarderStatus } from './status.ts';

export type { Forwarder } from './forwarder.ts';
export type { ForwarderStatus } from './status.ts';

/** Delay before another start of forwarders that cannot run, in ms. */
const RETRY = 10_000;

export interface ForwardersOptions extends ForwardingOptions {
  /** Standard output, for sinks that write there. Default: the process'. */
  readonly stdout?: Writable | undefined;
}

/** Active forwarders. */
export interface Forwarders {
  /** Status of each, in the order of the file. */
  readonly status: readonly ForwarderStatus[];
  /**
   * Replaces all forwarders. An unchanged one continues; a changed one continues from its position on
   * disk with the new settings; a removed one stops, and its position stays.
   */
  load(forwarders: readonly Forwarder[]): void;
  /** Stops all; each gets a moment for the delivery that is under way. */
  close(): Promise<void>;
}

interface Running {
  readonly text: string;
  readonly forwarder: Forwarder;
  /** Undefined while it cannot run. */
  readonly forwarding: Forwarding | undefined;
  /** The reason why it cannot run. */
  readonly failure: string | undefined;
}

/** Creates the runner of forwarders, at first without any. */
export function createForwarders(options: ForwardersOptions): Forwarders {
  const { collector, log, scheduler, stdout, now } = options;
  const begun = String(now());
  let running: readonly Running[] = [];
  /** The end of former forwarders: two must not use one position. */
  let stopping: Promise<unknown> = Promise.resolve();
  let loads = 0;
  let retry: Subscription | undefined;

  const start = (): void => {
    running = running.map((each) => (each.forwarding === undefined ? begin(each.forwarder) : each));
    retry?.unsubscribe();
    if (running.some(({ forwarding }) => forwarding === undefined)) retry = scheduler.schedule(start, RETRY);
  };

  const begin = (forwarder: Forwarder): Running => {
    const { name, sink } = forwarder;
    const text = forwarderText(forwarder);
    try {
      const opened = sink.open({ name, log, scheduler, stdout });
      return { text, forwarder, forwarding: new Forwarding(forwarder, opened, options), failure: undefined };
    } catch (err) {
      log.error({ err, forwarder: name }, `forwarder ${name} cannot run: ${(err as Error).message}`);
      return { text, forwarder, forwarding: undefined, failure: (err as Error).message };
    }
  };

  const statusOf = ({ forwarder, forwarding, failure }: Running): ForwarderStatus => {
    if (forwarding !== undefined) return forwarding.status;
    const { name, sink } = forwarder;
    const none = {
      sent: 0,
      repeated: 0,
      failed: 0,
      refused: 0,
      missed: 0,
      lag: parseCursor(collector.newest).seq,
    };
    const waiting = { state: 'stopped', detail: failure ?? 'it starts', since: begun, position: '' } as const;
    return { name, sink: sink.kind, target: sink.target, ...waiting, ...none };
  };

  return {
    get status() {
      return running.map(statusOf);
    },
    load: (forwarders) => {
      const before = new Map(running.map((each) => [each.text, each]));
      const kept = forwarders.map((forwarder): Running => {
        const text = forwarderText(forwarder);
        const same = before.get(text);
        if (same?.forwarding !== undefined) before.delete(text);
        return same ?? { text, forwarder, forwarding: undefined, failure: undefined };
      });
      running = kept;
      const load = ++loads;
      const ends = [...before.values()].map(async ({ forwarding }) => await forwarding?.close());
      if (ends.length === 0) return start();
      stopping = Promise.all([stopping, ...ends]).then(() => (load === loads ? start() : undefined));
    },
    close: async () => {
      loads++;
      retry?.unsubscribe();
      await stopping;
      await Promise.all(running.map(async ({ forwarding }) => await forwarding?.close()));
    },
  };
}
