/**
 * Engines that scenarios run on. Each gives two scripts for the PATH: `engine start|stop|kill`, and
 * a `docker` that gives no container a network. Each has directories of its own.
 */
import { execFileSync } from 'node:child_process';

const pathOf = (tool) => execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();

const GONE = `gone() { while kill -0 "$1" 2>/dev/null && ! grep -q ') Z' /proc/$1/stat; do sleep 0.1; done; }`;

export const ENGINES = {
  docker: {
    folder: 'deaths',
    scripts: (directory, host) => ({
      engine: `#!/bin/sh
d=${directory}
${GONE}
case $1 in
  start)
    dockerd --host ${host} --pidfile $d/pid --data-root $d/data --exec-root $d/exec --iptables=false --ip6tables=false \\
      --bridge=none --storage-driver=vfs --shutdown-timeout 15 >>$d/log 2>&1 </dev/null &
    until docker version >/dev/null 2>&1; do sleep 0.2; done ;;
  stop) p=$(cat $d/pid); kill $p; gone $p; rm -f $d/pid $d/exec/containerd/containerd.pid ;;
  kill)
    p=$(cat $d/pid); c=$(cat $d/exec/containerd/containerd.pid); kill -9 $p; gone $p
    kill $c; gone $c; rm -f $d/pid $d/exec/containerd/containerd.pid ;;
esac
`,
      docker: `#!/bin/sh
[ "$1" = run ] && { shift; set -- run --network none "$@"; }
exec ${pathOf('docker')} "$@"
`,
    }),
  },
  // Its timers of health checks are systemd's: a loop stands in for them. Containers outlive its
  // service.
  podman: {
    folder: 'deaths/podman',
    scripts: (directory, host) => ({
      engine: `#!/bin/sh
d=${directory}
${GONE}
case $1 in
  start)
    printf '%s\\n' '[containers]' 'netns = "none"' 'default_ulimits = ["nofile=512:512", "nproc=512:512"]' \\
      'init_path = "${pathOf('docker-init')}"' '[engine]' 'runtime = "runc"' 'events_logger = "file"' \\
      'cgroup_manager = "cgroupfs"' >$d/containers.conf
    docker system service --time 0 ${host} >>$d/log 2>&1 </dev/null &
    echo $! >$d/pid
    until [ -S $d/s ]; do sleep 0.2; done
    (
      while [ -S $d/s ]; do
        for c in $(docker ps -q --filter health=starting --filter health=healthy --filter health=unhealthy); do docker healthcheck run $c; done
        sleep 1
      done
    ) >/dev/null 2>&1 </dev/null & ;;
  stop | kill) p=$(cat $d/pid); kill -9 $p; gone $p; rm -f $d/pid $d/s ;;
esac
`,
      docker: `#!/bin/sh
d=${directory}
export CONTAINERS_CONF=$d/containers.conf
exec ${pathOf('podman')} --root $d/r --runroot $d/run --tmpdir $d/t --storage-driver vfs "$@"
`,
    }),
  },
};
