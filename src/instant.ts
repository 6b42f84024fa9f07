/** Nanosecond instants: `bigint` nanoseconds since the Unix epoch, UTC. */
export type Instant = bigint;
