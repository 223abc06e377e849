import { useSyncExternalStore } from "react";
import { connect } from "./norang.js";

// On a preview host, which is on another site, VITE_NORANG_URL is the address of norang, and the page gets a session of
// its own by hand-off.
const service = import.meta.env.VITE_NORANG_URL;
export const norang = service ? connect(service + "/auth", { handoff: true }) : connect("/auth");

// One store for the whole app: undefined until the first answer, so that nothing flickers.
let current;
const readers = new Set();
const publish = (session) => {
  current = session;
  for (const read of readers) read();
};
norang.onChange(publish);
norang.session().then(publish, () => publish({ signed_in: false }));

/** useSession returns the session, or undefined while it is not known. */
export function useSession() {
  return useSyncExternalStore(
    (read) => { readers.add(read); return () => readers.delete(read); },
    () => current,
  );
}
