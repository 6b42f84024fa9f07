/** Why a server cannot listen: for people, with the path or address and what would be right. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}
