/** A rule: what has to happen, and what is done about it. */
import type { Filters } from '../../../operators/filters.ts';
import type { RestartPolicy } from '../../restart-policy.ts';
import type { WebhookTarget } from '../actions/webhook.ts';

/** Which events; without any of these, all of containers. */
export interface When {
  /** As `-n`: see `byName`. */
  readonly name: readonly string[];
  /** As `-f`: see `byFilters`. */
  readonly filters: Filters;
  /** Only when it is the nth within so long, of one container. */
  readonly often?: { readonly times: number; /** In ns. */ readonly within: bigint } | undefined;
}

/** What is done. */
export type RuleAction =
  | {
      readonly kind: 'run';
      /** The program, looked for in `PATH`, and its arguments. */
      readonly command: readonly string[];
    }
  | ({ readonly kind: 'webhook' } & WebhookTarget)
  | {
      readonly kind: 'restart';
      /** Seconds until it is killed; undefined: as it was created. */
      readonly grace?: number | undefined;
    }
  | {
      readonly kind: 'remove';
      /** Also when it runs. */
      readonly force: boolean;
    }
  | {
      readonly kind: 'restart-policy';
      readonly policy: RestartPolicy;
      /** Run when it has ended and is not restarted. */
      readonly postStop?: readonly string[] | undefined;
      /** Whether it is removed then, after `postStop`. */
      readonly autoRemove: boolean;
    };

export interface Rule {
  /** In the file, no two have the same. */
  readonly name: string;
  readonly when: When;
  readonly action: RuleAction;
  /** How long one attempt may take, in ms. */
  readonly timeout: number;
  /** How often a failed attempt is repeated. */
  readonly retries: number;
  /** How many containers it is carried out for at a time. */
  readonly concurrency: number;
  /** How many times in a row it may react to what rules themselves did to a container. */
  readonly chain: number;
  /** `ignore`: events that an engine's list proves, and its stream did not bring, set nothing off. Default: they are as real as others. */
  readonly reconciled?: 'ignore' | undefined;
}
