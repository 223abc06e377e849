/** The answer of GET /auth/session. */
export type Session = SignedOut | SignedIn;

export interface SignedOut {
  signed_in: false;
  login_url: string;
}

export interface SignedIn {
  signed_in: true;
  status: "active" | "pending" | "disabled";
  /** Where a pending user has to go first; null for others. */
  next: string | null;
  user: {
    id: string;
    ref: string | null;
    nickname: string | null;
    picture: string | null;
    email: string | null;
    email_unverified: string | null;
    /** The address forwards to one that the provider does not disclose. */
    email_relay: boolean;
    created_at: string;
  };
  identity: { provider: string; app: string; subject: string };
  session: { id: string; auth_time: string; idle_expires_at: string; expires_at: string };
}

export interface SignInOptions {
  /** Where the browser returns to: this origin or one in NORANG_ORIGINS. Default: the current page. */
  returnTo?: string;
  /** Starts at this provider instead of the sign-in page. */
  provider?: string;
  /** As in GET /oauth/{provider}: "login", "select_account", … Needs provider. */
  prompt?: string;
  loginHint?: string;
}

export interface Norang {
  /** Asks who is signed in. Calls at the same time share one request. */
  session(): Promise<Session>;
  /** Leaves the page for the sign-in page. It navigates at once, in the task of the click. */
  signIn(options?: SignInOptions): void;
  /** Ends this session, or all sessions of the user. The other tabs are told. */
  signOut(options?: { everywhere?: boolean }): Promise<void>;
  /**
   * Returns an access token that is valid for at least 30 seconds more. Tabs share it. The audience may be left out if
   * only one is configured. Without a session it rejects with a NorangError whose code is "session.none".
   */
  token(audience?: string): Promise<string>;
  /** Calls listener when the session has changed, in this tab or another. Returns a function that removes it. */
  onChange(listener: (session: Session) => void): () => void;
}

/** An answer of norang that is not a success. */
export class NorangError extends Error {
  readonly status: number;
  /** A problem code, see docs/problems.md; "" if there is none. */
  readonly code: string;
  /** The body (RFC 9457). */
  readonly problem: Record<string, unknown>;
}

export interface Options {
  /**
   * The page is on another site than norang, which its cookie does not reach. It has a session of its own, for this tab.
   * signIn() ignores provider, prompt and loginHint.
   */
  handoff?: boolean;
}

/**
 * Returns a client of the norang whose pages are below base, such as "https://login.example.com/auth", or "/auth" on
 * the same origin. Without base it is the norang that the module was loaded from.
 */
export function connect(base?: string, options?: Options): Norang;
