/** The control file of the Debian package. */
export const control = ({ version, size }) => `Package: tidings
Version: ${version}
Section: admin
Priority: optional
Architecture: amd64
Depends: libatomic1, libc6 (>= 2.28), libgcc-s1, libstdc++6 (>= 11), passwd
Recommends: systemd
Suggests: docker.io | podman | containerd
Installed-Size: ${size}
Maintainer: The authors of tidings <maintainers@tidings.invalid>
Description: live, replayable event stream of all container engines of a host
 tidings merges the events of Docker, Podman, containerd, CRI and iSulad into
 one stream. A daemon records it, and serves it to people, to programs and to
 existing clients, such as the docker command.
 .
 Members of the group tidings may read the events. The daemon runs rules of
 /etc/tidings/rules.yaml.
`;
