/** Status of forwarders. */

export interface ForwarderStatus {
  readonly name: string;
  /** The file that defines it. */
  readonly file?: string | undefined;
  /** Kind of its sink: `loki`, `file` … */
  readonly sink: string;
  /** The target, without secrets. */
  readonly target: string;
  /**
   * `ok`: the last delivery succeeded, or none was needed yet. `retrying`: the sink does not accept
   * events, and they wait in the journal. `stopped`: it cannot run.
   */
  readonly state: 'ok' | 'retrying' | 'stopped';
  /** The reason, for people; absent while all is well. */
  readonly detail?: string | undefined;
  /** Begin of the state: nanoseconds since the Unix epoch, in decimal. */
  readonly since: string;
  /** Cursor of the last acknowledged event. */
  readonly position: string;
  /** Count of events in the stream after its position. */
  readonly lag: number;
  /** Counts since the daemon started. Events that the sink acknowledged. */
  readonly sent: number;
  /** Events that were sent again, as an earlier delivery was not acknowledged. */
  readonly repeated: number;
  /** Deliveries that failed. */
  readonly failed: number;
  /** Events that the sink refused. */
  readonly refused: number;
  /** Events that expired before they could be sent: each gap was sent as an event. */
  readonly missed: number;
}
