/**
 * The built-in engine runs a few processes of this machine as containers, for a machine without an
 * engine. It reports them as iSulad does: by records in the monitor FIFO.
 */
import { asyncScheduler, merge, type SchedulerLike, switchMap, timer } from 'rxjs';
import { nowNano } from '../clock.ts';
import type { Instant } from '../instant.ts';
import { type Log, silent } from '../log.ts';
import { sendContainerEvent } from '../monitor/send.ts';
import { ProcessContainer, type ProcessReport } from './process/container.ts';
import { LIVES, type ProcessLife, live } from './process/lives.ts';

export interface ProcessOptions {
  /** The state directory of the daemon that gets the reports; its FIFO must exist. */
  readonly directory: string;
  /** The containers to run. Default: four containers that show common events, at a human's pace. */
  readonly lives?: readonly ProcessLife[] | undefined;
  /** Log for reports that fail. Default: no log. */
  readonly log?: Log | undefined;
  /** The clock of lives and restarts. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
  /** The time of events: nanoseconds since the Unix epoch. Default: this machine's clock. */
  readonly clock?: (() => Instant) | undefined;
}

export interface Processes {
  /** The names of the containers. */
  readonly names: readonly string[];
  /** Ends every process; resolves once the daemon has the reports, or cannot get them. */
  close(): Promise<void>;
}

/** Most reports that wait for room in the FIFO; others are dropped and logged. */
const WAITING = 256;

/** Runs processes as containers until it is closed. None outlives this process, however it ends. */
export function startProcesses(options: ProcessOptions): Processes {
  const { directory, lives = LIVES, log = silent } = options;
  const { scheduler = asyncScheduler, clock = nowNano } = options;
  const reports = new Reports(directory, log);
  const containers = new Set<ProcessContainer>();
  const context = { clock, report: (report: ProcessReport) => reports.add(report) };
  const all = lives.map((life) =>
    timer(life.begins, scheduler).pipe(
      switchMap(() => {
        const container = new ProcessContainer(life, context);
        containers.add(container);
        return live(life, container, scheduler);
      }),
    ),
  );
  const living = merge(...all).subscribe();
  return {
    names: lives.map(({ name }) => name),
    close: async () => {
      living.unsubscribe();
      await Promise.all([...containers].map((container) => container.close()));
      await reports.sent;
    },
  };
}

/** Sends reports one after the other, which keeps their order. */
class Reports {
  /** Resolves when all reports so far are sent. */
  sent: Promise<void> = Promise.resolve();
  #waiting = 0;
  readonly #directory: string;
  readonly #log: Log;

  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
  }

  add(report: ProcessReport): void {
    if (this.#waiting >= WAITING) {
      this.#log.warn(
        { ...report },
        `${report.state} of a process is not reported: ${WAITING} reports wait already`,
      );
      return;
    }
    this.#waiting++;
    this.sent = this.sent.then(() => this.#send(report));
  }

  async #send(report: ProcessReport): Promise<void> {
    try {
      await sendContainerEvent({ directory: this.#directory, ...report });
    } catch (error) {
      this.#log.warn({ ...report, err: error }, `${report.state} of a process is not reported`);
    } finally {
      this.#waiting--;
    }
  }
}
