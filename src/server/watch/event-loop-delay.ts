/**
 * Delay of the event loop as a Prometheus summary: quantiles since the last scrape, total sum and
 * count. It is measured from the first scrape on, as long as scrapes follow: each measurement wakes
 * the process, and an idle daemon should sleep.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { SchedulerLike, Subscription } from 'rxjs';
import { later } from '../../../operators/later.ts';
import { type MetricObjectWithValues, type MetricType, type MetricValue, Summary } from 'prom-client';

/** Sampling interval: in ms. */
const RESOLUTION = 10;

/** Time after a scrape in which the next one is awaited: in ms. */
const AWAITED = 300_000;

const QUANTILES = [0.5, 0.9, 0.99, 1];

/** The library declares an enumeration that it does not export: at run time, types are texts. */
const TYPE = 'summary' as unknown as MetricType;

const HELP = 'Delay of the event loop: quantiles since the last scrape, 1 is the longest.';
const NAME = 'tidings_event_loop_delay_seconds';

export class EventLoopDelay extends Summary {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #scheduler: SchedulerLike;
  #awaiting: Subscription | undefined;
  #sum = 0;
  #count = 0;

  constructor(scheduler: SchedulerLike) {
    super({ name: NAME, help: HELP, registers: [] });
    this.#scheduler = scheduler;
  }

  stop(): void {
    this.#awaiting?.unsubscribe();
    this.#delay.disable();
  }

  /** Measures until the next scrape. */
  #continue(): void {
    this.#awaiting?.unsubscribe();
    this.#delay.enable();
    this.#awaiting = later(() => this.#delay.disable(), AWAITED, this.#scheduler);
  }

  override get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const delay = this.#delay;
    this.#count += delay.count;
    if (delay.count > 0) this.#sum += seconds(delay.mean) * delay.count;
    const values: MetricValue<string>[] = QUANTILES.map((quantile) => ({
      labels: { quantile: String(quantile) },
      value: delay.count === 0 ? 0 : seconds(quantile === 1 ? delay.max : delay.percentile(quantile * 100)),
    }));
    delay.reset();
    this.#continue();
    const sample = (suffix: string, value: number): MetricValue<string> & { metricName: string } => ({
      metricName: NAME + suffix,
      labels: {},
      value,
    });
    values.push(sample('_sum', this.#sum), sample('_count', this.#count));
    return Promise.resolve({
      ...{ name: NAME, help: HELP, type: TYPE, aggregator: 'first' },
      values,
      collect: () => undefined,
    });
  }
}

/** The measurement includes the timer's own interval, which is subtracted. */
function seconds(nanos: number): number {
  return Math.max(0, nanos / 1e9 - RESOLUTION / 1e3);
}
