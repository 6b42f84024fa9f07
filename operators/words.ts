/** The engines' words for the turns in a container's life, as Docker, Podman, containerd and iSulad have them. */

/** A run ended. `exit` is none of them: iSulad's own `die` says so. */
export function isEnd(action: string): boolean {
  return action === 'die' || action === 'died';
}

/** The container is gone. */
export function isRemoval(action: string): boolean {
  return action === 'destroy' || action === 'remove' || action === 'delete';
}
