/** Waiting for what does not happen. */
import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop look for input and output as often: whatever was ready has been handled by
 * then.
 */
export async function turns(count = 20): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}
