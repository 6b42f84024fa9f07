/** Active rules from a file that may change. */
import { filter, NEVER, type Observable, of } from 'rxjs';
import { nowNano } from '../clock.ts';
import type { EventSource } from '../event.ts';
import { createRules, type Rules, type RulesStatus } from '../handlers/rules/index.ts';
import { missedRestarts } from '../handlers/rules/missed-restarts.ts';
import { readRules } from '../handlers/rules/load.ts';
import type { Containers, Listed } from '../handlers/containers.ts';
import type { DaemonState } from './part.ts';
import { AlertsFile, alertsIn } from './alerts-file.ts';
import { RestartsFile, restartsIn } from './restarts-file.ts';

export class RulesFromFile {
  readonly #file: string;
  readonly #daemon: DaemonState;
  readonly #rules: Rules;
  readonly #restarts: RestartsFile | undefined;
  readonly #alerts: AlertsFile | undefined;

  constructor(file: string, daemon: DaemonState) {
    const { collector, containers, log, scheduler, options } = daemon;
    this.#file = file;
    this.#daemon = daemon;
    const { dataDir } = options;
    this.#restarts =
      dataDir === undefined ? undefined : new RestartsFile(restartsIn(dataDir), { log, scheduler });
    this.#alerts = dataDir === undefined ? undefined : new AlertsFile(alertsIn(dataDir), { log, scheduler });
    this.#rules = createRules({
      events: collector.events(),
      append: (events) => collector.append(events),
      control: (source) => containers?.control(source),
      ready: (source) => (containers === undefined ? NEVER : readyIn(containers, source)),
      isComing: ({ engine, endpoint = '' }) => {
        const report = daemon.engines.get(`${engine} ${endpoint}`);
        return report?.state === 'connecting';
      },
      keeper: this.#restarts,
      alerts: this.#alerts,
      cursorOf: (event) => collector.cursorOf(event),
      now: nowNano,
      isNew: (event, since) => daemon.newness.isNew(event, since),
      dryRun: options.dryRun,
      log,
      scheduler,
    });
    containers?.listed.subscribe((listed) => this.#announce(listed));
  }

  get status(): RulesStatus {
    return this.#rules.status;
  }

  /**
   * Reads the file, and replaces all rules at once.
   *
   * @throws RulesError if it cannot be read or is invalid: the former rules stay active
   */
  reload(): void {
    const { log, options } = this.#daemon;
    const rules = readRules(this.#file);
    this.#rules.load(rules);
    const names = rules.map(({ name }) => name);
    const dry = options.dryRun === true ? ', which only say what they would do' : '';
    log.info({ file: this.#file, rules: names }, `rules in force: ${names.join(', ') || 'none'}${dry}`);
  }

  close(): void {
    this.#rules.close();
    this.#restarts?.close();
    this.#alerts?.close();
  }

  /** Logs the containers whose restarts a rule leaves to their engine. */
  #announce({ source, containers }: Listed): void {
    const { log } = this.#daemon;
    for (const { rule, name, policy } of missedRestarts(this.#rules.rules, source, containers)) {
      log.warn(
        { rule, name, policy, engine: source.engine },
        `rule ${rule} leaves ${name} alone: ${source.engine} restarts it by itself (${policy})`,
      );
    }
  }
}

/** Emits once an engine can be controlled: after it has listed its containers. */
function readyIn(containers: Containers, source: EventSource): Observable<unknown> {
  if (containers.control(source) !== undefined) return of(undefined);
  return containers.listed.pipe(filter(({ isLast }) => isLast && containers.control(source) !== undefined));
}
