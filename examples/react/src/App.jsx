import { useState } from "react";
import { norang, useSession } from "./useNorang.js";

// The API is on another origin and accepts the audience https://api.example.com.
const api = new URLSearchParams(location.search).get("api") ?? "https://api.example.com";

export function App() {
  const session = useSession();
  if (session === undefined) return <p>…</p>;
  if (!session.signed_in) return <button id="in" onClick={() => norang.signIn()}>Sign in</button>;
  return <SignedIn user={session.user} />;
}

function SignedIn({ user }) {
  const [answer, setAnswer] = useState("");

  async function ask() {
    const token = await norang.token("https://api.example.com");
    const response = await fetch(api + "/me", { headers: { Authorization: "Bearer " + token } });
    setAnswer(response.ok ? await response.text() : "status " + response.status);
  }

  return (
    <>
      <p id="who">{user.nickname ?? user.id}</p>
      <button id="ask" onClick={ask}>Ask the API</button> <output>{answer}</output>
      <button id="out" onClick={() => norang.signOut()}>Sign out</button>
    </>
  );
}
