/** Old names, to be removed in 1.0. */
import { concatMapBy } from './concatMapBy.ts';
import { distinctWithin } from './distinctWithin.ts';
import { matchSequence } from './matchSequence.ts';

/** @deprecated Renamed to {@link concatMapBy}: it is `concatMap` for each key separately. */
export const perContainer: typeof concatMapBy = concatMapBy;

/** @deprecated Renamed to {@link matchSequence}: it emits one result, and is not a filter. */
export const followsPattern: typeof matchSequence = matchSequence;

/**
 * @deprecated Renamed to {@link distinctWithin}: it is `distinct` within a bounded memory and time.
 */
export const withoutRepeats: typeof distinctWithin = distinctWithin;
