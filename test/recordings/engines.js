/**
 * Engines that scenarios run on. Each gives scripts for the PATH: `engine start|stop|kill`, a client
 * that gives no container a network, `import` of the image in the directory `root`, and `clean-up`.
 * Each has directories of its own.
 */
import { execFileSync } from 'node:child_process';

const pathOf = (tool) => execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();

const GONE = `gone() { while kill -0 "$1" 2>/dev/null && ! grep -q ') Z' /proc/$1/stat; do sleep 0.1; done; }`;

const OF_DOCKER = {
  import: '#!/bin/sh\nfor t in 1 2; do tar -c . | docker import - bb:$t; done\n',
  'clean-up': '#!/bin/sh\ndocker rm -f $(docker ps -aq)\n',
};

/** A server that ends with 0 on SIGTERM and SIGINT, and lives through SIGHUP and SIGUSR1. */
const SERVER = `trap 'exit 0' TERM INT; trap : HUP USR1; while :; do sleep 0.1; done`;

/** Scripts of scenarios: see the head of `alerts/scenarios.yaml`. */
export const HELPERS = {
  server: `#!/bin/sh
name=$1; shift
exec docker run -d --name "$name" "$@" bb:1 sh -c "${SERVER}"
`,
  pid: `#!/bin/sh
exec docker inspect -f '{{.State.Pid}}' "$1"
`,
  becomes: `#!/bin/sh
for i in $(seq 150); do
  docker inspect -f '{{.State.Health.Status}}' "$1" | grep -qw "$2" && exit
  sleep 0.2
done
`,
  project: `#!/bin/sh
{
  printf '%s\\n' "version: '2.4'" services:
  for name; do
    printf '%s\\n' "  $name:" '    image: bb:1' "    container_name: $name" '    network_mode: none' \\
      "    command: ['sh', '-c', \\"${SERVER}\\"]"
  done
} >"$SHOP"
`,
  compose: `#!/bin/sh
exec docker-compose -p shop -f "$SHOP" "$@"
`,
};

export const ENGINES = {
  docker: {
    folders: { deaths: '.', alerts: 'docker' },
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
      ...OF_DOCKER,
    }),
  },
  // Its timers of health checks are systemd's: a loop stands in for them. Containers outlive its
  // service.
  podman: {
    folders: { deaths: 'podman', alerts: 'podman' },
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
      ...OF_DOCKER,
    }),
  },
  // Names are a label, as nerdctl sets it. runc knows containers of the whole machine by namespace and id.
  containerd: {
    folders: { alerts: 'containerd' },
    scripts: (directory, host) => ({
      engine: `#!/bin/sh
d=${directory}
${GONE}
case $1 in
  start)
    printf '%s\\n' 'version = 2' "root = \\"$d/data\\"" "state = \\"$d/run\\"" \\
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]' '[grpc]' "address = \\"$d/s\\"" >$d/config.toml
    containerd -c $d/config.toml >>$d/log 2>&1 </dev/null &
    echo $! >$d/pid
    until ctr version >/dev/null 2>&1; do sleep 0.2; done ;;
  stop | kill) p=$(cat $d/pid); kill -9 $p; gone $p; rm -f $d/pid $d/s ;;
esac
`,
      ctr: `#!/bin/sh
exec ${pathOf('ctr')} -a ${host.replace('unix://', '')} -n ${directory.split('/').at(-1)} "$@"
`,
      run: `#!/bin/sh
name=$1; shift
options=
while case $1 in --*) ;; *) false ;; esac; do options="$options $1 $2"; shift 2; done
exec ctr run -d --snapshotter native --label "nerdctl/name=$name" $options docker.io/library/bb:1 "$name" "$@"
`,
      import: `#!/bin/sh
d=${directory}
mkdir -p $d/image && tar -cf $d/image/layer.tar . && cd $d/image
sum=$(sha256sum layer.tar | cut -d ' ' -f 1)
cat >config.json <<END
{ "architecture": "amd64", "os": "linux", "config": {}, "rootfs": { "type": "layers", "diff_ids": ["sha256:$sum"] } }
END
echo '[{ "Config": "config.json", "RepoTags": ["bb:1"], "Layers": ["layer.tar"] }]' >manifest.json
tar -cf image.tar manifest.json config.json layer.tar && ctr image import --snapshotter native image.tar
`,
      'clean-up': `#!/bin/sh
for t in $(ctr task ls -q); do ctr task rm -f $t; done
for c in $(ctr container ls -q); do ctr container rm $c; done
`,
    }),
  },
};
