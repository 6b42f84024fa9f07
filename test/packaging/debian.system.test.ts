/** The Debian package on a machine with systemd: install, use, upgrade under load, remove, purge. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { dockerdAvailable, startDockerd } from '../support/dockerd.ts';
import { bootDebian, hasDebian, packedRoot } from '../support/debian-machine.ts';
import { canBuild, debianPackage } from '../support/release.ts';
import { findTool } from '../support/tools.ts';

describe.skipIf(!canBuild || !hasDebian)('the Debian package', () => {
  const folder = mkdtempSync('/tmp/td-');
  let [first, second] = ['', ''];
  beforeAll(() => {
    packedRoot();
    first = debianPackage('0.1.0', folder);
    second = debianPackage('0.1.1', folder);
  }, 900_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.skipIf(findTool('lintian') === undefined)(
    'has no error that lintian knows',
    { timeout: 900_000 },
    () => {
      // Packages of the tests are not compressed, to be built quickly; those of a release are.
      const uncompressed = ['control', 'data'].map((part) => `uses-no-compression-for-${part}-tarball`);
      const options = ['--fail-on', 'error', '--allow-root', '--no-tag-display-limit'];
      options.push('--suppress-tags', uncompressed.join());
      const { status, stdout } = spawnSync('lintian', [...options, first], { encoding: 'utf8' });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    },
  );

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

  it.skipIf(!dockerdAvailable)(
    'records the events of a container, runs as a service of a user, and says what is in its way',
    async () => {
      const docker = await startDockerd();
      onTestFinished(async () => await docker.remove());
      const machine = await bootDebian();
      machine.put(first);
      const run = (command: string): string => machine.run(`{ ${command}; } 2>&1`).output;
      // The machine reaches the engine by another name of its socket.
      linkSync(docker.socket, join(machine.root, 'srv/docker.sock'));
      expect(run('dpkg --install /srv/tidings_0.1.0_amd64.deb')).toMatch(/Setting up tidings/);
      run(
        `echo 'TIDINGS_OPTIONS="--engine docker=unix:///srv/docker.sock"' > /etc/default/tidings; systemctl restart tidings`,
      );
      await vi.waitFor(() => expect(run('tidings engines')).toMatch(/docker +connected/));
      await docker.run({ name: 'job', command: ['sh', '-c', 'exit 3'] });
      await vi.waitFor(() =>
        expect(run("tidings events -S 10m --no-follow -n job -o '{{.Action}}'")).toMatch(
          /create\n[^]*start\n[^]*die\n/,
        ),
      );
      expect(run('tidings why job')).toMatch(/exit +3\n/);

      // A second installation on the same directories.
      expect(run('cp /usr/bin/tidings /srv/other; /srv/other serve --engine none; echo $?')).toMatch(
        /^tidings: \/run\/tidings is in use by process \d+ .*: stop that, or choose another directory.*\n69\n$/,
      );

      // A user without a permission on the socket learns the group that has it.
      run('useradd --create-home ann; groupadd containers');
      run('chown root:containers /srv/docker.sock; chmod 660 /srv/docker.sock');
      const asAnn = (command: string): string =>
        run(`cd /home/ann; su ann -c 'export XDG_RUNTIME_DIR=/run/user/ann; ${command}'`);
      for (const command of ['ps', 'events'])
        expect(asAnn(`DOCKER_HOST=unix:///srv/docker.sock tidings ${command}; echo $?`)).toMatch(
          /this user may not connect: it must be root, or in group containers that owns the socket.*\n69\n$/,
        );

      // The user's own daemon, under a service manager of the user.
      run(
        'install -d -o ann -g ann -m 700 /run/user/ann; systemd-run --unit=manager --uid=ann --gid=ann --property=Delegate=yes --property=Type=notify --setenv=XDG_RUNTIME_DIR=/run/user/ann --setenv=HOME=/home/ann /lib/systemd/systemd --user',
      );
      expect(
        asAnn('systemctl --user enable --now tidings 2>/dev/null; systemctl --user is-active tidings'),
      ).toBe('active\n');
      expect(asAnn('tidings send container web start --pid 7; tidings events -S 1h --no-follow')).toMatch(
        /web +start/,
      );
      expect(run("stat -c '%a %U' /run/user/ann/tidings /home/ann/.local/state/tidings/journal")).toBe(
        '700 ann\n700 ann\n',
      );
      asAnn('systemctl --user restart tidings');
      expect(asAnn("tidings events -S 1h --no-follow -o '{{.Name}}'")).toBe('web\n');

      // A /run that cannot be written, and a /var that cannot, or has no room.
      const withMount = (mount: string, command: string): string =>
        run(`mkdir -p /srv/empty; unshare -m sh -c '${mount}; ${command}'`);
      const readOnly = (path: string): string =>
        `mount --bind /srv/empty ${path}; mount -o remount,ro,bind ${path}`;
      expect(withMount(readOnly('/run'), 'tidings serve --engine none; echo $?')).toMatch(
        /^tidings: no permission to write to \/run\/tidings \(EROFS\): choose a directory .*\n69\n$/,
      );
      const alive = `(tidings serve --engine none --state-dir /srv/s 2>/srv/log & echo $! > /srv/pid); until tidings ps --state-dir /srv/s >/dev/null 2>&1; do sleep 0.1; done; tidings send container kept start --pid 7 --state-dir /srv/s; tidings events -S 0 --no-follow -o "{{.Name}}" --state-dir /srv/s`;
      expect(withMount(readOnly('/var/lib/tidings'), `${alive}; kill $(cat /srv/pid)`)).toBe('kept\n');
      expect(run('cat /srv/log')).toMatch(
        /no permission to write to \/var\/lib\/tidings\/journal \(EROFS\)[^]*the journal cannot be written: events are only in memory until it can/,
      );
      const fill = 'dd if=/dev/zero of=/var/lib/tidings/fill bs=1k 2>/dev/null';
      expect(
        withMount(
          `mount -t tmpfs -o size=4m tmpfs /var/lib/tidings; ${fill}`,
          `${alive}; rm /var/lib/tidings/fill; until tidings journal info 2>/dev/null | grep "events *1,"; do sleep 0.2; done; kill $(cat /srv/pid)`,
        ),
      ).toMatch(/^kept\nevents +1, /);
      expect(run('cat /srv/log')).toMatch(/ENOSPC[^]*the journal cannot be written/);
    },
    300_000,
  );

  it('is installed, used and purged without systemd', () => {
    const folder = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    execFileSync('tar', ['-x', '--numeric-owner', '--exclude=./dev', '-f', packedRoot(), '-C', folder]);
    for (const name of ['srv', 'dev']) mkdirSync(join(folder, name), { recursive: true });
    copyFileSync(first, join(folder, 'srv/it.deb'));
    const script = `
      dpkg --install /srv/it.deb >/dev/null && tidings serve --engine none 2>/srv/log & pid=$!
      until tidings ps >/dev/null 2>&1; do sleep 0.1; done
      tidings send container web start --pid 7
      tidings events -S 0 --no-follow -o '{{.Name}} {{.Action}}'
      kill $(ls /run/tidings | sed -n 's/^lock-\\([0-9]*\\)-.*/\\1/p'); wait $pid
      dpkg --purge tidings >/dev/null
      ls -d /var/lib/tidings /run/tidings /etc/tidings 2>&1 | grep -c 'No such file'`;
    const mounts = `mount --bind /dev ${folder}/dev; mount -t proc proc ${folder}/proc`;
    const env = 'env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive';
    const printed = execFileSync(
      'unshare',
      [
        '-m',
        '--propagation',
        'private',
        'sh',
        '-c',
        `${mounts}; exec chroot ${folder} ${env} sh -c "$1"`,
        'sh',
        script,
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    expect(printed).toBe('web start\n3\n');
  }, 120_000);
});
