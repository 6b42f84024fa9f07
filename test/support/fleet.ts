/** A nats-server for each test, hosts that publish to it, and readers: all end with the test. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { asyncScheduler, retry, type Subscription, timer } from 'rxjs';
import { afterEach, beforeEach, vi } from 'vitest';
import { nowNano } from '../../src/clock.ts';
import { type Collector, createCollector } from '../../src/collector/collector.ts';
import type { IncomingEvent } from '../../src/event.ts';
import type { HostPosition } from '../../src/fleet/host-position.ts';
import { type FleetOptions, readFleet } from '../../src/fleet/read-fleet.ts';
import { forwardFile } from '../../src/forward/forward-schema.ts';
import { createForwarders, type Forwarders } from '../../src/forward/index.ts';
import { silent } from '../../src/log.ts';
import { event as eventOf } from './events.ts';
import { NatsServer, type NatsServerOptions, natsServer } from './nats.ts';
import { stateDirectory } from './state-directory.ts';

/** Longest wait for a real server: in ms. */
export const WITHIN = 30_000;

interface HostSettings {
  readonly collector?: Collector;
  /** The difference of its clock: in ms. */
  readonly skew?: number;
  /** Further options of the sink. */
  readonly options?: object;
}

interface PublishingHost {
  readonly collector: Collector;
  readonly forwarders: Forwarders;
  /** Its log. */
  readonly said: readonly string[];
  readonly dataDir: string;
  /** Appends events named 0, 1, 2 …, whose times differ from now by so many ms. */
  readonly append: (count: number, millisOf?: (i: number) => number) => void;
  /** Resolves once the server has acknowledged all of them. */
  readonly sent: () => Promise<void>;
  /** Resolves once its status says so. */
  readonly says: (pattern: RegExp) => Promise<void>;
  readonly close: () => Promise<void>;
}

interface FleetReading {
  readonly found: readonly IncomingEvent[];
  readonly notices: readonly string[];
  /** The reasons of lost connections. */
  readonly failures: readonly string[];
  readonly positions: Map<string, HostPosition>;
  readonly state: { readonly hosts: number; readonly live: boolean };
  readonly subscription: Subscription;
  /** The names of the containers in the events of a host. */
  readonly of: (host: string) => readonly string[];
  /** Resolves once it has the events 0, 1, 2 … of a host; fails if it has others. */
  readonly has: (host: string, count: number) => Promise<void>;
}

export class Fleet {
  server!: NatsServer;
  directory!: string;
  readonly #hosts = new Set<Forwarders>();
  readonly #readers: Subscription[] = [];
  #count = 0;

  /** Call it once in a file of tests. */
  static forEachTest(): Fleet {
    const fleet = new Fleet();
    beforeEach(async () => {
      fleet.directory = stateDirectory();
      if (natsServer === undefined) return;
      fleet.server = await NatsServer.start({ directory: join(fleet.directory, 'nats') });
    });
    afterEach(async () => await fleet.#end());
    return fleet;
  }

  /** Ends the server, and starts another one without its data. */
  async otherServer(options: Partial<NatsServerOptions>): Promise<void> {
    await this.server.stop();
    this.server = await NatsServer.start({
      directory: join(this.directory, `nats${++this.#count}`),
      ...options,
    });
  }

  /** A host that publishes events. */
  host(host: string, settings: HostSettings = {}): PublishingHost {
    const { collector = createCollector(), skew = 0, options } = settings;
    const dataDir = join(this.directory, `host${++this.#count}`);
    const said: string[] = [];
    const say = (_: object, text: string): void => void said.push(text);
    const { forward } = forwardFile.parse({
      forward: [
        { name: 'fleet', fleet: { url: this.server.url, host, ...options }, batch: { every: '1ms' } },
      ],
    });
    const scheduler = Object.assign(Object.create(asyncScheduler) as typeof asyncScheduler, {
      now: () => Date.now() + skew,
    });
    const forwarders = createForwarders({
      ...{ collector, dataDir, log: { ...silent, warn: say, error: say } },
      ...{ scheduler, now: nowNano, syncs: false, random: () => 0 },
    });
    forwarders.load(forward);
    this.#hosts.add(forwarders);
    let n = 0;
    return {
      ...{ collector, forwarders, said, dataDir },
      append: (count, millisOf = () => 0) =>
        collector.append(
          Array.from({ length: count }, (_, i) =>
            eventOf({
              ...{ name: `${n}`, id: `c${n++}` },
              timeNano: nowNano() + BigInt(skew + millisOf(i)) * 1_000_000n,
            }),
          ),
        ),
      sent: async () =>
        await vi.waitFor(() => {
          const [{ lag, state, detail } = {}] = forwarders.status;
          assert.deepEqual({ lag, state }, { lag: 0, state: 'ok' }, detail);
        }, WITHIN),
      says: async (pattern) =>
        await vi.waitFor(() => assert.match(forwarders.status[0]?.detail ?? '', pattern), WITHIN),
      close: async () => {
        this.#hosts.delete(forwarders);
        await forwarders.close();
      },
    };
  }

  /** Reads the events of all hosts. */
  read(options: Partial<FleetOptions> = {}): FleetReading {
    const found: IncomingEvent[] = [];
    const notices: string[] = [];
    const failures: string[] = [];
    const positions = options.positions ?? new Map<string, HostPosition>();
    const state = { hosts: 0, live: false };
    const { url } = this.server;
    const subscription = readFleet({
      ...{ nats: { url }, endpoint: url, start: 'oldest' },
      onNotice: (text) => notices.push(text),
      onState: (now) => Object.assign(state, now),
      ...options,
      positions,
    })
      .pipe(
        retry({
          delay: (error: Error) => {
            failures.push(error.message);
            return timer(200);
          },
        }),
      )
      .subscribe(({ event }) => found.push(event));
    this.#readers.push(subscription);
    const of = (host: string): string[] =>
      found
        .filter(({ source, type }) => source.host === host && type === 'container')
        .map(({ name = '' }) => name);
    return {
      ...{ found, notices, failures, positions, state, subscription, of },
      has: async (host, count) => {
        await vi.waitFor(() => assert.ok(of(host).length >= count, failures.at(-1)), WITHIN);
        const wanted = Array.from({ length: count }, (_, i) => String(i));
        assert.deepEqual(of(host), wanted);
      },
    };
  }

  async #end(): Promise<void> {
    for (const each of this.#readers.splice(0)) each.unsubscribe();
    for (const each of this.#hosts) await each.close();
    this.#hosts.clear();
    await this.server.stop();
  }
}
