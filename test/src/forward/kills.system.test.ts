import { mkdtempSync } from 'node:fs';
import { expect, it } from 'vitest';
import { forwardKills } from '../../support/forward-kills.ts';
import { SINK_SERVERS } from '../../support/sink-servers.ts';

/** UDP loses datagrams while its server is down. */
const { 'syslog-udp': _, ...servers } = SINK_SERVERS;

/**
 * Receivers that lose, when they are killed, what they have read (syslog has no acknowledgement) or
 * acknowledged and not yet written (a broker): their last batch, and nothing else.
 */
const FORGETFUL: ReadonlySet<string> = new Set(['syslog-tcp', 'mqtt']);

it('loses no event by kills of the daemon and of the servers of its sinks, and repeats none that was acknowledged', async () => {
  const directory = mkdtempSync('/tmp/td-');
  const tables = await forwardKills({ directory, rounds: 10, life: 300, servers });
  expect(tables.size).toBeGreaterThan(5);
  for (const [sink, table] of tables) {
    expect({ sink, ...table }).toMatchObject({ sink, rounds: 10, wrongly: 0 });
    expect(table.recorded).toBeGreaterThan(100);
    expect({ sink, unexplained: table.unexplained }).toEqual({ sink, unexplained: 0 });
    if (FORGETFUL.has(sink)) continue;
    expect({ sink, missing: table.missing }).toEqual({ sink, missing: 0 });
    // Gaps after a crash are delivered, too.
    expect(table.delivered).toBeGreaterThanOrEqual(table.recorded);
  }
}, 600_000);
