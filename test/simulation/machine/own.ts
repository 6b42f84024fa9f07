/** Variables of the product's modules that are state of a process: each simulated process has its own. */
import { host, hostIfAny } from './current.ts';

/** A value for the process that runs, made when it first asks; code outside of all processes has one too. */
function own<T>(make: () => T): () => T {
  const values = new WeakMap<object, T>();
  return () => {
    const { machine } = host();
    const owner = machine.current ?? machine;
    let value = values.get(owner);
    if (value === undefined) values.set(owner, (value = make()));
    return value;
  };
}

/** A map that each process fills for itself. */
export function ownMap<K extends object, V>(): Pick<WeakMap<K, V>, 'get' | 'set'> {
  const map = own(() => new WeakMap<K, V>());
  return { get: (key) => map().get(key), set: (key, value) => map().set(key, value) };
}

/** A clock that each process starts for itself. */
export function ownClock(make: () => () => bigint): () => bigint {
  const clock = own(make);
  return () => (hostIfAny() === undefined ? make()() : clock()());
}
