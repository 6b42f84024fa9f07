/** The key `alert` of a rule. */
import { z } from 'zod';
import * as field from '../../checked-file/setting-fields.ts';
import { targetKeys, targetOf } from '../../delivery/target.ts';
import type { AlertSettings, QuietHours } from './alert.ts';
import { presets } from './alert-presets.ts';

const MINUTE = 60_000;

/** `22:00-07:00`, in local time. */
const quiet: z.ZodType<QuietHours> = field.readBy(z.string(), (text) => {
  const [, ...parts] = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(text.trim()) ?? [];
  const [a = 99, b = 99, c = 99, d = 99] = parts.map(Number);
  if (a < 24 && b < 60 && c < 24 && d < 60 && (a !== c || b !== d))
    return { from: a * 60 + b, to: c * 60 + d };
  throw new RangeError(
    `invalid quiet hours ${JSON.stringify(text.slice(0, 80))}: right would be 22:00-07:00`,
  );
});

const target = z.preprocess(
  (value) => (typeof value === 'string' ? { url: value } : value),
  z.strictObject(targetKeys).transform(targetOf),
);

const kinds = Object.fromEntries(Object.keys(presets).map((name) => [name, target.optional()]));

interface Written {
  readonly for?: number;
  readonly group?: number;
  readonly settle?: number;
  readonly compose?: number;
  readonly recovery?: 'true' | 'false';
  readonly quiet?: QuietHours;
  readonly limit?: { readonly count: number; readonly within: number };
}

export const alert: z.ZodType<AlertSettings> = z
  .strictObject({
    ...kinds,
    for: field.millis.optional(),
    group: field.millis.optional(),
    settle: field.millis.optional(),
    compose: field.millis.optional(),
    recovery: field.oneOf(['true', 'false']).optional(),
    quiet: quiet.optional(),
    limit: z.strictObject({ count: z.int().min(1).max(1000), within: field.millis }).optional(),
  })
  .transform((given, context): AlertSettings => {
    const targets = given as unknown as Readonly<Record<string, AlertSettings['target'] | undefined>>;
    const [preset, second] = Object.keys(presets).filter((name) => targets[name] !== undefined);
    const chosen = preset === undefined ? undefined : targets[preset];
    if (preset === undefined || chosen === undefined || second !== undefined) {
      const message =
        second === undefined
          ? `has no receiver: give it one of ${Object.keys(presets).join(', ')}`
          : `has two receivers, ${preset} and ${second}: write two rules`;
      context.issues.push({ code: 'custom', message, input: undefined });
      return z.NEVER;
    }
    const value = given as unknown as Written;
    return {
      preset,
      target: chosen,
      for: value.for ?? 0,
      group: value.group ?? 0,
      settle: value.settle ?? MINUTE,
      compose: value.compose ?? MINUTE / 2,
      recovery: value.recovery !== 'false',
      quiet: value.quiet,
      limit: value.limit ?? { count: 20, within: 60 * MINUTE },
    };
  });
