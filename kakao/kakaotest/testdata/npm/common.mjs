// Common to the clients of these tests: the app's keys and a minimal browser.
export const env = process.env;
export const callback = env.CALLBACK;

// approve opens the authorize address and returns the address that the emulator redirects to.
export async function approve(url) {
  const res = await fetch(url, { redirect: "manual" });
  if (res.status !== 302) throw new Error(`authorize answered ${res.status}: ${await res.text()}`);
  return new URL(res.headers.get("location"));
}

export function done(user) {
  if (String(user) !== env.EXPECT) throw new Error(`signed in as ${user}, not as ${env.EXPECT}`);
  console.log("ok");
}
