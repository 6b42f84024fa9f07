/**
 * Replacements of Node's globals in all simulated code, packages included: time, chance and turns of the event
 * loop are the machine's.
 */
import { host, hostIfAny } from './current.ts';
import { BEGIN, type Action } from './machine.ts';

const RealDate: DateConstructor = globalThis.Date;

function wall(): number {
  return Math.floor(hostIfAny()?.machine.wall ?? BEGIN);
}

class SimulatedDate extends RealDate {
  constructor(...args: []) {
    if (args.length === 0) super(wall());
    else super(...args);
  }

  static override now(): number {
    return wall();
  }
}

class Timer {
  action: Action | undefined;

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

type Callback = (...args: readonly unknown[]) => void;

function start(
  timer: Timer,
  callback: Callback,
  delay: number,
  args: readonly unknown[],
  again: boolean,
): void {
  const wait = delay >= 1 && delay < 2 ** 31 ? Math.trunc(delay) : 1;
  timer.action = host().machine.schedule(
    wait,
    () => {
      if (again) start(timer, callback, delay, args, true);
      callback(...args);
    },
    'timer',
  );
}

function stop(timer: Timer | undefined): void {
  if (timer?.action !== undefined) timer.action.cancelled = true;
}

const timer =
  (again: boolean) =>
  (callback: Callback, delay: number = 1, ...args: readonly unknown[]): Timer => {
    const timer = new Timer();
    start(timer, callback, delay, args, again);
    return timer;
  };

function turn(callback: Callback, ...args: readonly unknown[]): Timer {
  const timer = new Timer();
  timer.action = host().machine.schedule(0, () => callback(...args), 'turn');
  return timer;
}

const hrtime = Object.assign(
  (): [number, number] => {
    const { now } = host().machine;
    return [Math.floor(now / 1e6), (now % 1e6) * 1000];
  },
  { bigint: (): bigint => BigInt(hostIfAny()?.machine.now ?? 0) * 1000n },
);

const simulatedProcess: NodeJS.Process = Object.create(globalThis.process, {
  hrtime: { value: hrtime },
  env: { value: {} },
  pid: { value: 1 },
  on: { value: () => simulatedProcess },
});

export {
  SimulatedDate as Date,
  simulatedProcess as process,
  turn as setImmediate,
  stop as clearImmediate,
  stop as clearTimeout,
  stop as clearInterval,
};
export const setTimeout: ReturnType<typeof timer> = timer(false);
export const setInterval: ReturnType<typeof timer> = timer(true);
export const performance: { now(): number } = { now: () => (hostIfAny()?.machine.now ?? 0) / 1000 };
/** In place of `Math.random`. */
export const simulatedRandom = (): number => host().machine.random.next();
export const fetch = async (url: string, init: RequestInit): Promise<Response> =>
  await host().network.fetch(url, init);
