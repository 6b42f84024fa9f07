/** A rule: a condition on events, and an action. */
import type { Filters } from '../../../operators/filters.ts';
import type { AlertSettings } from '../alerts/alert.ts';
import type { RestartPolicy } from '../../restart-policy.ts';
import type { WebhookTarget } from '../../delivery/webhook.ts';

/** The condition; without any field, all events of containers match. */
export interface When {
  /** Patterns as in `-n`: see `byName`. */
  readonly name: readonly string[];
  /** Filters as in `-f`: see `byFilters`. */
  readonly filters: Filters;
  /** Matches only the nth event within a time, for one container. */
  readonly often?: { readonly times: number; /** In ns. */ readonly within: bigint } | undefined;
}

/** The action. */
export type RuleAction =
  | {
      readonly kind: 'run';
      /** The program, found through `PATH`, and its arguments. */
      readonly command: readonly string[];
    }
  | ({ readonly kind: 'webhook' } & WebhookTarget)
  | { readonly kind: 'alert'; readonly settings: AlertSettings }
  | {
      readonly kind: 'restart';
      /** Seconds before the kill; undefined: the container's own setting. */
      readonly grace?: number | undefined;
    }
  | {
      readonly kind: 'remove';
      /** Also removes a running container. */
      readonly force: boolean;
    }
  | {
      readonly kind: 'restart-policy';
      readonly policy: RestartPolicy;
      /** Command that runs when the container has ended and is not restarted. */
      readonly postStop?: readonly string[] | undefined;
      /** Removes the container then, after `postStop`. */
      readonly autoRemove: boolean;
    };

/** A rule, read from a file and checked. */
export interface Rule {
  /** Unique in the file. */
  readonly name: string;
  readonly when: When;
  readonly action: RuleAction;
  /** Time limit of one attempt, in ms. */
  readonly timeout: number;
  /** Most repetitions of a failed attempt. */
  readonly retries: number;
  /** Most containers that it acts on at a time. */
  readonly concurrency: number;
  /** Most reactions in a row to the consequences of rules, for one container. */
  readonly chain: number;
  /**
   * `ignore`: reconciled events, which come from a listing and not from the stream, trigger
   * nothing. Default: they count like others.
   */
  readonly reconciled?: 'ignore' | undefined;
}

/** The whole rule as text, for comparison. */
export function ruleText(rule: Rule): string {
  return JSON.stringify(rule, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}
