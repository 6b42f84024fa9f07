/** Checks of operators' parameters, and their error messages. */

const SHOWN = 80;

/** @throws RangeError unless the value is a whole number of at least `least` */
export function checkCount(name: string, value: number, least = 0): void {
  if (!(Number.isSafeInteger(value) && value >= least)) {
    throw new RangeError(`invalid ${name} ${show(value)}: a whole number, ${least} or more`);
  }
}

/**
 * @throws RangeError unless the value is a number of milliseconds, 0 or more; fractions are valid
 */
export function checkDuration(name: string, value: number): void {
  if (!(typeof value === 'number' && value >= 0)) {
    throw new RangeError(`invalid ${name} ${show(value)}: a number of milliseconds, 0 or more`);
  }
}

/** @throws RangeError unless the value is an instant */
export function checkInstant(name: string, value: bigint): void {
  if (typeof value !== 'bigint') {
    throw new RangeError(`invalid ${name} ${show(value)}: a bigint, nanoseconds since the Unix epoch`);
  }
}

/** A given value, short enough for a message. */
export function show(value: unknown): string {
  return (typeof value === 'string' ? JSON.stringify(value) : String(value)).slice(0, SHOWN);
}
