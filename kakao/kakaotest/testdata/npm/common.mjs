// What every client of these tests needs: the app's keys, and a browser that needs no screen.
export const env = process.env;
export const callback = env.CALLBACK;

// approve sends a browser to the authorize address; the emulator approves, and the address it sends the browser back to
// is returned.
export async function approve(url) {
  const res = await fetch(url, { redirect: "manual" });
  if (res.status !== 302) throw new Error(`authorize answered ${res.status}: ${await res.text()}`);
  return new URL(res.headers.get("location"));
}

export function done(user) {
  if (String(user) !== env.EXPECT) throw new Error(`signed in as ${user}, not as ${env.EXPECT}`);
  console.log("ok");
}
