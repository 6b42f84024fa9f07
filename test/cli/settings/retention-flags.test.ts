import { Command } from 'commander';
import { expect, it } from 'vitest';
import {
  defineRetention,
  readRetention,
  type RetentionFlags,
} from '../../../cli/settings/retention-flags.ts';
import { RETENTION } from '../../../src/internal.ts';

it("the flags' defaults are those of the journal", () => {
  const command = new Command();
  defineRetention(command);
  const { age, size } = RETENTION;
  expect(readRetention(command.opts<RetentionFlags>())).toEqual({ retainAge: age, retainSize: size });
});
