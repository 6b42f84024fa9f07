/** Longest path of a Unix socket in bytes: `sun_path` is 108 with its NUL (unix(7)). */
export const MAX_SOCKET_PATH = 107;
