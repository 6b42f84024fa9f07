/** All targets that need no daemon. */
import type { Target } from '../target.ts';
import { cursors } from './cursors.ts';
import { grpcEngines, jsonEngines } from './engines.ts';
import { expressions } from './expressions.ts';
import { journal } from './journal.ts';
import { patterns } from './patterns.ts';
import { rules } from './rules.ts';
import { templates } from './templates.ts';

export const TARGETS: readonly Target[] = [
  ...[cursors, patterns, expressions, templates, rules, journal, jsonEngines, grpcEngines],
];
