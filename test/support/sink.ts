/** A sink from a file of forwarders, as the daemon opens it. */
import { asyncScheduler, firstValueFrom } from 'rxjs';
import { parseChecked } from '../../src/checked-file/checked-file.ts';
import { formatCursor } from '../../src/collector/cursor.ts';
import type { Outcome } from '../../src/delivery/outcome.ts';
import type { EngineEvent } from '../../src/event.ts';
import { ForwardError } from '../../src/forward/error.ts';
import type { Forwarder } from '../../src/forward/forwarder.ts';
import { forwardFile } from '../../src/forward/forward-schema.ts';
import type { Item, Sink, SinkContext } from '../../src/forward/sink.ts';
import { silent } from '../../src/log.ts';

/** Parses a file of forwarders. */
export function forwardersIn(text: string): readonly Forwarder[] {
  const kind = {
    schema: forwardFile,
    error: (file: string, problems: ForwardError['problems']) => new ForwardError(file, problems),
  };
  return parseChecked(text, 'forward.yaml', kind).forward;
}

export interface OpenSink extends Disposable {
  readonly sink: Sink;
  /** Encodes events. */
  items(events: readonly EngineEvent[]): readonly Item[];
  /** Encodes and sends events as one batch. */
  send(events: readonly EngineEvent[]): Promise<Outcome>;
}

/** Opens the sink of a line such as `file: /path`. */
export function openSink(line: string, context: Partial<SinkContext> = {}): OpenSink {
  const [forwarder] = forwardersIn(`forward: [{ name: logs, ${line} }]`);
  const sink = (forwarder as Forwarder).sink.open({
    ...{ name: 'logs', log: silent, scheduler: asyncScheduler },
    ...context,
  });
  const itemsOf = (events: readonly EngineEvent[]): readonly Item[] =>
    events.map((event): Item => {
      const cursor = formatCursor('k3f', event.seq);
      const text = sink.encode(event, cursor);
      return { event, cursor, text, bytes: Buffer.byteLength(text) };
    });
  return {
    sink,
    items: itemsOf,
    send: async (events) => await firstValueFrom(sink.send(itemsOf(events))),
    [Symbol.dispose]: () => void sink.close?.(),
  };
}
