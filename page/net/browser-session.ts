/** Begins the session with the token in the address. */

/** The reason why there is no session; undefined if one was begun, or none was needed. */
export async function beginSession(): Promise<string | undefined> {
  const token = /[#&]token=([\w-]+)/.exec(location.hash)?.[1];
  if (token === undefined) return undefined;
  // The token leaves the address before anything else: it must not get into the history.
  history.replaceState(null, '', location.pathname + location.search);
  const response = await fetch('/session', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.ok) return undefined;
  const { message } = (await response.json().catch(() => ({}))) as { message?: string };
  return message ?? `the server answered ${response.status}`;
}
