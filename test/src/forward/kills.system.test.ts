import { mkdtempSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { forwardKills } from '../../support/forward-kills.ts';
import { SINK_SERVERS } from '../../support/sink-servers.ts';

/** UDP loses datagrams while the server is down. */
const PROMISES = Object.entries(SINK_SERVERS).filter(([name]) => name !== 'syslog-udp');

describe.each(PROMISES)('kills of the daemon and of the server of %s, under load', (_, server) => {
  it('lose no event, and repeat none that was acknowledged', async ({ skip }) => {
    const directory = mkdtempSync('/tmp/td-');
    const table = await forwardKills({ directory, rounds: 10, life: 300, server });
    if (table === undefined) {
      skip();
      return;
    }
    expect(table).toMatchObject({ rounds: 10, missing: 0, wrongly: 0 });
    // Gaps after a crash are delivered, too.
    expect(table.delivered).toBeGreaterThanOrEqual(table.recorded);
    expect(table.recorded).toBeGreaterThan(100);
  }, 600_000);
});
