/**
 * Delay of the event loop as a Prometheus summary: quantiles since the last scrape, total sum and
 * count.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { type MetricObjectWithValues, type MetricType, type MetricValue, Summary } from 'prom-client';

/** Sampling interval: in ms. */
const RESOLUTION = 10;

const QUANTILES = [0.5, 0.9, 0.99, 1];

/** The library declares an enumeration that it does not export: at run time, types are texts. */
const TYPE = 'summary' as unknown as MetricType;

const HELP = 'Delay of the event loop: quantiles since the last scrape, 1 is the longest.';
const NAME = 'tidings_event_loop_delay_seconds';

export class EventLoopDelay extends Summary {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  #sum = 0;
  #count = 0;

  /** Starts measuring. */
  constructor() {
    super({ name: NAME, help: HELP, registers: [] });
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  override get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const delay = this.#delay;
    this.#count += delay.count;
    if (delay.count > 0) this.#sum += seconds(delay.mean) * delay.count;
    const values: MetricValue<string>[] = QUANTILES.map((quantile) => ({
      labels: { quantile: String(quantile) },
      value: seconds(quantile === 1 ? delay.max : delay.percentile(quantile * 100)),
    }));
    delay.reset();
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
