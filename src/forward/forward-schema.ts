/** The schema of files of forwarders. */
import { z } from 'zod';
import * as field from '../checked-file/setting-fields.ts';
import type { Forwarder } from './forwarder.ts';
import type { ChosenSink } from './sink.ts';
import { sinks } from './sinks/index.ts';

/** Default limits of a batch, and default time limit of an attempt in ms. */
const BATCH = { count: 500, bytes: 2 ** 20, every: 1000 };
const TIMEOUT = 30_000;

const batch = z.strictObject({
  count: z.int().min(1).max(10_000).optional(),
  bytes: field.size({ least: 1024, largest: 64 * 2 ** 20 }).optional(),
  every: field.millis.optional(),
});

interface Written {
  readonly name: string;
  readonly when?: {
    readonly name?: Forwarder['when']['name'];
    readonly filter?: Forwarder['when']['filters'];
  };
  readonly batch?: Partial<Forwarder['batch']>;
  readonly timeout?: number;
  readonly start?: Forwarder['start'];
}

const keys = {
  name: field.ruleName,
  when: z.strictObject({ name: field.names.optional(), filter: field.filters.optional() }).optional(),
  batch: batch.optional(),
  timeout: field.millis.optional(),
  start: field.oneOf(['now', 'oldest']).optional(),
};

const kinds = Object.fromEntries(
  Object.entries(sinks).map(([kind, sink]) => [kind, chosen(kind, sink).optional()]),
);

function chosen(kind: string, sink: (typeof sinks)[string]): z.ZodType<ChosenSink> {
  return sink.options.transform((options: unknown) => ({
    ...{ kind, options, target: sink.describe(options), start: sink.start ?? 'now' },
    open: (context: Parameters<ChosenSink['open']>[0]) => sink.open(options, context),
  }));
}

const forwarder: z.ZodType<Forwarder> = z
  .strictObject({ ...keys, ...kinds })
  .transform((given, context): Forwarder => {
    const value = given as unknown as Written;
    const chosenSinks = given as unknown as Readonly<Record<string, ChosenSink | undefined>>;
    const used = Object.keys(sinks).filter((kind) => chosenSinks[kind] !== undefined);
    const problem = (path: readonly PropertyKey[], message: string): void =>
      void context.issues.push({ code: 'custom', message, path: [...path], input: value });
    const [first, second] = used;
    if (first === undefined) {
      problem([], `has no sink: give it one of ${Object.keys(sinks).join(', ')}`);
      return z.NEVER;
    }
    if (second !== undefined) {
      problem([second], `is a second sink, beside ${first}: write two forwarders`);
      return z.NEVER;
    }
    const { name, when: { name: names = [], filter = {} } = {}, batch: limits = {}, timeout, start } = value;
    const sink = chosenSinks[first] as ChosenSink;
    return {
      name,
      when: { name: names, filters: filter },
      sink,
      batch: { ...BATCH, ...defined(limits) },
      timeout: timeout ?? TIMEOUT,
      start: start ?? sink.start,
    };
  });

function defined<T extends object>(values: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}

export const forwardFile: z.ZodType<{ readonly forward: readonly Forwarder[] }> = z
  .strictObject({ forward: z.array(forwarder).max(100) })
  .superRefine(({ forward }, context) => {
    const names = forward.map(({ name }) => name);
    for (const [i, name] of names.entries()) {
      if (names.indexOf(name) === i) continue;
      const message = `${name} is the name of an earlier forwarder: give each its own`;
      context.issues.push({ code: 'custom', message, path: ['forward', i, 'name'], input: name });
    }
  });
