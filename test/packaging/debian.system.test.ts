/** The Debian package on a machine with systemd: install, use, upgrade under load, remove, purge. */
import { mkdtempSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootDebian, hasDebian, packedRoot } from '../support/debian-machine.ts';
import { canBuild, debianPackage } from '../support/release.ts';

describe.skipIf(!canBuild || !hasDebian)('the Debian package', () => {
  const folder = mkdtempSync('/tmp/td-');
  let [first, second] = ['', ''];
  beforeAll(() => {
    packedRoot();
    first = debianPackage('0.1.0', folder);
    second = debianPackage('0.1.1', folder);
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('installs a service that starts, that its group may read, and that upgrades without loss', async () => {
    const machine = await bootDebian();
    machine.put(first);
    machine.put(second);
    const run = (command: string): string => machine.run(`${command} 2>&1`).output;
    const ok = (command: string): string => {
      const { code, output } = machine.run(`{ ${command}; } 2>&1`);
      expect({ command, code, output: code === 0 ? '' : output }).toEqual({ command, code: 0, output: '' });
      return output;
    };

    ok('dpkg --install /srv/tidings_0.1.0_amd64.deb');
    expect(run('systemctl is-active tidings; systemctl is-enabled tidings')).toBe('active\nenabled\n');
    expect(
      run(
        "stat -c '%a %U:%G' /run/tidings /run/tidings/tidings.sock /run/tidings/monitord_fifo /var/lib/tidings",
      ),
    ).toBe('750 root:tidings\n660 root:tidings\n600 root:tidings\n750 root:tidings\n');
    expect(run('tidings --version; tidings ps --help | head -1')).toBe(
      '0.1.0\nUsage: tidings ps [options] [name...]\n',
    );

    // Members of the group may read; others may not.
    ok('useradd ann && usermod --append --groups tidings ann && useradd bob');
    ok('tidings send container web start --pid 4711 --extra image=nginx:1');
    expect(run('su ann -c "tidings events -S 10m --no-follow -o \'{{.Name}} {{.Action}}\'"')).toBe(
      'web start\n',
    );
    expect(run('su bob -c "tidings ps"')).toMatch(/no daemon answers/);

    // An upgrade while events arrive, and while a reader follows.
    ok(
      `cat > /srv/load.sh <<'END'
i=0; while [ $i -lt 60 ]; do i=$((i+1)); until tidings send container load-$i start --pid $i 2>>/srv/refused; do sleep 0.2; done; done
END
(sh /srv/load.sh > /srv/load.out 2>&1 &) ; (tidings events -S 0 --retry -o '{{.Name}}' > /srv/follow.out 2>/srv/follow.err &)`,
    );
    const before = run('tidings events -S 0 --no-follow -o json | tail -1');
    const cursor = (JSON.parse(before) as { cursor?: string }).cursor ?? '';
    ok('cp /usr/bin/tidings /srv/old && dpkg --install /srv/tidings_0.1.1_amd64.deb');
    expect(run('systemctl is-active tidings')).toBe('active\n');
    ok(
      'for i in $(seq 300); do [ $(tidings events -S 0 --no-follow -n load-60 -o "{{.Name}}" | wc -l) = 1 ] && exit 0; sleep 0.2; done; exit 1',
    );
    // While the daemon restarts, senders are refused: they try again.
    expect(run('grep -v "no daemon" /srv/refused')).toBe('');
    expect(
      run('tidings events -S 0 --no-follow -n "load-*" -o "{{.Name}}" | sort | uniq -c | sort -n | tail -1'),
    ).toMatch(/ 1 load/);
    expect(run('tidings events -S 0 --no-follow -n "load-*" -o "{{.Name}}" | wc -l')).toBe('60\n');
    expect(run('tidings events -S 0 --no-follow type=daemon event=gap')).toBe('');
    // A cursor of before the upgrade.
    const after = run(`tidings events --cursor '${cursor}' --no-follow -n 'load-60' -o '{{.Name}}'`);
    expect(after).toBe('load-60\n');

    // Features that are loaded when they are used, of an executable whose file is replaced.
    ok(
      '(/srv/old serve --state-dir /run/old --data-dir /srv/old-data --engine none > /srv/old.log 2>&1 & echo $! > /srv/old.pid)',
    );
    ok(
      'for i in $(seq 300); do tidings ps --state-dir /run/old >/dev/null && exit 0; sleep 0.1; done; exit 1',
    );
    ok('cp /usr/bin/tidings /srv/new && mv /srv/new /srv/old');
    ok(
      'tidings send container job die --exit-code 3 --state-dir /run/old && tidings why job --state-dir /run/old && tidings ps --at 0s --state-dir /run/old && tidings report --state-dir /run/old',
    );
    ok('kill $(cat /srv/old.pid)');

    // Changed rules are read by a reload; invalid ones are refused and change nothing.
    ok(
      "printf 'rules:\\n  - name: note\\n    when: { filter: event=oom }\\n    webhook: http://localhost:1/\\n' > /etc/tidings/rules.yaml && systemctl reload tidings",
    );
    expect(run('systemctl is-active tidings')).toBe('active\n');

    // A killed daemon is started again.
    ok(
      'systemctl kill --signal KILL tidings; for i in $(seq 300); do tidings ps >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1',
    );
    expect(run('tidings events -S 0 --no-follow -n load-60 -o "{{.Name}}"')).toMatch(/^load-60$/m);

    ok('dpkg --remove tidings');
    expect(run('systemctl is-active tidings')).toBe('inactive\n');
    expect(run('ls /usr/bin/tidings')).toMatch(/No such file/);
    ok('ls -d /var/lib/tidings/journal /etc/tidings/rules.yaml');
    ok('dpkg --purge tidings');
    expect(
      run(
        'ls -d /var/lib/tidings /etc/tidings /run/tidings /etc/systemd/system/multi-user.target.wants/tidings.service',
      ).match(/No such file/g),
    ).toHaveLength(4);
  }, 300_000);
});
