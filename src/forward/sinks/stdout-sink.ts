/** NDJSON on standard output: one event a line, for a supervisor that collects it. */
import { Observable } from 'rxjs';
import { z } from 'zod';
import { type Outcome, reasonOf } from '../../delivery/outcome.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { SinkKind } from '../sink.ts';

/** A batch is acknowledged once the system has taken it. */
export const stdout: SinkKind<object> = {
  options: z.preprocess((value) => (value === true ? {} : value), z.strictObject({})),
  describe: () => 'standard output',
  open: (_, context) => ({
    encode: encodeEvent,
    send: (items) =>
      new Observable<Outcome>((subscriber) => {
        const text = items.map((item) => `${item.text}\n`).join('');
        const out = context.stdout ?? process.stdout;
        out.write(text, (error) => {
          subscriber.next(
            error
              ? { result: 'failed', detail: `standard output: ${reasonOf(error)}`, retry: true }
              : { result: 'done', detail: 'it was written', retry: false },
          );
          subscriber.complete();
        });
      }),
  }),
};
