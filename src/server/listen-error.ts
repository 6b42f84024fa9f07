/** The reason why a server cannot listen: for people, with the path or address and a remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}
